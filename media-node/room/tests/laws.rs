//! What holds whatever people send, in whatever order.
#![allow(clippy::unwrap_used)] // a failed step of a test may panic

mod common;

use common::{Bench, back, host, joiner, pid};
use conclave_protocol::event::*;
use conclave_protocol::ids::Pid;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::RoomSettings;
use conclave_protocol::subjects::Voice;
use conclave_room::{Command, MediaCommand};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const KINDS: &str = "[a-z]{0,8}|resync|media|view|leave|chat|hand|reaction|waiting|silence|role|rules|remove|admit|lower_hands|end|hello|recording|service";

/// A step of somebody: 0 is the host.
fn step() -> impl Strategy<Value = (u8, u8, u8)> {
    (0u8..4, 0u8..14, 0u8..4)
}

fn take(bench: &mut Bench, (n, what, other): (u8, u8, u8)) {
    let at = json!(pid(other));
    match what {
        0 => _ = bench.join(&if n == 0 { host(0) } else { joiner(n) }),
        1 => _ = bench.join(&back(n)),
        2 => bench.leave(n, LeftReason::Lost),
        3 => bench.say(n, from::MEDIA, json!({ "microphone": true, "screen": true })),
        4 => bench.say(n, from::CHAT, json!({ "text": "x", "to": at })),
        5 => bench.say(n, from::HAND, json!({ "raised": other % 2 == 0 })),
        6 => bench.ask(n, "role", json!({ "pid": at, "role": "moderator" })),
        7 => bench.ask(n, "role", json!({ "pid": at, "role": "participant" })),
        8 => bench.ask(n, "remove", json!({ "pid": at, "ban": n == 1 })),
        9 => bench.ask(n, "rules", json!({ "rules": { "locks": { "microphone": true } } })),
        10 => bench.ask(n, "silence", json!({ "camera": true })),
        11 => bench.say(n, from::HELLO, json!({ "hello": "AAAA" })),
        12 => bench.say(n, from::RECORDING, json!({ "on": other % 2 == 0 })),
        _ => bench.pass(1),
    }
}

/// The roster as a client has it that applies every event.
fn apply(people: &mut BTreeMap<Pid, Person>, event: RoomEvent) {
    match event {
        RoomEvent::Joined { person } => _ = people.insert(person.pid.clone(), person),
        RoomEvent::Left { pid, .. } => _ = people.remove(&pid),
        RoomEvent::Media { pid, media, .. } => people.get_mut(&pid).unwrap().media = media,
        RoomEvent::Hand { pid, hand } => people.get_mut(&pid).unwrap().hand = hand,
        RoomEvent::Role { pid, role } => people.get_mut(&pid).unwrap().role = role,
        RoomEvent::Hello { pid, hello } => people.get_mut(&pid).unwrap().hello = Some(hello),
        RoomEvent::Recording { pid, on } => people.get_mut(&pid).unwrap().recording = on,
        RoomEvent::Rules { .. } | RoomEvent::Chat { .. } | RoomEvent::Ended { .. } => {}
    }
}

proptest! {
    #[test]
    fn no_message_panics(kind in KINDS, bytes in prop::collection::vec(any::<u8>(), 0..200), moderator: bool, encrypted: bool) {
        let mut bench = Bench::hosted(if encrypted { common::encrypted() } else { RoomSettings::default() });
        let voice = if moderator { Voice::Moderator } else { Voice::Participant };
        bench.room.message(bench.now, voice, &pid(0), &kind, &bytes, &mut bench.out);
    }

    #[test]
    fn no_json_panics(kind in KINDS, key in "pid|role|rules|text|sealed|hello|on|service|to|raised|reaction|microphone|epoch|seq|ban", value in any::<i64>(), text in ".{0,20}") {
        for value in [json!(value), json!(text), json!([text]), json!(value % 2 == 0), json!("AAAA"), json!({ &text: value }), Value::Null, json!(pid(0))] {
            for voice in [Voice::Moderator, Voice::Participant] {
                let mut bench = Bench::hosted(RoomSettings::default());
                let payload = json!({ &key: value }).to_string();
                bench.room.message(bench.now, voice, &pid(0), &kind, payload.as_bytes(), &mut bench.out);
            }
        }
    }

    #[test]
    fn a_client_that_applies_events_ends_with_the_roster(steps in prop::collection::vec(step(), 1..80)) {
        let mut bench = Bench::new(common::encrypted());
        steps.into_iter().for_each(|step| take(&mut bench, step));
        let mut people = BTreeMap::new();
        for event in bench.events() {
            apply(&mut people, event);
        }
        bench.out.clear();
        let snapshot = bench.join(&joiner(9)).unwrap().snapshot;
        people.insert(pid(9), snapshot.people.iter().find(|p| p.pid == pid(9)).unwrap().clone());
        prop_assert_eq!(people.into_values().collect::<Vec<_>>(), snapshot.people);
    }

    #[test]
    fn nobody_gains_rights_or_a_way_back_by_itself(steps in prop::collection::vec(step(), 1..80)) {
        let mut bench = Bench::hosted(RoomSettings::default());
        let mut removed: BTreeSet<Pid> = BTreeSet::new();
        let mut moderators: BTreeSet<Pid> = [pid(0)].into();
        for (n, what, other) in steps {
            // Nobody but the host has a moderator's token.
            let by = pid(n);
            let may = moderators.contains(&by) && bench.room.standing(bench.now, &by).is_some();
            bench.out.clear();
            take(&mut bench, (n, what, other));
            for command in &bench.out {
                match command {
                    Command::Media { pid, order: MediaCommand::Publish(_) | MediaCommand::View(_) } => {
                        prop_assert!(!removed.contains(pid), "media of somebody who was removed");
                    }
                    Command::ToOne { pid, kind: one::REMOVED, .. } => {
                        prop_assert!(may, "removed by somebody who does not moderate");
                        removed.insert(pid.clone());
                    }
                    _ => {}
                }
            }
            let role = |event: &RoomEvent| match event {
                RoomEvent::Role { pid, role } => Some((pid.clone(), *role)),
                _ => None,
            };
            for (pid, role) in bench.events().iter().filter_map(role) {
                prop_assert!(may, "a role changed by somebody who does not moderate");
                if role == RoomRole::Moderator { moderators.insert(pid); } else { moderators.remove(&pid); }
            }
            for n in 0..4 {
                let stands = bench.room.standing(bench.now, &pid(n));
                prop_assert!(stands.is_none() || !removed.contains(&pid(n)), "a removed person is in");
                let moderates = stands.is_some_and(|s| s.role == RoomRole::Moderator);
                prop_assert!(!moderates || moderators.contains(&pid(n)), "a role out of nowhere");
            }
        }
    }
}
