//! Against a real nats-server, whose TLS is Go's.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use conclave_edge_tls::{Roots, Tls, TlsError};
use support::nats::{Nats, hear};
use support::pki::*;

const EXTRA: &str = "CONNECT {\"verbose\":false}\r\nPING\r\n";

/// Connects, hears INFO, and hears PONG to a PING.
fn talk(nats: &Nats, name: &str, roots: &Roots, cut: usize) -> Result<(), TlsError> {
    let (mut stream, mut tls) = (nats.connect(), Tls::new(name, roots, NOW)?);
    let info = hear(&mut stream, &mut tls, "\r\n", cut)?;
    assert!(info.starts_with("INFO {") && info.contains("\"version\":\"2.15.1\""), "{info}");
    assert!(tls.is_ready() && !tls.is_closed());
    tls.send(EXTRA.as_bytes())?;
    assert_eq!(hear(&mut stream, &mut tls, "PONG\r\n", cut)?, "PONG\r\n");
    let payload = "x".repeat(100_000);
    tls.send(format!("SUB a 1\r\nPUB a {}\r\n{payload}\r\n", payload.len()).as_bytes())?;
    let heard = hear(&mut stream, &mut tls, "x\r\n", 60_000.min(cut.max(1000)))?;
    assert_eq!(heard, format!("MSG a 1 {}\r\n{payload}\r\n", payload.len()));
    tls.close();
    assert_eq!(tls.send(b"PING\r\n"), Err(TlsError::Closed));
    Ok(())
}

#[test]
fn every_kind_of_key_works() {
    let kinds = [
        [P256, P256, P256],
        [P384, P384, P384],
        [ED25519, ED25519, ED25519],
        [RSA_2048, RSA_2048, RSA_2048],
        // As public authorities have it.
        [RSA_4096, RSA_2048, P256],
        [RSA_4096, P384, P256],
        [P384, P256, RSA_2048],
    ];
    for [above, between, own] in kinds {
        let root = root(above);
        let nats = Nats::start(&Shown::by(&root, between, own, &server(&[NAME])));
        talk(&nats, NAME, &roots(&root), 1 << 14).unwrap();
    }
}

#[test]
fn one_byte_at_a_time_is_enough() {
    let (shown, roots) = usual();
    talk(&Nats::start(&shown), NAME, &roots, 1).unwrap();
}

#[test]
fn an_ip_address_is_a_name() {
    let root = root(P256);
    let nats = Nats::start(&Shown::by(&root, P256, P256, &server(&["127.0.0.1", "::1"])));
    for name in ["127.0.0.1", "::1"] {
        talk(&nats, name, &roots(&root), 1 << 14).unwrap();
    }
    for name in ["127.0.0.2", "::2", "localhost", NAME] {
        assert_eq!(talk(&nats, name, &roots(&root), 1 << 14), Err(TlsError::WrongName), "{name}");
    }
}

#[test]
fn a_stranger_is_refused() {
    let (shown, trusted) = usual();
    let nats = Nats::start(&shown);
    let refusal = |name, roots: &Roots| talk(&nats, name, roots, 1 << 14);
    assert_eq!(refusal("other.example.org", &trusted), Err(TlsError::WrongName));
    assert_eq!(refusal(NAME, &roots(&root(P256))), Err(TlsError::Untrusted));
    assert_eq!(refusal(NAME, &Roots::public()), Err(TlsError::Untrusted));
    assert_eq!(refusal(NAME, &trusted), Ok(()));
}

#[test]
fn a_server_that_speaks_before_tls_is_told_apart() {
    let (shown, roots) = usual();
    let nats = Nats::start_with(&shown, "handshake_first: false");
    assert_eq!(talk(&nats, NAME, &roots, 1 << 14), Err(TlsError::NotTls));
}

#[test]
fn a_server_that_wants_a_certificate_is_told_apart() {
    let root = root(P256);
    let shown = Shown::by(&root, P256, P256, &server(&[NAME]));
    let authority = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(authority.path(), root.pem()).unwrap();
    let settings =
        format!("handshake_first: true, verify: true, ca_file: \"{}\"", authority.path().display());
    let nats = Nats::start_with(&shown, &settings);
    let result = talk(&nats, NAME, &roots(&root), 1 << 14);
    assert_eq!(result, Err(TlsError::WantsCertificate));
}
