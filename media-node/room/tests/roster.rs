//! Who is in the room, and how everybody gets to know it.
#![allow(clippy::unwrap_used)] // a failed step of a test may panic

mod common;

use common::*;
use conclave_protocol::event::*;
use conclave_protocol::node::{Joiner, Refusal};
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::RoomSettings;
use conclave_protocol::subjects::Voice;
use serde_json::json;

#[test]
fn events_are_numbered_without_gaps_and_the_snapshot_names_the_last() {
    let mut bench = Bench::new(RoomSettings::default());
    bench.join(&joiner(1)).unwrap();
    let second = bench.join(&joiner(2)).unwrap();
    assert_eq!((second.snapshot.epoch, second.snapshot.seq), (1, 2));
    assert_eq!(second.snapshot.people.len(), 2);
    bench.say(1, from::LEAVE, json!({}));
    let events = bench.sequenced();
    assert_eq!(events.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(events[2].event, RoomEvent::Left { pid: pid(1), reason: LeftReason::Left });
}

#[test]
fn a_full_room_refuses_but_takes_its_own_people_back() {
    let mut bench = Bench::new(RoomSettings { max_participants: 1, ..Default::default() });
    bench.join(&joiner(1)).unwrap();
    assert_eq!(bench.join(&joiner(2)), Err(Refusal::RoomFull));
    assert!(bench.join(&joiner(1)).is_ok());
}

#[test]
fn a_newer_connection_displaces_the_older_without_an_event() {
    let mut bench = Bench::new(RoomSettings::default());
    bench.join(&joiner(1)).unwrap();
    bench.out.clear();
    let newer = Joiner { bus_key: "Unew".into(), ..back(1) };
    bench.join(&newer).unwrap();
    let displaced: Vec<Displaced> = bench.private(1, one::DISPLACED);
    assert_eq!(displaced, [Displaced { bus_key: "Unew".into() }]);
    assert_eq!(bench.events(), []);
    bench.room.page_gone(bench.now, &pid(1), "U1", &mut bench.out);
    assert_eq!(bench.room.len(), 1, "the older page's farewell does not count");
    bench.room.page_gone(bench.now, &pid(1), "Unew", &mut bench.out);
    assert!(bench.room.is_empty());
}

#[test]
fn a_moderator_who_returns_is_one_still_and_nobody_else_becomes_one() {
    let mut bench = Bench::hosted(RoomSettings::default());
    bench.say(0, from::LEAVE, json!({}));
    assert_eq!(bench.join(&back(0)).unwrap().role, RoomRole::Moderator);
    assert_eq!(bench.join(&back(2)).unwrap().role, RoomRole::Participant);
}

#[test]
fn resync_gives_the_gap_or_the_roster_and_always_the_slots() {
    let mut bench = Bench::new(RoomSettings::default());
    bench.join(&joiner(1)).unwrap();
    bench.join(&joiner(2)).unwrap();
    bench.out.clear();
    bench.say(1, from::RESYNC, json!({"epoch": 1, "seq": 1}));
    assert_eq!(bench.private::<Missed>(1, one::MISSED)[0].events.len(), 1);
    assert_eq!(bench.private::<Slots>(1, one::SLOTS).len(), 1);
    bench.out.clear();
    bench.say(1, from::RESYNC, json!({"epoch": 0, "seq": 0}));
    assert_eq!(bench.private::<Snapshot>(1, one::SNAPSHOT)[0].people.len(), 2);
    assert_eq!(bench.private::<Slots>(1, one::SLOTS).len(), 1);
}

#[test]
fn a_large_roster_comes_in_pages_of_one_position() {
    let mut bench = Bench::new(RoomSettings::default());
    for n in 0..250 {
        bench.join(&joiner(n)).unwrap();
    }
    bench.out.clear();
    bench.say(1, from::RESYNC, json!({"epoch": 9, "seq": 0}));
    let pages = bench.private::<Snapshot>(1, one::SNAPSHOT);
    assert_eq!(pages.len(), 2);
    assert!(pages.iter().all(|page| page.seq == 250 && page.pages == 2));
    assert_eq!(pages.iter().map(|page| page.people.len()).sum::<usize>(), 250);
}

#[test]
fn speaking_is_told_on_change_only_and_ends_with_the_person() {
    let mut bench = Bench::new(RoomSettings::default());
    bench.join(&joiner(1)).unwrap();
    bench.out.clear();
    bench.room.set_speaking(bench.now, &pid(1), true, &mut bench.out);
    bench.room.set_speaking(bench.now, &pid(1), true, &mut bench.out);
    bench.room.set_speaking(bench.now, &pid(9), true, &mut bench.out);
    assert_eq!(bench.out.len(), 1);
    bench.leave(1, LeftReason::Left);
    assert_eq!(bench.public::<Hint>(all::HINT).len(), 2);
}

#[test]
fn strangers_and_nonsense_are_counted_and_change_nothing() {
    let mut bench = Bench::new(RoomSettings::default());
    bench.join(&joiner(1)).unwrap();
    bench.out.clear();
    bench.say(2, from::LEAVE, json!({}));
    bench.say(1, "mod", json!({}));
    bench.say(1, from::MEDIA, json!([1]));
    bench.say(1, from::VIEW, json!({"wants": [{"pid": "x", "kind": "camera", "height": 1}]}));
    bench.say(1, from::WAITING, json!({}));
    bench.ask(2, "end", json!({}));
    bench.room.message(bench.now, Voice::Participant, &pid(1), "leave", b"\xff", &mut bench.out);
    assert_eq!((bench.room.ignored(), bench.out.len()), (7, 0));
}
