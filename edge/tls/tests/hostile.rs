//! Servers that send anything. What is at stake is that nothing panics and nothing is believed.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use conclave_edge_tls::{Roots, Tls, TlsError};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::LazyLock;
use support::memory::{Server, handshake};
use support::pki::*;

static USUAL: LazyLock<(Shown, Roots)> = LazyLock::new(usual);

fn pair() -> (Tls, Server) {
    (Tls::new(NAME, &USUAL.1, NOW).unwrap(), Server::new(&USUAL.0))
}

/// Something of the form of a record.
fn record() -> impl Strategy<Value = Vec<u8>> {
    (20..25_u8, prop::sample::select(vec![0x301_u16, 0x303, 0x304]), vec(any::<u8>(), 0..200))
        .prop_map(|(kind, version, body)| {
            let length = u16::try_from(body.len()).unwrap();
            [&[kind][..], &version.to_be_bytes(), &length.to_be_bytes(), &body].concat()
        })
}

/// A message of the handshake with anything in it.
fn message() -> impl Strategy<Value = Vec<u8>> {
    (any::<u8>(), vec(any::<u8>(), 0..200)).prop_map(|(kind, body)| {
        let length = u16::try_from(body.len()).unwrap();
        let message = [&[kind, 0][..], &length.to_be_bytes(), &body].concat();
        let length = u16::try_from(message.len()).unwrap();
        [&[22, 3, 3][..], &length.to_be_bytes(), &message].concat()
    })
}

fn anything() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(prop_oneof![vec(any::<u8>(), 0..300), record(), message()], 1..8)
}

/// Gives it all, and sees that an error stays.
fn give(tls: &mut Tls, parts: &[Vec<u8>]) -> bool {
    let mut heard = false;
    let mut failed: Option<TlsError> = None;
    for part in parts {
        let result = tls.receive(part);
        if let Some(error) = failed {
            assert_eq!(result, Err(error));
        }
        heard |= result.as_ref().is_ok_and(|said| !said.is_empty());
        failed = result.err();
        let _ = tls.send(b"x");
        tls.take_output();
    }
    heard
}

proptest! {
    #[test]
    fn before_the_handshake(parts in anything()) {
        let (mut tls, _) = pair();
        prop_assert!(!give(&mut tls, &parts));
        prop_assert!(!tls.is_ready() && !tls.is_closed());
    }

    #[test]
    fn after_the_handshake(parts in anything(), end in any::<bool>()) {
        let (mut tls, mut server) = pair();
        handshake(&mut tls, &mut server).unwrap();
        if end {
            tls.close();
        }
        prop_assert!(!give(&mut tls, &parts));
        prop_assert!(!tls.is_closed());
    }

    #[test]
    fn amid_the_handshake(
        parts in anything(),
        at in any::<prop::sample::Index>(),
        length in 0..50_usize,
    ) {
        let (mut tls, mut server) = pair();
        server.receive(&tls.take_output());
        let flight = server.take_output();
        let at = at.index(flight.len());
        // Anything in the place of a part of what belongs there.
        let mut bytes = vec![flight[..at].to_vec()];
        bytes.extend(parts);
        bytes.push(flight[(at + length).min(flight.len())..].to_vec());
        prop_assert!(!give(&mut tls, &bytes));
    }

    #[test]
    fn in_any_pieces(cuts in vec(any::<prop::sample::Index>(), 0..20)) {
        let (mut tls, mut server) = pair();
        server.receive(&tls.take_output());
        let flight = server.take_output();
        let mut cuts = cuts.iter().map(|cut| cut.index(flight.len())).collect::<Vec<_>>();
        cuts.extend([0, flight.len()]);
        cuts.sort_unstable();
        for cut in cuts.windows(2) {
            prop_assert_eq!(tls.receive(&flight[cut[0]..cut[1]]), Ok(vec![]));
        }
        prop_assert!(tls.is_ready());
    }

    #[test]
    fn any_name(name in any::<String>()) {
        let _ = Tls::new(&name, &USUAL.1, NOW);
    }

    #[test]
    fn any_authorities(text in any::<String>(), body in vec(any::<u8>(), 0..100)) {
        prop_assert!(Roots::from_pem(&text).is_err());
        let body = body.iter().map(|byte| char::from(b'A' + byte % 26)).collect::<String>();
        let _ = Roots::from_pem(&format!(
            "-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
        ));
    }
}
