//! TLS over the host's TCP, by the component itself.

use crate::platform::now;
use crate::sockets::Tcp;
use conclave_edge_bus::client::{Transport, TransportError};
use conclave_edge_tls::{Roots, Tls};
use std::fmt::Display;

/// An encrypted connection.
pub(crate) struct Secure {
    tcp: Tcp,
    tls: Tls,
}

impl Secure {
    /// Begins TLS at once: the listener for edges says nothing before. Its certificate must be for
    /// `name`, by the authority in the PEM text `ca` or by a public one.
    pub(crate) async fn over(
        tcp: Tcp,
        name: &str,
        ca: Option<&str>,
    ) -> Result<Self, TransportError> {
        let roots = ca.map_or_else(|| Ok(Roots::public()), Roots::from_pem).map_err(say)?;
        let tls = Tls::new(name, &roots, now()).map_err(say)?;
        let mut secure = Self { tcp, tls };
        secure.flush().await?;
        Ok(secure)
    }

    async fn flush(&mut self) -> Result<(), TransportError> {
        let output = self.tls.take_output();
        if output.is_empty() { Ok(()) } else { self.tcp.write(output).await }
    }
}

impl Transport for Secure {
    async fn write(&mut self, bytes: Vec<u8>) -> Result<(), TransportError> {
        self.tls.send(&bytes).map_err(say)?;
        self.flush().await
    }

    async fn read(&mut self) -> Result<Vec<u8>, TransportError> {
        loop {
            let bytes = self.tcp.read().await?;
            // A connection that was cut is as good as one that was closed: NATS's operations have an
            // end of their own.
            if bytes.is_empty() {
                return Ok(bytes);
            }
            let said = self.tls.receive(&bytes);
            // Its alert, too, where something was wrong.
            self.flush().await?;
            let said = said.map_err(say)?;
            if !said.is_empty() || self.tls.is_closed() {
                return Ok(said);
            }
        }
    }

    async fn close(mut self) {
        self.tls.close();
        // It is gone either way.
        let _said = self.flush().await;
        self.tcp.close().await;
    }
}

/// Tells the operator what to mend; the errors name nobody.
fn say(error: impl Display) -> TransportError {
    eprintln!("TLS to NATS: {error}");
    TransportError
}
