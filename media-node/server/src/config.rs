//! The node's configuration file.

use conclave_protocol::grant::PublicGrantKey;
use conclave_protocol::ids::NodeId;
use conclave_protocol::service::BusUser;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

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
    /// With what edges sign the records of rooms.
    pub grant_key: PublicGrantKey,
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
    /// The audit log, where the operator wants one.
    #[serde(default)]
    pub audit: Option<PathBuf>,
    /// How long the courses of rooms are kept that allow it, in seconds, where the operator keeps any.
    #[serde(default)]
    pub history_seconds: Option<u64>,
    /// True where a courier tells applications of it.
    #[serde(default)]
    pub webhooks: bool,
}

/// A third of what one core forwards at the 7 µs a packet that were measured with 50 receivers.
fn default_capacity() -> u32 {
    40_000
}
