//! Who may send files: orders to the node.
#![allow(clippy::unwrap_used)] // a failed step of a test may panic

mod common;

use common::{Bench, back, hidden, joiner, pid};
use conclave_protocol::moderation::kind;
use conclave_protocol::settings::{Locks, RoomSettings, Rules};
use conclave_room::{MediaCommand, Relay};
use serde_json::json;

/// What the node was ordered about somebody's files, and forgets it.
fn ordered(bench: &mut Bench, n: u8) -> Vec<Relay> {
    let relay = |order| match order {
        MediaCommand::Relay(relay) => Some(relay),
        _ => None,
    };
    bench.orders(n).into_iter().filter_map(relay).collect()
}

fn lock(bench: &mut Bench, locks: Locks) {
    bench.out.clear();
    bench.ask(0, kind::RULES, json!({ "rules": Rules { locks, waiting_room: false } }));
}

#[test]
fn the_node_is_told_when_somebody_comes_and_of_each_new_connection() {
    let mut bench = Bench::new(RoomSettings::default());
    for someone in [joiner(1), back(1)] {
        bench.join(&someone).unwrap();
        assert_eq!(ordered(&mut bench, 1), [Relay::Files]);
        bench.out.clear();
    }
}

#[test]
fn a_lock_stops_files_at_once_and_only_of_who_does_not_moderate() {
    for locks in
        [Locks { files: true, ..Locks::default() }, Locks { chat: true, ..Locks::default() }]
    {
        let mut bench = Bench::hosted(RoomSettings::default());
        bench.join(&joiner(1)).unwrap();
        lock(&mut bench, locks);
        assert_eq!(ordered(&mut bench, 1), [Relay::Asks]);
        assert_eq!(ordered(&mut bench, 0), []);
        bench.join(&joiner(2)).unwrap();
        assert_eq!(ordered(&mut bench, 2), [Relay::Asks]);
        lock(&mut bench, Locks { reactions: true, ..locks });
        assert_eq!(ordered(&mut bench, 1), [], "nothing new");
        lock(&mut bench, Locks::default());
        assert_eq!(ordered(&mut bench, 1), [Relay::Files]);
    }
}

#[test]
fn a_role_takes_files_with_it() {
    let mut bench = Bench::hosted(RoomSettings::default());
    bench.join(&joiner(1)).unwrap();
    lock(&mut bench, Locks { files: true, ..Locks::default() });
    for (role, relay) in [("moderator", Relay::Files), ("participant", Relay::Asks)] {
        bench.out.clear();
        bench.ask(0, kind::ROLE, json!({ "pid": pid(1), "role": role }));
        assert_eq!(ordered(&mut bench, 1), [relay]);
    }
}

#[test]
fn in_a_room_without_them_nobody_sends_any() {
    for settings in [
        RoomSettings { allow_files: false, ..RoomSettings::default() },
        RoomSettings { allow_chat: false, ..RoomSettings::default() },
    ] {
        let mut bench = Bench::new(settings);
        bench.join(&common::host(0)).unwrap();
        assert_eq!(ordered(&mut bench, 0), [Relay::Asks]);
    }
}

#[test]
fn who_is_hidden_is_not_reached_either() {
    let mut bench = Bench::hosted(RoomSettings::default());
    bench.join(&hidden(5)).unwrap();
    assert_eq!(ordered(&mut bench, 5), [Relay::Nothing]);
    bench.ask(0, kind::ROLE, json!({ "pid": pid(5), "role": "moderator" }));
    assert_eq!(ordered(&mut bench, 5), [Relay::Nothing], "whatever it becomes");
}
