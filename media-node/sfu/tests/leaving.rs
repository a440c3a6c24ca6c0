//! Who vanishes is noticed; who says goodbye is let go at once.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use std::time::Duration;

use conclave_sfu::{Event, GoneReason, PeerId, Publishing, SfuConfig, SourceKind};
use support::{Client, Shape, World, lossy};

fn gone(w: &World) -> Vec<(Duration, PeerId, GoneReason)> {
    let gone = w.events.iter().filter_map(|(at, e)| match e {
        Event::Gone { peer, reason } => Some((*at, *peer, *reason)),
        _ => None,
    });
    gone.collect()
}

#[test]
fn a_silent_peer_is_gone_after_the_idle_timeout() {
    let mut w = World::new();
    let (a, b) = (w.join(Shape::default()), w.join(Shape::default()));
    w.connect_all();
    w.run_ms(30_000);
    assert_eq!(gone(&w), [], "who answers stays");
    let at = w.elapsed();
    w.kill(b);
    w.run_ms(20_000);
    let gone = gone(&w);
    assert_eq!(gone.len(), 1);
    assert_eq!((gone[0].1, gone[0].2), (PeerId(b as u64), GoneReason::IceTimeout));
    let after = gone[0].0 - at;
    println!("gone {after:?} after its last word");
    // And 10 ms for what was under way.
    assert!(after <= Duration::from_millis(12_010), "{after:?}");
    assert_eq!(w.slot_of(a, b, SourceKind::Camera), None);
    assert_eq!(w.sfu.stats().peers, 1);
}

#[test]
fn who_only_listens_stays_though_checks_are_lost() {
    let mut w = World::new();
    w.join(Shape::viewer(3));
    w.connect_all();
    w.set_links(|link| lossy(link, 5.0));
    w.run_ms(120_000);
    assert_eq!(gone(&w), []);
}

#[test]
fn who_never_connects_is_gone_after_15_seconds() {
    let mut w =
        World::with(SfuConfig { connect_timeout: Duration::from_secs(15), ..Default::default() });
    let a = w.join(Shape::default());
    w.kill(a);
    w.run_ms(14_900);
    assert_eq!(w.sfu.stats().peers, 1);
    w.run_ms(200);
    let gone = gone(&w);
    assert_eq!(gone[0].2, GoneReason::NeverConnected);
    assert_eq!((w.sfu.stats().peers, w.sfu.stats().rooms), (0, 0));
    assert_eq!(w.sfu.poll_timeout(), None);
}

#[test]
fn a_wrong_certificate_is_refused() {
    let mut w = World::new();
    let mut client = Client::new(0, w.now, &Shape::default());
    // Somebody else's fingerprint in the offer.
    let offer = client.offer();
    let at = offer.find("a=fingerprint:sha-256 ").unwrap() + "a=fingerprint:sha-256 ".len();
    let mut forged = offer.clone();
    forged.replace_range(at..at + 2, if &offer[at..at + 2] == "00" { "11" } else { "00" });
    let joined = w.sfu.join(w.now, support::ROOM, PeerId(0), &forged, Publishing::ALL).unwrap();
    client.answer(w.now, &joined);
    w.adopt(client);
    w.run_ms(3_000);
    let gone = gone(&w);
    assert_eq!(gone.first().map(|g| g.2), Some(GoneReason::DtlsFailed), "{gone:?}");
}

#[test]
fn a_client_that_closes_is_gone_at_once() {
    let mut w = World::new();
    let (a, _) = (w.join(Shape::default()), w.join(Shape::default()));
    w.connect_all();
    w.run_ms(500);
    let now = w.now;
    w.clients[a].close(now);
    w.run_ms(200);
    assert_eq!(gone(&w).first().map(|g| g.2), Some(GoneReason::Closed));
}
