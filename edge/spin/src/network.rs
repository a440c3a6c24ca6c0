//! The way from a component to NATS.

use crate::sockets::Tcp;
use crate::tls::Secure;
use conclave_edge_bus::client::{Network, Transport, TransportError};
use conclave_edge_bus::deployment::{Address, Way};
use conclave_edge_bus::session::Fault;
use spin_sdk::time::sleep;
use std::time::Duration;

/// The host's network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wasi<'a> {
    pub(crate) address: &'a Address,
}

/// A connection, encrypted or not.
pub(crate) enum Connection {
    Plain(Tcp),
    Secure(Box<Secure>),
}

impl Network for Wasi<'_> {
    type Transport = Connection;

    fn encrypted(&self) -> bool {
        self.address.tls_name().is_some()
    }

    async fn connect(&self) -> Result<Connection, TransportError> {
        if self.address.way() == Way::WebSocket {
            eprintln!("nats_transport must be tls or plain here");
            return Err(TransportError);
        }
        let tcp = Tcp::connect(self.address).await?;
        match self.address.tls_name() {
            None => Ok(Connection::Plain(tcp)),
            Some(name) => {
                let secure = Secure::over(tcp, name, self.address.tls_ca()).await?;
                Ok(Connection::Secure(Box::new(secure)))
            }
        }
    }

    async fn sleep(&self, duration: Duration) {
        sleep(duration).await;
    }

    fn failed(&self, fault: Fault) {
        eprintln!("{fault}");
    }
}

impl Transport for Connection {
    async fn write(&mut self, bytes: Vec<u8>) -> Result<(), TransportError> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes).await,
            Self::Secure(secure) => secure.write(bytes).await,
        }
    }

    async fn read(&mut self) -> Result<Vec<u8>, TransportError> {
        match self {
            Self::Plain(tcp) => tcp.read().await,
            Self::Secure(secure) => secure.read().await,
        }
    }

    async fn close(self) {
        match self {
            Self::Plain(tcp) => tcp.close().await,
            Self::Secure(secure) => secure.close().await,
        }
    }
}
