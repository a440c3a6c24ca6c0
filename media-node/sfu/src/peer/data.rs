//! A participant's data channel.

use std::time::Instant;

use str0m::channel::{ChannelId, Reliability};

use super::Peer;
use crate::relay;

impl Peer {
    /// A client opened a channel: the first that is as agreed is the one.
    pub(super) fn on_channel(&mut self, id: ChannelId, label: &str) {
        let channel = self.rtc.channel(id);
        let agreed = channel.as_ref().and_then(|channel| channel.config()).is_some_and(|config| {
            label == relay::LABEL && config.ordered && config.reliability == Reliability::Reliable
        });
        if agreed && self.channel.is_none() {
            self.channel = Some(id);
        }
    }

    /// Queues a message for the client.
    pub(crate) fn deliver(&mut self, message: Vec<u8>) -> Delivered {
        let Some(mut channel) = self.channel.and_then(|id| self.rtc.channel(id)) else {
            return Delivered::NoChannel;
        };
        if self.outbox.push(message, channel.buffered_amount()) {
            Delivered::Yes
        } else {
            Delivered::Full
        }
    }

    /// Gives the transport as much of what waits as it may have; true where it got any.
    pub(super) fn hand_over(&mut self, now: Instant) -> bool {
        let mut any = false;
        if self.outbox.is_new() {
            return any;
        }
        self.outbox.set_room(self.estimate, self.allocated);
        while !self.outbox.is_empty()
            && let Some(mut channel) = self.channel.and_then(|id| self.rtc.channel(id))
            && let Some(message) = self.outbox.next(now, channel.buffered_amount())
        {
            // Refused where it is closing, or its client takes nothing that long: then it is lost.
            let _lost = channel.write(true, &message);
            any = true;
        }
        let (minimum, desired) = self.wanted;
        self.set_bitrate(now, minimum, desired);
        any
    }
}

/// What became of a message for a client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// Queued; flush the peer.
    Yes,
    /// It has no channel.
    NoChannel,
    /// As much as may wait for it waits already.
    Full,
}
