//! Layers follow what a receiver's link carries and what its sender sends.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use std::time::Duration;

use conclave_sfu::{Event, PeerId, SourceKind, Want};
use str0m_netem::{Bitrate, DataSize};
use support::{Shape, World, calm};

fn viewer() -> Shape {
    Shape { camera: vec![], microphone: false, video_slots: 2, ..Shape::default() }
}

fn layer(w: &World, client: usize) -> Option<u8> {
    let got = w.clients[client].got.values().flatten();
    let recent = got.filter(|g| w.now - g.at < Duration::from_millis(300));
    recent.filter(|g| g.origin.stream > 0).max_by_key(|g| g.at).map(|g| g.origin.stream)
}

fn view(w: &mut World, receiver: usize, from: usize, height: u16) {
    let want = Want { peer: PeerId(from as u64), kind: SourceKind::Camera, height };
    w.sfu.set_view(w.now, PeerId(receiver as u64), &[want]);
}

#[test]
fn a_narrow_link_gets_a_small_layer_and_a_wide_one_the_best() {
    let mut w = World::new();
    let (narrow, wide) = (w.join(viewer()), w.join(viewer()));
    w.set_downlink(narrow, calm(77).link(Bitrate::kbps(700), DataSize::kbytes(60)));
    let a = w.join(Shape::simulcast());
    w.connect_all();
    view(&mut w, narrow, a, 720);
    view(&mut w, wide, a, 720);
    w.run_ms(15_000);
    for receiver in [narrow, wide] {
        println!("{:?} layer {:?}", w.sfu.peer_stats(PeerId(receiver as u64)), layer(&w, receiver));
    }
    assert_eq!(layer(&w, wide), Some(3));
    assert!(matches!(layer(&w, narrow), Some(1 | 2)), "{:?}", layer(&w, narrow));
}

#[test]
fn a_layer_that_stops_is_replaced_and_comes_back() {
    let mut w = World::new();
    let receiver = w.join(viewer());
    let a = w.join(Shape::simulcast());
    w.connect_all();
    view(&mut w, receiver, a, 720);
    w.run_ms(4_000);
    assert_eq!(layer(&w, receiver), Some(3));
    w.clients[a].layers[2].on = false;
    let took = w.run_until(4_000, |w| layer(w, receiver) == Some(2));
    println!("fell back after {took:?}");
    assert!(took <= Duration::from_millis(2_500), "{took:?}");
    w.clients[a].layers[2].on = true;
    w.clients[a].layers[2].request_keyframe();
    w.run_until(6_000, |w| layer(w, receiver) == Some(3));
}

#[test]
fn senders_hear_what_is_watched() {
    let mut w = World::new();
    let (r, a) = (w.join(viewer()), w.join(Shape::simulcast()));
    w.connect_all();
    w.run_ms(200);
    let last = |w: &World| {
        let mut demands = w.events.iter().filter_map(|(_, e)| match e {
            Event::Demand { peer, kind: SourceKind::Camera, height } if peer.0 == a as u64 => {
                Some(*height)
            }
            _ => None,
        });
        demands.next_back()
    };
    assert_eq!(last(&w), Some(360), "the default");
    view(&mut w, r, a, 720);
    w.run_ms(50);
    assert_eq!(last(&w), Some(720));
    view(&mut w, r, a, 0);
    w.run_ms(50);
    assert_eq!(last(&w), Some(0));
}

#[test]
fn screens_come_first_then_speakers() {
    let mut w = World::new();
    let one_slot = Shape { video_slots: 1, camera: vec![], ..Shape::default() };
    let r = w.join(one_slot);
    let (a, b) = (w.join(Shape::default()), w.join(Shape::default()));
    w.clients[a].level = -80;
    w.clients[b].level = -80;
    w.clients[r].level = -80;
    w.connect_all();
    w.run_ms(1_000);
    assert!(w.slot_of(r, a, SourceKind::Camera).is_some(), "the order of joining");
    w.clients[b].level = -20;
    w.run_ms(1_500);
    assert!(w.slot_of(r, b, SourceKind::Camera).is_some(), "who spoke");
    let c = w.join(Shape { screen: true, ..Shape::default() });
    w.clients[c].level = -80;
    w.connect_all();
    w.run_ms(1_500);
    let mid = w.slot_of(r, c, SourceKind::Screen).expect("the screen");
    assert_eq!(w.clients[r].got[&mid].last().unwrap().origin.stream, 9);
}
