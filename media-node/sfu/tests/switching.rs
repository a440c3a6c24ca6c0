//! Another source in the same slot: one unbroken stream, from a key frame on.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use std::time::Duration;

use conclave_sfu::{PeerId, SourceKind, Want};
use conclave_test_client::Got;
use conclave_test_client::playback::{self, missing, worst_gap};
use support::{Client, Shape, World, lossy};

fn viewer() -> Shape {
    Shape::viewer(1)
}

fn want(peer: usize, height: u16) -> Want {
    Want { peer: PeerId(peer as u64), kind: SourceKind::Camera, height }
}

/// What a decoder sees: packets in the order of their numbers, without repeats.
fn in_order(client: &Client) -> Vec<Got> {
    let video = client.slots.entries.iter().find(|e| e.kind == conclave_sfu::MediaKind::Video);
    playback::in_order(&client.got[&video.expect("a slot").mid])
}

/// Checks that the stream never breaks; returns the number of switches.
fn check_unbroken(got: &[Got], lossless: bool) -> usize {
    let mut switches = 0;
    for pair in got.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let (av, bv) = (a.vp8.unwrap(), b.vp8.unwrap());
        let same = (a.origin.client, a.origin.stream) == (b.origin.client, b.origin.stream);
        if lossless {
            assert_eq!(b.seq, a.seq + 1, "sequence numbers: {a:?} {b:?}");
        }
        let ticks = b.ts.wrapping_sub(a.ts);
        assert!(ticks < 90_000, "timestamps go on: {a:?} {b:?}");
        if !same {
            switches += 1;
            assert!(bv.key && bv.first, "a switch begins with a key frame: {b:?}");
        }
        if b.seq != a.seq + 1 {
            continue;
        }
        let new_frame = !same || a.origin.frame != b.origin.frame;
        assert_eq!(new_frame, ticks > 0, "{a:?} {b:?}");
        let step = u16::from(new_frame);
        assert_eq!(bv.picture, (av.picture + step) & 0x7fff, "picture ids: {a:?} {b:?}");
        assert_eq!(bv.tl0, av.tl0.wrapping_add(step as u8), "TL0PICIDX: {a:?} {b:?}");
    }
    switches
}

#[test]
fn a_switch_of_source_is_seamless() {
    let mut w = World::new();
    let receiver = w.join(viewer());
    let (a, b) = (w.join(Shape::default()), w.join(Shape::default()));
    w.connect_all();
    w.sfu.set_view(w.now, PeerId(receiver as u64), &[want(a, 360)]);
    w.run_ms(1_500);
    w.clients[receiver].got.clear();
    for _ in 0..5 {
        for source in [b, a] {
            w.sfu.set_view(w.now, PeerId(receiver as u64), &[want(source, 360)]);
            w.run_ms(900);
            assert!(w.slot_of(receiver, source, SourceKind::Camera).is_some(), "told so");
        }
    }
    let got = in_order(&w.clients[receiver]);
    assert_eq!(check_unbroken(&got, true), 10);
    let gap = worst_gap(&got);
    println!("switch of source: worst gap {gap:?}, {} packets", got.len());
    assert!(gap <= Duration::from_millis(100), "{gap:?}");
}

#[test]
fn a_switch_of_layer_is_seamless() {
    let mut w = World::new();
    let receiver = w.join(viewer());
    let a = w.join(Shape::simulcast());
    w.connect_all();
    w.sfu.set_view(w.now, PeerId(receiver as u64), &[want(a, 180)]);
    w.run_ms(3_000);
    w.clients[receiver].got.clear();
    for height in [720, 180, 360, 720, 360, 180] {
        w.sfu.set_view(w.now, PeerId(receiver as u64), &[want(a, height)]);
        w.run_ms(1_500);
        let layer = in_order(&w.clients[receiver]).last().unwrap().origin.stream;
        let expected = [180, 360, 720].iter().position(|h| *h == height).unwrap() + 1;
        assert_eq!(usize::from(layer), expected, "the smallest layer at least {height} high");
    }
    let got = in_order(&w.clients[receiver]);
    assert_eq!(check_unbroken(&got, true), 6);
    let gap = worst_gap(&got);
    println!("switch of layer: worst gap {gap:?}");
    assert!(gap <= Duration::from_millis(100), "{gap:?}");
}

#[test]
fn switches_survive_five_percent_loss() {
    for seed in 0..6 {
        let mut w = World::new();
        let receiver = w.join(viewer());
        let (a, b) = (w.join(Shape::default()), w.join(Shape::default()));
        w.connect_all();
        w.run_ms(1_000);
        w.set_links(|link| lossy(link + seed * 100, 5.0));
        w.sfu.set_view(w.now, PeerId(receiver as u64), &[want(a, 360)]);
        w.run_ms(1_000);
        w.clients[receiver].got.clear();
        for _ in 0..8 {
            for source in [b, a] {
                w.sfu.set_view(w.now, PeerId(receiver as u64), &[want(source, 360)]);
                w.run_ms(1_000);
            }
        }
        let got = in_order(&w.clients[receiver]);
        let switches = check_unbroken(&got, false);
        let gap = worst_gap(&got);
        let missing = missing(&got);
        println!(
            "5 % loss, seed {seed}: {switches} switches, worst gap {gap:?}, {missing} of {} missing",
            got.len()
        );
        assert!(switches >= 15, "{switches}");
        assert!(gap <= Duration::from_millis(500), "{gap:?}");
        assert!(missing <= got.len() as u64 / 100, "NACK repairs: {missing} missing");
    }
}
