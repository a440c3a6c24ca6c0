//! The node's configuration file.

use conclave_protocol::ids::NodeId;
use conclave_protocol::service::BusUser;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// The media node's configuration file (JSON).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The node's name.
    pub node: NodeId,
    /// Where it stands, in its operator's words.
    pub region: String,
    /// Bus, account CTRL, role node-ctrl.
    pub ctrl: BusUser,
    /// Bus, account ROOMS, role node-rooms.
    pub rooms: BusUser,
    /// UDP addresses to bind: one shard, so one thread, each. Port 0 takes a free one.
    pub media: Vec<SocketAddr>,
    /// Addresses that browsers are told, in the order of `media`; where empty, the bound ones.
    /// Needed behind address translation and where `media` is a wildcard.
    #[serde(default)]
    pub advertise: Vec<SocketAddr>,
    /// Packets a second in and out that count as full load.
    #[serde(default = "default_capacity")]
    pub capacity_packets: u32,
    /// Where `GET /metrics` is answered, if anywhere. Keep it on loopback or behind a firewall.
    #[serde(default)]
    pub metrics: Option<SocketAddr>,
}

/// A third of what one core forwards at the 7 µs a packet that were measured with 50 receivers.
fn default_capacity() -> u32 {
    40_000
}
