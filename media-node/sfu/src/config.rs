//! What an operator may set.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// Settings of one [`Sfu`](crate::Sfu), with defaults for everything but the addresses.
#[derive(Clone)]
pub struct SfuConfig {
    /// Host candidates to advertise (RFC 8445), the socket's own first. An
    /// unspecified address (`0.0.0.0`) is never advertised. With none, nobody
    /// can connect.
    pub local_addresses: Vec<SocketAddr>,
    /// Answer connectivity checks without making any (RFC 8445 section 2.5).
    /// Default `false`. Chromium nominates a path to a lite agent with its next
    /// check of it only, 48 ms later at best and 900 ms where it takes the path
    /// for established, and no DTLS is answered before: measured over a round
    /// trip of 100 ms, keys came 1.3 s after the path, and with full ICE 0.28 s.
    pub ice_lite: bool,
    /// A peer not connected this long after `join` is gone. Default 15 s.
    pub connect_timeout: Duration,
    /// A connected peer from which nothing authentic arrived for this long is gone:
    /// no connectivity check and no media. (Feedback does not count: the transport
    /// does not tell that it was authentic.) Default 12 s: who sends nothing is known
    /// by its consent checks alone, which come every 4 to 6 s (RFC 7675), so that one
    /// may be lost; who sends is known by every packet.
    pub idle_timeout: Duration,
    /// Most m-lines in an offer. Default 40.
    pub max_media_lines: usize,
    /// Most bytes in an offer. Default 32 kB (what signaling carries).
    pub max_offer_bytes: usize,
    /// Bits a second assumed towards a receiver until it is measured. Default
    /// 1 Mbit/s: the smallest layer of several cameras at once.
    pub initial_bitrate: u64,
    /// Most bits a second ever sent towards one receiver. Default 10 Mbit/s.
    pub max_egress_bitrate: u64,
    /// Height in pixels of a camera for a receiver that never called
    /// `set_view`. Default 360. Screens always get their largest layer then.
    pub default_height: u16,
    /// Shortest time between two key frame requests to one camera, whoever asks.
    /// Default 300 ms: one request makes all layers produce key frames.
    pub keyframe_interval: Duration,
    /// Packets remembered for each receive slot to answer NACKs. Default 512
    /// (about 1.5 s of video at 3 Mbit/s).
    pub resend_packets: usize,
    /// Most outputs waiting to be polled; beyond it datagrams are dropped and
    /// counted. Default 16,384.
    pub max_outputs: usize,
}

impl Default for SfuConfig {
    fn default() -> Self {
        Self {
            local_addresses: Vec::new(),
            ice_lite: false,
            connect_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(12),
            max_media_lines: 40,
            max_offer_bytes: 32 * 1024,
            initial_bitrate: 1_000_000,
            max_egress_bitrate: 10_000_000,
            default_height: 360,
            keyframe_interval: Duration::from_millis(300),
            resend_packets: 512,
            max_outputs: 16_384,
        }
    }
}

impl fmt::Debug for SfuConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SfuConfig")
            .field("local_addresses", &self.local_addresses.len())
            .field("ice_lite", &self.ice_lite)
            .finish_non_exhaustive()
    }
}
