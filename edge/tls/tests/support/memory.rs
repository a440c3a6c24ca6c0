//! A server of another implementation, without a socket.

use super::pki::Shown;
use conclave_edge_tls::{Tls, TlsError};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};
use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;

pub struct Server(pub ServerConnection);

impl Server {
    pub fn new(shown: &Shown) -> Self {
        Self::with(shown, aws_lc_rs::default_provider(), &rustls::version::TLS13)
    }

    pub fn with(
        shown: &Shown,
        provider: CryptoProvider,
        version: &'static SupportedProtocolVersion,
    ) -> Self {
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(shown.chain.clone(), shown.key_der())
            .unwrap();
        Self::of(config)
    }

    pub fn of(config: ServerConfig) -> Self {
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        connection.set_buffer_limit(None);
        Self(connection)
    }

    /// Takes what comes from the wire and gives what it hears. What it refuses it answers by an
    /// alert.
    pub fn receive(&mut self, mut bytes: &[u8]) -> Vec<u8> {
        let mut heard = Vec::new();
        // Reading nothing would mean the end of the stream to it.
        while !bytes.is_empty() && self.0.read_tls(&mut bytes).unwrap() > 0 {
            if self.0.process_new_packets().is_err() {
                break;
            }
            if let Err(error) = self.0.reader().read_to_end(&mut heard) {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
            }
        }
        heard
    }

    pub fn say(&mut self, words: &[u8]) {
        self.0.writer().write_all(words).unwrap();
    }

    pub fn take_output(&mut self) -> Vec<u8> {
        let mut output = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut output).unwrap();
        }
        output
    }
}

/// Carries bytes both ways until none are left, to the client `cut` at a time. Gives what the server
/// and the client have heard.
pub fn run(tls: &mut Tls, server: &mut Server, cut: usize) -> Result<[Vec<u8>; 2], TlsError> {
    let [mut by_server, mut by_client] = [Vec::new(), Vec::new()];
    loop {
        let (out, back) = (tls.take_output(), server.take_output());
        if out.is_empty() && back.is_empty() {
            return Ok([by_server, by_client]);
        }
        by_server.extend(server.receive(&out));
        for part in back.chunks(cut) {
            by_client.extend(tls.receive(part)?);
        }
    }
}

/// Makes the connection ready, or says why not.
pub fn handshake(tls: &mut Tls, server: &mut Server) -> Result<(), TlsError> {
    assert_eq!(run(tls, server, usize::MAX)?, [b"", b""]);
    assert!(tls.is_ready());
    Ok(())
}
