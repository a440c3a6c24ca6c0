//! A participant's ear and voice on the bus.

use crate::person::listen;
use anyhow::{Context, Result};
use async_nats::Client;
use async_nats::connection::State;
use conclave_protocol::event::{
    Missed, Resync, RoomEvent, Sequenced, Slots, Source, View, Want, all, from, one,
};
use conclave_protocol::ids::Pid;
use conclave_protocol::session::JoinedRoom;
use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Events, and likewise messages for this person alone, that may wait for the test to look at them.
const EVENTS: usize = 1024;

/// How long the bus may take what is published.
const PATIENCE: Duration = Duration::from_secs(10);

/// Listens for as long as it lives.
#[derive(Debug)]
pub struct RoomBus {
    client: Client,
    /// `room.SID.NODE`
    room: String,
    pid: Pid,
    slots: watch::Receiver<Slots>,
    events: mpsc::Receiver<RoomEvent>,
    told: mpsc::Receiver<(String, Vec<u8>)>,
    task: JoinHandle<()>,
}

impl RoomBus {
    /// Subscribes, and asks for what happened between the join and now.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn start(client: Client, joined: &JoinedRoom) -> Result<Self> {
        let JoinedRoom { sid, node, pid, .. } = joined;
        let room = format!("room.{sid}.{node}");
        let (mut everyone, mut own) = listen(&client, joined).await?;
        let (shown, slots) = watch::channel(joined.slots.clone());
        let (happened, events) = mpsc::channel(EVENTS);
        let (tell, told) = mpsc::channel(EVENTS);
        let task = tokio::spawn(async move {
            loop {
                let (message, private) = tokio::select! {
                    message = everyone.next() => (message, false),
                    message = own.next() => (message, true),
                };
                let Some(message) = message else { return };
                let kind = message.subject.rsplit('.').next();
                let news: Vec<Sequenced> = match kind {
                    Some(all::EVENT) => {
                        serde_json::from_slice(&message.payload).into_iter().collect()
                    }
                    Some(one::MISSED) => serde_json::from_slice(&message.payload)
                        .map(|Missed { events }| events)
                        .unwrap_or_default(),
                    Some(one::SLOTS) => {
                        if let Ok(newer) = serde_json::from_slice::<Slots>(&message.payload) {
                            shown.send_if_modified(|slots| {
                                let replaces = newer.version > slots.version;
                                if replaces {
                                    *slots = newer;
                                }
                                replaces
                            });
                        }
                        continue;
                    }
                    Some(kind) if private => {
                        // Most tests look at none of it.
                        let _full = tell.try_send((kind.to_owned(), message.payload.to_vec()));
                        continue;
                    }
                    _ => continue,
                };
                for Sequenced { event, .. } in news {
                    if happened.send(event).await.is_err() {
                        return;
                    }
                }
            }
        });
        let bus = Self { client, room, pid: pid.clone(), slots, events, told, task };
        let resync = Resync { epoch: joined.snapshot.epoch, seq: joined.snapshot.seq, mail: 0 };
        bus.say(from::RESYNC, &resync).await?;
        Ok(bus)
    }

    /// Says what the tiles show.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn view(&self, wants: Vec<Want>) -> Result<()> {
        self.say(from::VIEW, &View { wants }).await
    }

    /// Who is in the slots now.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        let slots = self.slots.borrow();
        slots.slots.iter().filter_map(|slot| slot.source.clone()).collect()
    }

    /// Waits for an event.
    ///
    /// # Errors
    /// Where the deadline comes first.
    pub async fn event<T>(
        &mut self,
        deadline: Duration,
        mut wanted: impl FnMut(RoomEvent) -> Option<T>,
    ) -> Result<T> {
        let wait = async {
            loop {
                let event = self.events.recv().await.context("the bus ended")?;
                if let Some(found) = wanted(event) {
                    return Ok(found);
                }
            }
        };
        timeout(deadline, wait).await.context("no such event in time")?
    }

    /// Waits for a message of this kind for this person alone.
    ///
    /// # Errors
    /// Where the deadline comes first, or the message has another shape.
    pub async fn told<T: DeserializeOwned>(
        &mut self,
        deadline: Duration,
        wanted: &str,
    ) -> Result<T> {
        let wait = async {
            loop {
                let (kind, payload) = self.told.recv().await.context("the bus ended")?;
                if kind == wanted {
                    return Ok(serde_json::from_slice(&payload)?);
                }
            }
        };
        timeout(deadline, wait).await.with_context(|| format!("no {wanted} in time"))?
    }

    /// Says something to the room's owner.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn say(&self, kind: &str, body: &impl Serialize) -> Result<()> {
        self.publish("from", kind, body).await
    }

    /// Asks for what only moderators may.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn moderate(&self, kind: &str, body: &impl Serialize) -> Result<()> {
        self.publish("mod", kind, body).await
    }

    /// False as soon as NATS has ended the connection.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    async fn publish(&self, voice: &str, kind: &str, body: &impl Serialize) -> Result<()> {
        let subject = format!("{}.{voice}.{}.{kind}", self.room, self.pid);
        self.client.publish(subject, serde_json::to_vec(body)?.into()).await?;
        Ok(timeout(PATIENCE, self.client.flush()).await.context("the bus takes nothing")??)
    }
}

impl Drop for RoomBus {
    fn drop(&mut self) {
        self.task.abort();
    }
}
