//! The data channel over which people reach each other one by one.

use crate::client::Client;
use anyhow::Result;
use std::time::Instant;
use str0m::channel::{ChannelConfig, ChannelData, ChannelId};
use str0m::{Event, Input};

/// The channel's label.
pub(crate) const LABEL: &str = "relay";

/// Bytes of a name.
const NAME: usize = 26;

/// Most bytes that wait in the client itself.
pub(crate) const BUFFER: usize = 1024 * 1024;

/// A message that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relayed {
    /// When.
    pub at: Instant,
    /// Whose it is, as the node says.
    pub from: String,
    /// 0 an ask, 1 data.
    pub kind: u8,
    /// The rest.
    pub body: Vec<u8>,
}

/// The channels of a client.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    /// The one of the offer first.
    pub(crate) ids: Vec<ChannelId>,
    pub(crate) open: Vec<ChannelId>,
}

impl Client {
    /// Whether messages may flow.
    #[must_use]
    pub fn relays(&self) -> bool {
        self.channels.ids.first().is_some_and(|id| self.channels.open.contains(id))
    }

    /// Sends a message to somebody of the same room; false where too much waits already, or the
    /// channel is not open.
    ///
    /// # Errors
    /// Where the transport is broken.
    pub fn relay(&mut self, now: Instant, to: &str, kind: u8, body: &[u8]) -> Result<bool> {
        self.relay_bytes(now, 0, true, &[to.as_bytes(), &[kind], body].concat())
    }

    /// Sends any bytes, or text, over any of its channels: 0 is the one of the offer.
    ///
    /// # Errors
    /// Where the transport is broken, or the other side takes no message that long.
    pub fn relay_bytes(
        &mut self,
        now: Instant,
        channel: usize,
        binary: bool,
        bytes: &[u8],
    ) -> Result<bool> {
        let id = self.channels.ids.get(channel).copied();
        let Some(mut channel) = id.and_then(|id| self.rtc.channel(id)) else {
            return Ok(false);
        };
        let sent = channel.write(binary, bytes)?;
        self.rtc.handle_input(Input::Timeout(now))?;
        self.poll(now)?;
        Ok(sent)
    }

    /// Bytes that wait in the client itself.
    pub fn relay_waiting(&mut self) -> usize {
        let id = self.channels.ids.first().copied();
        let channel = id.and_then(|id| self.rtc.channel(id));
        channel.map_or(0, |mut channel| channel.buffered_amount())
    }

    /// Opens another channel than the one of the offer; its number.
    ///
    /// # Errors
    /// Where the transport is broken.
    pub fn open_channel(&mut self, now: Instant, config: ChannelConfig) -> Result<usize> {
        self.channels.ids.push(self.rtc.direct_api().create_data_channel(config));
        self.rtc.handle_input(Input::Timeout(now))?;
        self.poll(now)?;
        Ok(self.channels.ids.len() - 1)
    }

    pub(crate) fn on_channel(&mut self, now: Instant, event: Event) {
        match event {
            Event::ChannelOpen(id, _) => self.channels.open.push(id),
            Event::ChannelClose(id) => self.channels.open.retain(|open| *open != id),
            Event::ChannelData(ChannelData { data, .. }) => {
                if let Some((header, body)) = data.split_at_checked(NAME + 1) {
                    let from = String::from_utf8_lossy(&header[..NAME]).into_owned();
                    let (kind, body) = (header[NAME], body.to_vec());
                    self.relayed.push(Relayed { at: now, from, kind, body });
                }
            }
            _ => {}
        }
    }
}
