//! The client on a real nats-server, with an edge's rights and no more.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use conclave_edge_bus::session::{Credential, Fault, code};
use conclave_edge_core::platform::{BusError, BusOp, BusReply};
use conclave_protocol::bucket::{BANS, HISTORY, NODES, ROOMS, TICKETS};
use conclave_protocol::ids::{RoomId, RoomKey};
use conclave_protocol::kv::Entry;
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::roles::BusRole;
use conclave_test_nats::Nats;
use conclave_test_nats::keys::{self, now};
use futures_util::StreamExt;
use serde_json::json;
use std::time::Duration;
use support::raw::Raw;
use support::{any_credential, ask, client, get, put, server};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, split};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Far below a flight's deadline.
const QUICK: Duration = Duration::from_secs(2);

/// An edge's credential, until a time in seconds since 1970.
fn edge_until(expires: Option<u64>) -> Credential {
    let (jwt, key) = keys::user(BusRole::Edge, None, expires);
    Credential::new(jwt, key)
}

fn edge() -> Credential {
    edge_until(None)
}

fn written(answer: &Result<BusReply, BusError>) -> u64 {
    let Ok(BusReply::Written(revision)) = answer else { panic!("{answer:?}") };
    *revision
}

fn entry(answer: &Result<BusReply, BusError>) -> Entry {
    let Ok(BusReply::Entry(entry)) = answer else { panic!("{answer:?}") };
    entry.clone()
}

#[tokio::test]
async fn keys_are_written_once_read_changed_and_deleted() {
    let nats = Nats::start().await;
    let (client, record) = client(nats.address(), edge());
    let answers = client.flight(vec![get("a"), put("b", b"one", 0)]).await;
    assert_eq!(entry(&answers[0]), Entry::default());
    let first = written(&answers[1]);
    let lives = BusOp::Put {
        bucket: TICKETS,
        key: "t".into(),
        value: vec![0, 255, 13, 10],
        expected: 0,
        ttl: Some(60),
    };
    let again = lives.clone();
    // What flies together is in no order.
    let answers = client.flight(vec![get("b"), put("b", b"two", 0), lives]).await;
    assert_eq!(entry(&answers[0]), Entry { revision: first, value: Some(b"one".to_vec()) });
    assert_eq!(answers[1], Err(BusError::Conflict));
    written(&answers[2]);
    let answers = client.flight(vec![put("b", b"two", first)]).await;
    let second = written(&answers[0]);
    let delete = BusOp::Delete { bucket: ROOMS, key: "b".into(), expected: second, ttl: 60 };
    let ticket = BusOp::Get { bucket: TICKETS, key: "t".into() };
    let answers = client.flight(vec![delete, again, ticket]).await;
    let gone = written(&answers[0]);
    assert_eq!(answers[1], Err(BusError::Conflict));
    assert_eq!(entry(&answers[2]).value, Some(vec![0, 255, 13, 10]));
    let answers = client.flight(vec![get("b")]).await;
    assert_eq!(entry(&answers[0]), Entry { revision: gone, value: None });
    assert_eq!((record.dialled.get(), record.faults.borrow().len()), (1, 0));
}

#[tokio::test]
async fn many_keys_come_at_once() {
    let nats = Nats::start().await;
    let admin = nats.admin().await;
    let record = json!({
        "region": "r", "load": 0.5, "participants": 1, "rooms": 1, "draining": false, "version": "1",
    });
    let record = record.to_string();
    for number in 0..600 {
        let subject = NODES.subject(&format!("n{number}"));
        admin.publish(subject, record.clone().into()).await.unwrap();
    }
    // A record whose headers no client can read. NATS stores and delivers it as it is.
    let mut rogue = Raw::connect(nats.address(), keys::admin()).await;
    let section = b"NATS/1.0\r\nno header\xff\r\n\r\n";
    let head = format!("HPUB $KV.nodes.rogue {0} {0}\r\n", section.len());
    rogue.send(&[head.as_bytes(), section, b"\r\n"].concat()).await;
    rogue.flush().await;
    admin.request(NODES.subject("last"), record.clone().into()).await.unwrap();

    let (client, record_of) = client(nats.address(), edge());
    let past = BusOp::Past { room: RoomKey::of(&[1; 32], "app", &RoomId::parse("r").unwrap()) };
    let answers = client.flight(vec![BusOp::Nodes, get("a"), past]).await;
    let Ok(BusReply::Nodes(nodes)) = &answers[0] else { panic!("{answers:?}") };
    assert_eq!(nodes.len(), 601);
    assert_eq!(entry(&answers[1]), Entry::default());
    assert_eq!(answers[2], Ok(BusReply::Past(Vec::new())), "{}", HISTORY.name);

    for number in 600..1100 {
        let subject = NODES.subject(&format!("n{number}"));
        admin.publish(subject, record.clone().into()).await.unwrap();
    }
    admin.request(NODES.subject("last"), record.into()).await.unwrap();
    let answers = client.flight(vec![BusOp::Nodes, get("a")]).await;
    assert_eq!(answers[0], Err(BusError::Rejected(413)), "NATS sends no more than 1024 at once");
    assert!(answers[1].is_ok());
    assert!(record_of.faults.borrow().is_empty());
}

#[tokio::test]
async fn a_service_answers_or_nobody_does() {
    let nats = Nats::start().await;
    let admin = nats.admin().await;
    let mut requests = admin.subscribe("node.n1.req").await.unwrap();
    admin.flush().await.unwrap();
    let answering = admin.clone();
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let mut payload = request.payload.to_vec();
            payload.reverse();
            let reply = request.reply.unwrap();
            let mut headers = async_nats::HeaderMap::new();
            headers.insert("A", "b");
            // More than one is an answer too many, as is one to a subject that was guessed.
            let beside = format!("{}x", reply);
            for subject in [beside, reply.to_string(), reply.to_string()] {
                let payload = payload.clone().into();
                answering.publish_with_headers(subject, headers.clone(), payload).await.unwrap();
            }
        }
    });
    let (client, record) = client(nats.address(), edge());
    let begun = Instant::now();
    let large = vec![7; 900_000];
    for _ in 0..3 {
        let operations =
            vec![ask("node.n1.req", b"abc"), ask("node.n2.req", b""), ask("node.n1.req", &large)];
        let answers = client.flight(operations).await;
        let expected = [
            Ok(BusReply::Answer(b"cba".to_vec())),
            Err(BusError::Unavailable),
            Ok(BusReply::Answer(large.clone())),
        ];
        assert!(answers == expected);
    }
    assert!(begun.elapsed() < QUICK);
    assert_eq!((record.dialled.get(), record.faults.borrow().len()), (1, 0));
}

#[tokio::test]
async fn what_is_not_permitted_or_too_large_fails_at_once_and_alone() {
    let nats = Nats::start().await;
    let (client, record) = client(nats.address(), edge());
    let ban =
        BusOp::Put { bucket: BANS, key: "k".into(), value: Vec::new(), expected: 0, ttl: None };
    let begun = Instant::now();
    let large = put("large", &vec![0; 1 << 20], 0);
    let answers = client.flight(vec![get("a"), ban, large, put("b", b"", 0)]).await;
    assert!(begun.elapsed() < QUICK);
    assert!(answers[0].is_ok() && answers[3].is_ok());
    assert_eq!(answers[1], Err(BusError::Rejected(code::DENIED)));
    assert_eq!(answers[2], Err(BusError::Rejected(code::TOO_LARGE)));
    assert!(client.flight(vec![get("b")]).await[0].is_ok());
    assert_eq!((record.dialled.get(), record.faults.borrow().len()), (1, 0));
}

async fn is_refused(nats: &Nats, credential: Credential) {
    let (client, record) = client(nats.address(), credential);
    let begun = Instant::now();
    assert_eq!(client.flight(vec![get("a")]).await, [Err(BusError::Unavailable)]);
    assert!(begun.elapsed() < QUICK);
    assert_eq!(*record.faults.borrow(), [Fault::Refused]);
}

#[tokio::test]
async fn credentials_that_do_not_hold_are_refused_at_once() {
    let nats = Nats::start().await;
    let (jwt, _) = keys::user(BusRole::Edge, None, None);
    let other = NatsKey::from_random(KeyKind::User, [1; 32]);
    is_refused(&nats, Credential::new(jwt, other)).await;
    is_refused(&nats, edge_until(Some(now() - 1))).await;
    is_refused(&nats, any_credential()).await;
    // May connect, but hear no answers of an edge's.
    let (jwt, key) = keys::user(BusRole::Warden, None, None);
    is_refused(&nats, Credential::new(jwt, key)).await;
    // Ends while an answer is waited for.
    let admin = nats.admin().await;
    let _silent = admin.subscribe("node.n1.req").await.unwrap();
    admin.flush().await.unwrap();
    let (client, record) = client(nats.address(), edge_until(Some(now() + 2)));
    let client = client.with_deadline(Duration::from_secs(30));
    let answers = client.flight(vec![get("a"), ask("node.n1.req", b"")]).await;
    assert!(answers[0].is_ok());
    assert_eq!(answers[1], Err(BusError::Unavailable));
    assert_eq!(*record.faults.borrow(), [Fault::Refused]);
}

#[tokio::test]
async fn a_server_that_dies_is_noticed_at_once() {
    let mut nats = Nats::start().await;
    let admin = nats.admin().await;
    let mut silent = admin.subscribe("node.n1.req").await.unwrap();
    admin.flush().await.unwrap();
    let (client, record) = client(nats.address(), edge());
    let client = client.with_deadline(Duration::from_secs(30));
    client.flight(vec![get("a")]).await.remove(0).unwrap();
    let killed = async {
        silent.next().await.unwrap();
        nats.stop();
        Instant::now()
    };
    let (answers, at) =
        tokio::join!(client.flight(vec![get("a"), ask("node.n1.req", b"")]), killed);
    assert!(at.elapsed() < QUICK);
    assert_eq!(answers[1], Err(BusError::Timeout), "it may have happened");
    assert_eq!(*record.faults.borrow(), [Fault::Lost]);
    assert_eq!(client.flight(vec![get("a")]).await, [Err(BusError::Unavailable)]);
    assert_eq!(*record.faults.borrow(), [Fault::Lost, Fault::Unreachable]);
}

#[tokio::test]
async fn a_network_of_one_byte_at_a_time_carries_the_same() {
    let nats = Nats::start().await;
    let to = nats.address();
    let slow = server(move |stream| async move {
        let (mut from_client, mut to_client) = split(stream);
        let (mut from_server, mut to_server) = split(TcpStream::connect(to).await.unwrap());
        tokio::spawn(async move { copy(&mut from_client, &mut to_server).await });
        let mut bytes = vec![0; 4096];
        while let Ok(count @ 1..) = from_server.read(&mut bytes).await {
            for byte in &bytes[..count] {
                to_client.write_all(&[*byte]).await.unwrap();
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
    let (client, record) = client(slow, edge());
    for number in 0..3 {
        let key = format!("k{number}");
        let answers =
            client.flight(vec![put(&key, b"v", 0), BusOp::Nodes, ask("node.n", b"")]).await;
        written(&answers[0]);
        assert_eq!(answers[1], Ok(BusReply::Nodes(Vec::new())));
        assert_eq!(answers[2], Err(BusError::Rejected(code::DENIED)));
    }
    assert_eq!((record.dialled.get(), record.faults.borrow().len()), (1, 0));
}
