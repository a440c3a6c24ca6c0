//! More microphones than audio slots: the loudest are heard.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use std::collections::BTreeSet;

use conclave_sfu::{Event, PeerId, SourceKind};
use support::{Shape, World};

fn quiet() -> Shape {
    Shape { camera: vec![], audio_slots: 3, video_slots: 1, ..Shape::default() }
}

fn heard(w: &World, by: usize) -> BTreeSet<usize> {
    let sources = w.clients[by].slots.entries.iter().filter_map(|e| e.source);
    sources.filter(|s| s.1 == SourceKind::Microphone).map(|s| s.0.0 as usize).collect()
}

#[test]
fn the_loudest_take_the_slots_and_keep_them() {
    let mut w = World::new();
    for _ in 0..6 {
        w.join(quiet());
    }
    for client in &mut w.clients {
        client.level = -80;
    }
    w.connect_all();
    w.run_ms(1_000);
    for i in 0..6 {
        assert_eq!(heard(&w, i).len(), 3);
        assert!(!heard(&w, i).contains(&i), "never one's own");
    }

    // 5 speaks up: everyone else hears it within 200 ms.
    w.clients[5].level = -25;
    let took = w.run_until(1_000, |w| (0..5).all(|i| heard(w, i).contains(&5)));
    println!("heard after {took:?}");
    assert!(took.as_millis() <= 200, "{took:?}");
    w.run_ms(500);
    let said = |e: &Event| matches!(e, Event::Speaking { peer: PeerId(5), speaking: true });
    assert_eq!(w.events.iter().filter(|(_, e)| said(e)).count(), 1);

    // 3 and 4 join the conversation at nearly the same loudness: nobody takes turns.
    w.clients[4].level = -27;
    w.clients[3].level = -24;
    w.run_ms(1_500);
    for i in 0..3 {
        assert_eq!(heard(&w, i), BTreeSet::from([3, 4, 5]));
    }
    let before = w.events.iter().filter(|(_, e)| matches!(e, Event::Slots { .. })).count();
    for round in 0..20 {
        for (client, base) in [(3, -24), (4, -27), (5, -25)] {
            w.clients[client].level = base + (round % 3) - 1;
        }
        w.run_ms(100);
    }
    let after = w.events.iter().filter(|(_, e)| matches!(e, Event::Slots { .. })).count();
    assert_eq!(before, after, "stable");

    // Sound goes on in the slots without a break.
    for i in 0..3 {
        let entries: Vec<_> = w.clients[i].slots.entries.clone();
        for entry in entries.iter().filter(|e| e.source.is_some()) {
            let got = &w.clients[i].got[&entry.mid];
            for pair in got.windows(2) {
                assert_eq!(pair[1].seq, pair[0].seq + 1);
                let ticks = pair[1].ts.wrapping_sub(pair[0].ts);
                assert!((1..=48_000).contains(&ticks), "{ticks}");
            }
        }
    }

    w.clients[5].level = -90;
    w.run_ms(1_000);
    let ended = |e: &Event| matches!(e, Event::Speaking { peer: PeerId(5), speaking: false });
    assert_eq!(w.events.iter().filter(|(_, e)| ended(e)).count(), 1);
}
