//! A participant comes back on a new connection.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is a failed test

mod support;

use conclave_sfu::{Event, JoinError, PeerId};
use support::client::publishing;
use support::{Client, ROOM, Shape, World, node_address};

const NEWER: PeerId = PeerId(99);

fn newer_client(w: &World) -> Client {
    Client::new(9, w.now, &Shape::default())
}

#[test]
fn an_offer_that_is_refused_leaves_the_older_connection_alone() {
    let mut w = World::new();
    let (a, b) = (w.join(Shape::default()), w.join(Shape::default()));
    w.connect_all();
    let refused = w.sfu.rejoin(
        w.now,
        ROOM,
        NEWER,
        "v=0\r\n",
        publishing(&Shape::default()),
        PeerId(a as u64),
    );
    assert!(matches!(refused, Err(JoinError::Malformed | JoinError::NoMediaLines)), "{refused:?}");
    let before = w.clients[b].got_from(a, true).count();
    w.run_ms(500);
    assert_eq!(w.sfu.stats().peers, 2);
    assert!(w.clients[b].got_from(a, true).count() > before, "its picture goes on");
}

#[test]
fn the_newer_connection_takes_the_place_and_is_not_shown_the_older() {
    let mut w = World::new();
    let (a, b) = (w.join(Shape::default()), w.join(Shape::default()));
    w.connect_all();
    w.run_ms(200);
    let client = newer_client(&w);
    let on = publishing(&Shape::default());
    let joined =
        w.sfu.rejoin(w.now, ROOM, NEWER, &client.offer(), on, PeerId(a as u64)).expect("rejoin");
    assert_eq!(w.sfu.stats().peers, 2);
    let mut shown: Vec<PeerId> =
        joined.slots.entries.iter().filter_map(|slot| slot.source.map(|(peer, _)| peer)).collect();
    shown.dedup();
    assert!(shown.iter().all(|peer| *peer == PeerId(b as u64)), "{shown:?}");
    assert!(joined.answer_sdp.contains(&node_address().ip().to_string()));
    w.run_ms(100);
    let gone = w.events.iter().any(|(_, event)| matches!(event, Event::Gone { .. }));
    assert!(!gone, "who is replaced is not reported as gone");
}
