//! Key frames are costly: asked for when needed, and never more often.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use std::time::Duration;

use conclave_sfu::{PeerId, Publishing, SourceKind, Want};
use str0m::media::KeyframeRequestKind;
use support::{Shape, World};

fn viewer() -> Shape {
    Shape { camera: vec![], microphone: false, ..Shape::default() }
}

#[test]
fn many_requests_become_few() {
    let mut w = World::new();
    let sender = w.join(Shape::simulcast());
    for _ in 0..4 {
        w.join(viewer());
    }
    w.connect_all();
    w.run_ms(2_000);
    let before = w.clients[sender].keyframes_asked;
    for _ in 0..300 {
        for viewer in 1..5 {
            let mid = w.slot_of(viewer, sender, SourceKind::Camera).unwrap();
            w.clients[viewer].ask_keyframe(&mid);
        }
        w.run_ms(10);
    }
    let asked = w.clients[sender].keyframes_asked - before;
    println!("1200 requests in 3 s became {asked}");
    assert!((5..=11).contains(&asked), "{asked}");
}

#[test]
fn a_request_reaches_whose_picture_is_in_the_slot_and_nobody_else() {
    let mut w = World::new();
    let shared = || Shape { screen: true, ..Shape::simulcast() };
    let (a, b, viewer) = (w.join(shared()), w.join(shared()), w.join(viewer()));
    w.connect_all();
    w.run_ms(2_000);
    let asked = |w: &World| [a, b].map(|sender| w.clients[sender].keyframes_asked);
    for kind in [KeyframeRequestKind::Pli, KeyframeRequestKind::Fir] {
        for (source, sender) in [
            (SourceKind::Camera, a),
            (SourceKind::Camera, b),
            (SourceKind::Screen, b),
            (SourceKind::Camera, a),
        ] {
            let before = asked(&w);
            let mid = w.slot_of(viewer, sender, source).unwrap();
            w.clients[viewer].ask_keyframe_by(&mid, kind);
            let heard = |w: &World| asked(w)[sender] > before[sender];
            let took = w.run_until(500, heard);
            assert!(took <= Duration::from_millis(150), "{kind:?} after {took:?}");
            w.run_ms(400);
            let mut expected = before;
            expected[sender] += 1;
            assert_eq!(asked(&w), expected, "{kind:?} for {source:?}");
        }
    }
    // The slot has another picture from now on: requests follow.
    let slot = w.slot_of(viewer, a, SourceKind::Camera).unwrap();
    let show =
        |peer: usize| Want { peer: PeerId(peer as u64), kind: SourceKind::Camera, height: 360 };
    w.sfu.set_view(w.now, PeerId(viewer as u64), &[show(a)]);
    w.run_ms(1_000);
    assert_eq!(w.slot_of(viewer, a, SourceKind::Camera), Some(slot.clone()));
    w.sfu.set_publishing(w.now, PeerId(a as u64), Publishing::NONE);
    w.sfu.set_view(w.now, PeerId(viewer as u64), &[show(b)]);
    w.run_ms(3_000);
    let mid = w.slot_of(viewer, b, SourceKind::Camera).unwrap();
    let before = asked(&w);
    w.clients[viewer].ask_keyframe(&mid);
    w.run_ms(400);
    assert_eq!(asked(&w), [before[0], before[1] + 1]);
}

#[test]
fn a_newcomer_sees_everybody_at_once_and_disturbs_nobody() {
    let mut w = World::new();
    for _ in 0..4 {
        w.join(Shape::simulcast());
    }
    w.connect_all();
    w.run_ms(3_000);
    for client in &mut w.clients {
        client.got.clear();
    }
    let newcomer = w.join(viewer());
    w.run_until(2_000, |w| w.clients[newcomer].connected);
    let took = w.run_until(2_000, |w| {
        (0..4).all(|i| w.clients[newcomer].got_from(i, true).next().is_some())
    });
    println!("four pictures {took:?} after connecting");
    assert!(took.as_millis() <= 200, "{took:?}");
    for old in 0..4 {
        for other in (0..4).filter(|o| *o != old) {
            let mid = w.slot_of(old, other, SourceKind::Camera).unwrap();
            let got = &w.clients[old].got[&mid];
            assert!(got.windows(2).all(|p| p[1].seq == p[0].seq + 1), "unbroken");
        }
    }
    assert!(w.sfu.peer_stats(PeerId(newcomer as u64)).unwrap().egress_allocated > 0);
}
