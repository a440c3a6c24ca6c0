//! The ways from a Worker to NATS.

use crate::sockets::Tcp;
use crate::websocket::Socket;
use conclave_edge_bus::client::{Network, Transport, TransportError};
use conclave_edge_bus::deployment::{Address, Way};
use conclave_edge_bus::session::Fault;
use std::time::Duration;
use worker::{Delay, console_warn};

/// The network of Cloudflare's runtime.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cloudflare<'a> {
    pub(crate) address: &'a Address,
}

/// A connection of either kind.
pub(crate) enum Connection {
    Tcp(Tcp),
    WebSocket(Socket),
}

impl Network for Cloudflare<'_> {
    type Transport = Connection;

    fn encrypted(&self) -> bool {
        self.address.tls_name().is_some()
    }

    async fn connect(&self) -> Result<Connection, TransportError> {
        let address = self.address;
        match address.way() {
            Way::Tcp => Tcp::connect(&address.to_text(), address.tls_name()).map(Connection::Tcp),
            Way::WebSocket => {
                let scheme = if self.encrypted() { "https" } else { "http" };
                let url = format!("{scheme}://{}/", address.to_text());
                Socket::connect(&url).await.map(Connection::WebSocket)
            }
        }
    }

    async fn sleep(&self, duration: Duration) {
        Delay::from(duration).await;
    }

    fn failed(&self, fault: Fault) {
        console_warn!("{fault}");
    }
}

impl Transport for Connection {
    async fn write(&mut self, bytes: Vec<u8>) -> Result<(), TransportError> {
        match self {
            Self::Tcp(tcp) => tcp.write(&bytes).await,
            Self::WebSocket(socket) => socket.write(&bytes),
        }
    }

    async fn read(&mut self) -> Result<Vec<u8>, TransportError> {
        match self {
            Self::Tcp(tcp) => tcp.read().await,
            Self::WebSocket(socket) => Ok(socket.read().await),
        }
    }

    async fn close(self) {
        match self {
            Self::Tcp(tcp) => tcp.close().await,
            Self::WebSocket(socket) => drop(socket),
        }
    }
}
