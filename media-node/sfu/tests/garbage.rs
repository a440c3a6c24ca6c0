//! Bytes from anybody: dropped, counted, and nobody is disturbed.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use std::net::SocketAddr;

use conclave_sfu::{DropReason, Output, PeerId, Publishing, Received, Sfu, SfuConfig};
use proptest::prelude::*;
use str0m::ice::{StunMessage, TransId};
use support::{Client, ROOM, Shape, World, node_address};

/// Bytes that look like each protocol, and any.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![Just(0u8), Just(1), 20u8..64, 128u8..192, any::<u8>()];
    let stun = (any::<[u8; 12]>(), proptest::collection::vec(any::<u8>(), 0..120)).prop_map(
        |(id, body)| {
            let length = (body.len() as u16 & !3).to_be_bytes();
            let mut m = vec![0, 1, length[0], length[1], 0x21, 0x12, 0xa4, 0x42];
            m.extend(id);
            m.extend(body);
            m
        },
    );
    let any =
        (first, proptest::collection::vec(any::<u8>(), 0..1_600)).prop_map(|(f, mut rest)| {
            rest.insert(0, f);
            rest
        });
    prop_oneof![3 => any, 2 => stun, 1 => Just(vec![])]
}

fn anywhere() -> impl Strategy<Value = SocketAddr> {
    (any::<[u8; 4]>(), any::<u16>()).prop_map(SocketAddr::from)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn never_panics_and_never_disturbs(
        before in proptest::collection::vec((bytes(), anywhere(), any::<bool>()), 40),
        after in proptest::collection::vec((bytes(), anywhere(), any::<bool>()), 40),
    ) {
        let mut w = World::new();
        w.join(Shape::default());
        w.join(Shape::default());
        let throw = |w: &mut World, lot: Vec<(Vec<u8>, SocketAddr, bool)>| {
            for (bytes, from, spoofed) in lot {
                let from = if spoofed { w.clients[1].address } else { from };
                let before = w.sfu.stats().dropped_garbage;
                let got = w.sfu.handle_datagram(w.now, from, node_address(), &bytes);
                if !spoofed {
                    prop_assert!(matches!(got, Received::Dropped(_)));
                }
                if got != Received::Accepted {
                    prop_assert_eq!(w.sfu.stats().dropped_garbage, before + 1);
                }
                w.poll_sfu();
                w.run_ms(1);
            }
            Ok(())
        };
        throw(&mut w, before)?;
        w.connect_all();
        w.run_ms(300);
        throw(&mut w, after)?;
        w.clients[0].got.clear();
        w.run_ms(300);
        prop_assert_eq!(w.sfu.stats().peers, 2);
        prop_assert!(w.clients[0].got_from(1, true).count() > 10);
        prop_assert!(w.clients[0].got_from(1, false).count() > 10);
    }
}

#[test]
fn reasons_are_told_apart() {
    let mut w = World::new();
    w.join(Shape::default());
    w.connect_all();
    let stranger = SocketAddr::from(([203, 0, 113, 9], 9));
    let mut send = |from, data: &[u8]| w.sfu.handle_datagram(w.now, from, node_address(), data);
    assert_eq!(send(stranger, &[]), Received::Dropped(DropReason::Malformed));
    assert_eq!(send(stranger, &[77; 40]), Received::Dropped(DropReason::Malformed));
    assert_eq!(send(stranger, &[0; 40]), Received::Dropped(DropReason::Malformed));
    assert_eq!(send(stranger, &[22; 40]), Received::Dropped(DropReason::Unknown));
    assert_eq!(send(stranger, &[128; 40]), Received::Dropped(DropReason::Unknown));
    assert_eq!(w.sfu.stats().dropped_garbage, 5);
    assert!(w.sfu.peer_stats(PeerId(0)).unwrap().connected);
}

/// A connectivity check with a peer's true user fragments and a wrong password:
/// what somebody who saw one packet could send.
fn forged_check(answer: &str, offer: &str, password: &[u8]) -> Vec<u8> {
    let ufrag = |sdp: &str| {
        let line = sdp.lines().find_map(|l| l.strip_prefix("a=ice-ufrag:"));
        line.unwrap().to_owned()
    };
    let name = format!("{}:{}", ufrag(answer), ufrag(offer));
    let check = StunMessage::binding_request(&name, TransId::new(), true, 1, 1, true);
    let crypto = str0m::crypto::from_feature_flags();
    let mut buffer = [0; 500];
    let hmac = |key: &[u8], parts: &[&[u8]]| crypto.sha1_hmac_provider.sha1_hmac(key, parts);
    let length = check.to_bytes(Some(password), &mut buffer, hmac).unwrap();
    buffer[..length].to_vec()
}

#[test]
fn only_the_password_opens_the_door() {
    let now = World::new().now;
    let client = Client::new(0, now, &Shape::default());
    let config = SfuConfig { local_addresses: vec![node_address()], ..SfuConfig::default() };
    let mut sfu = Sfu::new(config);
    let offer = client.offer();
    let answer = sfu.join(now, ROOM, PeerId(0), &offer, Publishing::ALL).unwrap().answer_sdp;
    let stranger = SocketAddr::from(([203, 0, 113, 9], 9));

    let forged = forged_check(&answer, &offer, b"wrong");
    let got = sfu.handle_datagram(now, stranger, node_address(), &forged);
    assert_eq!(got, Received::Dropped(DropReason::Refused));
    // It proved nothing: its address is as unknown as before.
    let got = sfu.handle_datagram(now, stranger, node_address(), &[22; 40]);
    assert_eq!(got, Received::Dropped(DropReason::Unknown));
    assert!(sfu.poll_output().is_none_or(|o| !matches!(o, Output::Transmit { .. })));

    let password = answer.lines().find_map(|l| l.strip_prefix("a=ice-pwd:")).unwrap();
    let proper = forged_check(&answer, &offer, password.as_bytes());
    // Behind NAT the local address is another than the advertised one.
    let inside = SocketAddr::from(([10, 0, 0, 5], 3_478));
    assert_eq!(sfu.handle_datagram(now, stranger, inside, &proper), Received::Accepted);
    assert!(matches!(sfu.poll_output(), Some(Output::Transmit { .. })));
}
