//! Where edges on other machines arrive, and where the gate finds NATS.

use super::reachable;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Where edges on other machines are to arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgesWish {
    /// Address; its port may be 0 for a free one.
    pub listen: SocketAddr,
    /// The same by WebSocket (wss), where edges can reach only HTTP's ports.
    pub wss: Option<SocketAddr>,
    /// By which they know that it is the right one: a file in PEM, the authority's own behind it.
    pub certificate: PathBuf,
    /// Its key, a file in PEM.
    pub key: PathBuf,
}

/// The ports of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatePorts {
    /// Its own, for edges.
    pub edges: u16,
    /// NATS's, for the gate.
    pub leaf: u16,
}

/// The gate, where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Where it listens for edges, and as whom.
    pub edges: EdgesWish,
    /// Where NATS listens for it: always loopback.
    pub leaf: SocketAddr,
}

impl EdgesWish {
    /// The gate with the chosen ports.
    pub(super) fn resolve(&self, ports: GatePorts) -> Gate {
        let listen = SocketAddr::new(self.listen.ip(), ports.edges);
        let leaf = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), ports.leaf);
        Gate { edges: Self { listen, ..self.clone() }, leaf }
    }
}

impl Gate {
    /// Where this machine itself reaches it.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        let listen = self.edges.listen;
        SocketAddr::new(reachable(listen.ip()), listen.port())
    }
}
