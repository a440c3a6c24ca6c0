//! Bytes that were damaged, and servers that there is no talking to.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use conclave_edge_tls::{Roots, Tls, TlsError};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use std::sync::LazyLock;
use support::memory::{Server, handshake};
use support::pki::*;

static USUAL: LazyLock<(Shown, Roots)> = LazyLock::new(usual);

fn pair() -> (Tls, Server) {
    (Tls::new(NAME, &USUAL.1, NOW).unwrap(), Server::new(&USUAL.0))
}

fn ready() -> (Tls, Server) {
    let (mut tls, mut server) = pair();
    handshake(&mut tls, &mut server).unwrap();
    (tls, server)
}

/// What the server says by these words, on the wire.
fn wire(server: &mut Server, words: &[u8]) -> Vec<u8> {
    server.say(words);
    server.take_output()
}

fn incompatible(provider: CryptoProvider, version: &'static rustls::SupportedProtocolVersion) {
    let mut tls = Tls::new(NAME, &USUAL.1, NOW).unwrap();
    let mut server = Server::with(&USUAL.0, provider, version);
    assert_eq!(handshake(&mut tls, &mut server), Err(TlsError::Incompatible));
}

#[test]
fn a_server_without_common_ground_is_told_apart() {
    incompatible(aws_lc_rs::default_provider(), &rustls::version::TLS12);
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![aws_lc_rs::kx_group::SECP256R1];
    incompatible(provider, &rustls::version::TLS13);
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites = vec![aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256];
    incompatible(provider, &rustls::version::TLS13);
}

#[test]
fn what_is_no_tls_is_told_apart() {
    for bytes in [&b"INFO {\"server_id\":\"x\"}\r\n"[..], b"HTTP/1.1 400 Bad Request\r\n\r\n"] {
        assert_eq!(pair().0.receive(bytes), Err(TlsError::NotTls));
        assert_eq!(ready().0.receive(bytes), Err(TlsError::Protocol));
    }
}

/// Of the header of a record only the length counts (RFC 8446, sections 5.1 and 5.2): what kind it
/// is of is inside, and sealed.
#[test]
fn a_damaged_record_is_refused() {
    for at in 0..5 + 6 + 1 + 16 {
        let (mut tls, mut server) = ready();
        let mut bytes = wire(&mut server, b"a word");
        assert_eq!(bytes.len(), 5 + 6 + 1 + 16);
        bytes[at] ^= 1 << (at % 8);
        let said = tls.receive(&bytes);
        if at < 5 {
            let harmless = said.as_ref().is_ok_and(|said| said.is_empty() || said == b"a word");
            assert!(said.is_err() || harmless, "byte {at}");
        } else {
            assert_eq!(said, Err(TlsError::Protocol));
            assert!(!tls.is_ready());
            assert!(!tls.take_output().is_empty(), "an alert says so");
        }
    }
}

#[test]
fn a_damaged_handshake_never_gets_ready() {
    let mut tried = 0;
    for at in (0..1500).step_by(3) {
        let (mut tls, mut server) = pair();
        server.receive(&tls.take_output());
        let mut flight = server.take_output();
        let (mut header, mut rest): (bool, usize) = (false, at);
        let mut records = &flight[..];
        while let [_, _, _, high, low, ..] = records {
            header |= rest < 5;
            let length = 5 + usize::from(u16::from_be_bytes([*high, *low]));
            let Some(next) = rest.checked_sub(length) else { break };
            (rest, records) = (next, &records[length..]);
        }
        let Some(byte) = flight.get_mut(at) else { break };
        *byte ^= 1 << (at % 8);
        let result = tls.receive(&flight);
        assert!(header || result.is_err() || !tls.is_ready(), "byte {at}");
        tried += 1;
    }
    assert!(tried > 300, "{tried}");
}
