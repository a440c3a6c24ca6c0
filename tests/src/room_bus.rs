//! A participant's ear and voice on the bus.

use crate::person::listen;
use anyhow::{Context, Result};
use async_nats::Client;
use conclave_protocol::event::{
    Missed, Resync, RoomEvent, Sequenced, Slots, Source, View, Want, all, from, one,
};
use conclave_protocol::session::JoinedRoom;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Events that may wait for the test to look at them.
const EVENTS: usize = 1024;

/// Listens for as long as it lives.
#[derive(Debug)]
pub struct RoomBus {
    client: Client,
    /// `room.SID.NODE.from.PID`
    prefix: String,
    slots: watch::Receiver<Slots>,
    events: mpsc::Receiver<RoomEvent>,
    task: JoinHandle<()>,
}

impl RoomBus {
    /// Subscribes, and asks for what happened between the join and now.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn start(client: Client, joined: &JoinedRoom) -> Result<Self> {
        let JoinedRoom { sid, node, pid, .. } = joined;
        let prefix = format!("room.{sid}.{node}.from.{pid}");
        let (mut everyone, mut own) = listen(&client, joined).await?;
        let (shown, slots) = watch::channel(joined.slots.clone());
        let (happened, events) = mpsc::channel(EVENTS);
        let task = tokio::spawn(async move {
            loop {
                let message = tokio::select! {
                    message = everyone.next() => message,
                    message = own.next() => message,
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
                    _ => continue,
                };
                for Sequenced { event, .. } in news {
                    if happened.send(event).await.is_err() {
                        return;
                    }
                }
            }
        });
        let bus = Self { client, prefix, slots, events, task };
        let resync = Resync { epoch: joined.snapshot.epoch, seq: joined.snapshot.seq };
        bus.say(from::RESYNC, serde_json::to_vec(&resync)?).await?;
        Ok(bus)
    }

    /// Says what the tiles show.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn view(&self, wants: Vec<Want>) -> Result<()> {
        self.say(from::VIEW, serde_json::to_vec(&View { wants })?).await
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
        tokio::time::timeout(deadline, wait).await.context("no such event in time")?
    }

    async fn say(&self, kind: &str, payload: Vec<u8>) -> Result<()> {
        self.client.publish(format!("{}.{kind}", self.prefix), payload.into()).await?;
        Ok(self.client.flush().await?)
    }
}

impl Drop for RoomBus {
    fn drop(&mut self) {
        self.task.abort();
    }
}
