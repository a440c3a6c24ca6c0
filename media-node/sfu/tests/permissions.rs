//! What is switched off reaches nobody, whatever its client goes on to send.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use conclave_sfu::{PeerId, Publishing, SourceKind, Want};
use support::{Shape, World};

#[test]
fn off_means_off_whatever_the_client_sends() {
    let mut w = World::new();
    let (a, b) = (w.join(Shape::default()), w.join(Shape::default()));
    w.connect_all();
    w.run_ms(1_000);
    let id = PeerId(b as u64);
    let camera_off = Publishing { camera: false, ..Publishing::ALL };
    let mic_off = Publishing { microphone: false, ..Publishing::ALL };

    // What is on, and what must still arrive: (sound, picture).
    let cases = [
        (camera_off, (true, false)),
        (mic_off, (false, true)),
        (Publishing::NONE, (false, false)),
        (Publishing::ALL, (true, true)),
    ];
    for (on, (sound, picture)) in cases {
        w.sfu.set_publishing(w.now, id, on);
        let before = w.sfu.stats().dropped_silenced;
        // The client goes on sending. What was queued may still arrive.
        w.run_ms(100);
        w.clients[a].got.clear();
        w.run_ms(500);
        assert_eq!(w.clients[a].got_from(b, false).count() > 10, sound, "{on:?}");
        assert_eq!(w.clients[a].got_from(b, true).count() > 10, picture, "{on:?}");
        assert_eq!(w.slot_of(a, b, SourceKind::Camera).is_some(), picture);
        assert_eq!(w.slot_of(a, b, SourceKind::Microphone).is_some(), sound);
        assert_eq!(w.sfu.stats().dropped_silenced > before, !(sound && picture));
    }
}

#[test]
fn a_view_of_strangers_or_oneself_shows_nothing() {
    let mut w = World::new();
    let (a, b) = (w.join(Shape::default()), w.join(Shape::default()));
    w.connect_all();
    let want = |peer: u64, height| Want { peer: PeerId(peer), kind: SourceKind::Camera, height };
    w.sfu.set_view(w.now, PeerId(a as u64), &[want(0, 720), want(99, 720), want(1, 0)]);
    w.run_ms(100);
    w.clients[a].got.clear();
    w.run_ms(500);
    assert_eq!(w.clients[a].got_from(b, true).count(), 0);
    assert_eq!(w.clients[a].got_from(a, true).count(), 0);
    assert!(w.clients[a].got_from(b, false).count() > 10, "sound needs no view");
}
