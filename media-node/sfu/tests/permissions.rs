//! What is switched off or forbidden reaches nobody.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use conclave_sfu::{PeerId, Publishing, SourceKind, Want};
use support::{Shape, World};

#[test]
fn off_means_off_and_forbidden_means_dropped() {
    let mut w = World::new();
    let (a, b) = (w.join(Shape::default()), w.join(Shape::default()));
    w.connect_all();
    w.run_ms(1_000);
    let id = PeerId(b as u64);
    let camera_off = Publishing { camera: false, ..Publishing::ALL };
    let mic_off = Publishing { microphone: false, ..Publishing::ALL };

    // (say, allow) and what must still arrive: (sound, picture).
    let cases = [
        (camera_off, Publishing::ALL, (true, false)),
        (Publishing::ALL, mic_off, (false, true)),
        (Publishing::NONE, Publishing::ALL, (false, false)),
        (Publishing::ALL, Publishing::NONE, (false, false)),
        (Publishing::ALL, Publishing::ALL, (true, true)),
    ];
    for (say, allow, (sound, picture)) in cases {
        w.sfu.set_publishing(w.now, id, say);
        w.sfu.set_allowed(w.now, id, allow);
        let before = w.sfu.stats().dropped_silenced;
        // The client goes on sending. What was queued may still arrive.
        w.run_ms(100);
        w.clients[a].got.clear();
        w.run_ms(500);
        assert_eq!(w.clients[a].got_from(b, false).count() > 10, sound, "{say:?} {allow:?}");
        assert_eq!(w.clients[a].got_from(b, true).count() > 10, picture, "{say:?} {allow:?}");
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
