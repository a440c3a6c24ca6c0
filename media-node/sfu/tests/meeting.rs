//! People come, see and hear each other, and go, without any further SDP.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use conclave_sfu::{Event, PeerId, SourceKind};
use support::{Shape, World};

#[test]
fn two_then_three_then_two() {
    let mut w = World::new();
    w.join(Shape::default());
    w.join(Shape::default());
    w.connect_all();
    let first =
        w.run_until(2_000, |w| (0..2).all(|i| w.clients[i].got_from(1 - i, true).next().is_some()));
    assert!(first.as_millis() <= 200, "first picture after {first:?}");
    w.run_ms(1_000);
    for (a, b) in [(0, 1), (1, 0)] {
        assert!(w.clients[a].got_from(b, false).count() >= 45, "sound");
        assert!(w.clients[a].got_from(b, true).count() >= 50, "pictures");
        assert_eq!(w.clients[a].got_from(a, true).count(), 0, "never one's own");
        assert_eq!(w.clients[a].got_from(a, false).count(), 0, "never one's own");
    }

    w.join(Shape::default());
    w.connect_all();
    w.run_ms(1_000);
    for a in 0..3 {
        for b in (0..3).filter(|b| *b != a) {
            assert!(w.clients[a].got_from(b, false).count() >= 40, "{b} to {a}: sound");
            assert!(w.clients[a].got_from(b, true).count() >= 40, "{b} to {a}: pictures");
            let mid = w.slot_of(a, b, SourceKind::Camera).expect("a slot");
            assert!(w.clients[a].got[&mid].iter().all(|g| usize::from(g.origin.client) == b));
        }
    }

    w.leave(1);
    w.run_ms(200);
    for a in [0, 2] {
        assert_eq!(w.slot_of(a, 1, SourceKind::Camera), None);
        assert_eq!(w.slot_of(a, 1, SourceKind::Microphone), None);
        w.clients[a].got.clear();
    }
    w.run_ms(500);
    assert_eq!(w.clients[0].got_from(1, true).count(), 0);
    assert!(w.clients[0].got_from(2, true).count() > 20);
    let stats = w.sfu.stats();
    assert_eq!((stats.peers, stats.rooms), (2, 1));
    assert!(stats.forwarded > 500 && stats.packets_out > stats.forwarded);

    w.leave(0);
    w.leave(2);
    assert_eq!(w.sfu.stats().rooms, 0);
    assert_eq!(w.sfu.poll_timeout(), None, "an empty shard sleeps");
    let connected = w.events.iter().filter(|(_, e)| matches!(e, Event::Connected { .. }));
    assert_eq!(connected.count(), 3);
}

#[test]
fn rooms_do_not_hear_each_other() {
    let mut w = World::new();
    w.join(Shape::default());
    let mut other = support::Client::new(1, w.now, &Shape::default());
    let room = conclave_sfu::RoomHandle(8);
    let all = conclave_sfu::Publishing::ALL;
    let joined = w.sfu.join(w.now, room, PeerId(1), &other.offer(), all).unwrap();
    other.answer(w.now, &joined);
    assert!(joined.slots.entries.iter().all(|e| e.source.is_none()));
    assert_eq!(w.sfu.stats().rooms, 2);
    w.run_ms(100);
    assert!(w.clients[0].slots.entries.iter().all(|e| e.source.is_none()));
}

#[test]
fn full_ice_works_too() {
    let mut w = World::with(conclave_sfu::SfuConfig { ice_lite: false, ..Default::default() });
    w.join(Shape::default());
    w.join(Shape::default());
    w.connect_all();
    w.run_ms(30_000);
    assert!(w.clients[0].got_from(1, true).count() > 1_500);
    assert_eq!(w.sfu.stats().peers, 2, "nobody timed out");
}
