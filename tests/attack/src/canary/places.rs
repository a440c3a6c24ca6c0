//! Where a trace of a room could be: every stream and consumer, what NATS tells of itself, every
//! file below the state folder, and the metrics.

use crate::overseer;
use anyhow::{Context, Result};
use async_nats::jetstream::{self, stream};
use async_nats::{Client, ConnectOptions};
use conclave_protocol::roles::Account;
use conclave_tests::system::System;
use futures_util::{StreamExt, TryStreamExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long NATS's answers about itself are collected.
const ANSWERS: Duration = Duration::from_millis(300);

/// Some bytes and where they stand.
#[derive(Debug)]
pub struct Place {
    /// For people.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// All of them, read with the rights of the operator.
///
/// # Errors
/// Where something cannot be read: what was not looked at proves nothing.
pub async fn everywhere(system: &System) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    bus(system, &mut places).await?;
    server(system, &mut places).await?;
    folder(&system.state, &mut places)?;
    let metrics = reqwest::get(&system.connection.metrics_url).await?.bytes().await?;
    places.push(Place { name: "metrics".into(), bytes: metrics.to_vec() });
    Ok(places)
}

/// Streams with all their messages, and consumers.
async fn bus(system: &System, places: &mut Vec<Place>) -> Result<()> {
    let client = connect(system, Account::Ctrl).await?;
    let jetstream = jetstream::new(client);
    let infos: Vec<stream::Info> = jetstream.streams().try_collect().await?;
    anyhow::ensure!(!infos.is_empty(), "no streams to look at");
    for info in infos {
        let name = info.config.name.clone();
        places.push(Place {
            name: format!("stream {name}"),
            bytes: format!("{info:?}").into_bytes(),
        });
        let stream = jetstream.get_stream(&name).await?;
        let consumers: Vec<_> = stream.consumers().try_collect().await?;
        places.push(Place {
            name: format!("consumers of {name}"),
            bytes: format!("{consumers:?}").into_bytes(),
        });
        let state = &info.state;
        for sequence in state.first_sequence..=state.last_sequence {
            // Deleted and expired ones are gone; the files are searched for their remains.
            let Ok(message) = stream.get_raw_message(sequence).await else { continue };
            let mut bytes = message.subject.to_string().into_bytes();
            bytes.extend_from_slice(format!("\n{:?}\n", message.headers).as_bytes());
            bytes.extend_from_slice(&message.payload);
            places.push(Place { name: format!("message {sequence} of {name}"), bytes });
        }
    }
    Ok(())
}

/// What NATS tells its operator: connections, closed ones too, and subscriptions.
async fn server(system: &System, places: &mut Vec<Place>) -> Result<()> {
    let client = connect(system, Account::System).await?;
    for (what, ask) in [
        ("CONNZ", r#"{"auth":true,"subscriptions":true,"state":2}"#),
        ("SUBSZ", r#"{"subscriptions":true}"#),
        ("ACCOUNTZ", "{}"),
        ("VARZ", "{}"),
        ("JSZ", r#"{"accounts":true,"streams":true,"consumer":true,"config":true}"#),
    ] {
        let inbox = client.new_inbox();
        let mut answers = client.subscribe(inbox.clone()).await?;
        let subject = format!("$SYS.REQ.SERVER.PING.{what}");
        client.publish_with_reply(subject, inbox, ask.into()).await?;
        let mut bytes = Vec::new();
        while let Ok(Some(answer)) = tokio::time::timeout(ANSWERS, answers.next()).await {
            bytes.extend_from_slice(&answer.payload);
        }
        anyhow::ensure!(!bytes.is_empty(), "NATS says nothing of {what}");
        places.push(Place { name: format!("NATS's {what}"), bytes });
    }
    Ok(())
}

/// The overseer, by the library that knows JetStream.
async fn connect(system: &System, account: Account) -> Result<Client> {
    let (jwt, user) = overseer::credential(system, account)?;
    let user = Arc::new(user);
    let options = ConnectOptions::with_jwt(jwt, move |nonce| {
        let user = Arc::clone(&user);
        async move { Ok(user.sign(&nonce).to_vec()) }
    });
    let connected = options.connect(overseer::nats_url(system)?).await;
    connected.with_context(|| format!("cannot look into account {account:?}"))
}

/// Every file, JetStream's and logs included.
fn folder(path: &Path, places: &mut Vec<Place>) -> Result<()> {
    for entry in std::fs::read_dir(path)? {
        let path = entry?.path();
        match std::fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_dir() => folder(&path, places)?,
            Ok(meta) if meta.is_file() => match std::fs::read(&path) {
                Ok(bytes) => places.push(Place { name: path.display().to_string(), bytes }),
                // JetStream makes and removes blocks while we look.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error).with_context(|| path.display().to_string()),
            },
            _ => {}
        }
    }
    Ok(())
}
