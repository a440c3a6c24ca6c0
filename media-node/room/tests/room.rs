//! A room's rules, as data in and data out.
#![allow(clippy::unwrap_used)] // a failed step of a test may panic
#![allow(clippy::disallowed_methods)] // time has to begin somewhere

use conclave_protocol::event::*;
use conclave_protocol::ids::{DisplayName, Pid, UserId};
use conclave_protocol::node::{Joiner, Refusal};
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::RoomSettings;
use conclave_room::{Admission, Command, MediaCommand, Room};
use proptest::prelude::*;
use std::time::{Duration, Instant};

const ON: Publishing = Publishing { microphone: true, camera: true, screen: false };

fn pid(n: u8) -> Pid {
    Pid::from_hash(&[n; 32])
}

fn joiner(n: u8) -> Joiner {
    Joiner {
        pid: pid(n),
        user: UserId::parse("u").unwrap(),
        name: DisplayName::parse("Ada").unwrap(),
        role: RoomRole::Participant,
        bus_key: format!("U{n}"),
        returning: false,
    }
}

struct Bench {
    now: Instant,
    room: Room,
    out: Vec<Command>,
}

impl Bench {
    fn new(settings: RoomSettings) -> Self {
        let now = Instant::now();
        Self { now, room: Room::new(settings, 1, now), out: Vec::new() }
    }

    fn admit(&mut self, joiner: &Joiner) -> Result<Admission, Refusal> {
        self.room.admit(joiner, ON, Vec::new(), &mut self.out)
    }

    fn say(&mut self, n: u8, kind: &str, payload: &[u8]) {
        self.room.message(self.now, &pid(n), kind, payload, &mut self.out);
    }

    fn events(&mut self) -> Vec<Sequenced> {
        std::mem::take(&mut self.out)
            .into_iter()
            .filter_map(|command| match command {
                Command::ToAll { kind: all::EVENT, payload } => {
                    Some(serde_json::from_slice(&payload).unwrap())
                }
                _ => None,
            })
            .collect()
    }

    fn private<T: serde::de::DeserializeOwned>(&self, to: u8, wanted: &str) -> Vec<T> {
        self.out
            .iter()
            .filter_map(|command| match command {
                Command::ToOne { pid: p, kind, payload } if *p == pid(to) && *kind == wanted => {
                    Some(serde_json::from_slice(payload).unwrap())
                }
                _ => None,
            })
            .collect()
    }
}

#[test]
fn events_are_numbered_without_gaps_and_the_snapshot_names_the_last() {
    let mut bench = Bench::new(RoomSettings::default());
    bench.admit(&joiner(1)).unwrap();
    let second = bench.admit(&joiner(2)).unwrap();
    assert_eq!((second.snapshot.epoch, second.snapshot.seq), (1, 2));
    assert_eq!(second.snapshot.people.len(), 2);
    bench.say(1, from::LEAVE, b"{}");
    let events = bench.events();
    assert_eq!(events.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(events[2].event, RoomEvent::Left { pid: pid(1), reason: LeftReason::Left });
}

#[test]
fn a_full_room_refuses_but_takes_its_own_people_back() {
    let mut bench = Bench::new(RoomSettings { max_participants: 1, ..Default::default() });
    bench.admit(&joiner(1)).unwrap();
    assert_eq!(bench.admit(&joiner(2)), Err(Refusal::RoomFull));
    assert!(bench.admit(&joiner(1)).is_ok());
}

#[test]
fn a_newer_connection_displaces_the_older_without_an_event() {
    let mut bench = Bench::new(RoomSettings::default());
    bench.admit(&joiner(1)).unwrap();
    bench.out.clear();
    let newer = Joiner { bus_key: "Unew".into(), returning: true, ..joiner(1) };
    bench.admit(&newer).unwrap();
    assert_eq!(
        bench.private::<Displaced>(1, one::DISPLACED),
        [Displaced { bus_key: "Unew".into() }]
    );
    assert_eq!(bench.events(), []);
    bench.room.page_gone(bench.now, &pid(1), "U1", &mut bench.out);
    assert_eq!(bench.room.len(), 1, "the older page's farewell does not count");
    bench.room.page_gone(bench.now, &pid(1), "Unew", &mut bench.out);
    assert!(bench.room.is_empty());
}

#[test]
fn a_moderator_who_returns_is_one_still_and_nobody_else_becomes_one() {
    let mut bench = Bench::new(RoomSettings::default());
    bench.admit(&Joiner { role: RoomRole::Moderator, ..joiner(1) }).unwrap();
    bench.say(1, from::LEAVE, b"{}");
    let back = Joiner { returning: true, ..joiner(1) };
    assert_eq!(bench.admit(&back).unwrap().role, RoomRole::Moderator);
    let stranger = Joiner { returning: true, ..joiner(2) };
    assert_eq!(bench.admit(&stranger).unwrap().role, RoomRole::Participant);
}

#[test]
fn a_source_that_the_room_forbids_stays_off() {
    let settings = RoomSettings {
        allow_screen_share: false,
        moderator_only_webcams: true,
        mute_on_start: true,
        ..Default::default()
    };
    let mut bench = Bench::new(settings);
    let media = bench.admit(&joiner(1)).unwrap().media;
    assert_eq!(media, Publishing::default());
    bench.out.clear();
    bench.say(1, from::MEDIA, br#"{"microphone":true,"camera":true,"screen":true}"#);
    let on = Publishing { microphone: true, ..Default::default() };
    assert_eq!(bench.out[0], Command::Media { pid: pid(1), order: MediaCommand::Publish(on) });
    assert_eq!(bench.events()[0].event, RoomEvent::Media { pid: pid(1), media: on });
}

#[test]
fn resync_gives_the_gap_or_the_roster_and_always_the_slots() {
    let mut bench = Bench::new(RoomSettings::default());
    bench.admit(&joiner(1)).unwrap();
    bench.admit(&joiner(2)).unwrap();
    bench.out.clear();
    bench.say(1, from::RESYNC, br#"{"epoch":1,"seq":1}"#);
    assert_eq!(bench.private::<Missed>(1, one::MISSED)[0].events.len(), 1);
    assert_eq!(bench.private::<Slots>(1, one::SLOTS).len(), 1);
    bench.out.clear();
    bench.say(1, from::RESYNC, br#"{"epoch":0,"seq":0}"#);
    assert_eq!(bench.private::<Snapshot>(1, one::SNAPSHOT)[0].people.len(), 2);
    assert_eq!(bench.private::<Slots>(1, one::SLOTS).len(), 1);
}

#[test]
fn a_large_roster_comes_in_pages_of_one_position() {
    let mut bench = Bench::new(RoomSettings::default());
    for n in 0..250 {
        bench.admit(&joiner(n)).unwrap();
    }
    bench.out.clear();
    bench.say(1, from::RESYNC, br#"{"epoch":9,"seq":0}"#);
    let pages = bench.private::<Snapshot>(1, one::SNAPSHOT);
    assert_eq!(pages.len(), 2);
    assert!(pages.iter().all(|page| page.seq == 250 && page.pages == 2));
    assert_eq!(pages.iter().map(|page| page.people.len()).sum::<usize>(), 250);
}

#[test]
fn an_empty_room_ends_after_its_timeout_and_not_before() {
    let mut bench = Bench::new(RoomSettings { empty_timeout: 60, ..Default::default() });
    bench.admit(&joiner(1)).unwrap();
    bench.room.tick(bench.now + Duration::from_secs(999), &mut bench.out);
    assert!(!bench.out.contains(&Command::End));
    bench.room.remove(bench.now, &pid(1), LeftReason::Lost, &mut bench.out);
    bench.room.tick(bench.now + Duration::from_secs(59), &mut bench.out);
    assert!(!bench.out.contains(&Command::End));
    bench.room.tick(bench.now + Duration::from_secs(60), &mut bench.out);
    assert!(bench.out.contains(&Command::End));
}

#[test]
fn speaking_is_told_on_change_only_and_ends_with_the_person() {
    let mut bench = Bench::new(RoomSettings::default());
    bench.admit(&joiner(1)).unwrap();
    bench.out.clear();
    bench.room.set_speaking(&pid(1), true, &mut bench.out);
    bench.room.set_speaking(&pid(1), true, &mut bench.out);
    bench.room.set_speaking(&pid(9), true, &mut bench.out);
    assert_eq!(bench.out.len(), 1);
    bench.room.remove(bench.now, &pid(1), LeftReason::Left, &mut bench.out);
    let hints = bench.out.iter().filter(|c| matches!(c, Command::ToAll { kind: all::HINT, .. }));
    assert_eq!(hints.count(), 2);
}

#[test]
fn strangers_and_nonsense_are_counted_and_change_nothing() {
    let mut bench = Bench::new(RoomSettings::default());
    bench.admit(&joiner(1)).unwrap();
    bench.out.clear();
    bench.say(2, from::LEAVE, b"{}");
    bench.say(1, "mod", b"{}");
    bench.say(1, from::MEDIA, b"[1]");
    bench.say(1, from::VIEW, br#"{"wants":[{"pid":"x","kind":"camera","height":1}]}"#);
    assert_eq!((bench.room.ignored(), bench.out.len()), (4, 0));
}

proptest! {
    #[test]
    fn no_message_panics(kind in "[a-z]{0,8}|resync|media|view|leave", payload in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bench = Bench::new(RoomSettings::default());
        bench.admit(&joiner(1)).unwrap();
        bench.say(1, &kind, &payload);
    }

    #[test]
    fn a_client_that_applies_missed_events_ends_with_the_roster(steps in prop::collection::vec((0u8..6, 0u8..3), 1..60)) {
        let mut bench = Bench::new(RoomSettings::default());
        let mut people = std::collections::BTreeMap::new();
        for (n, step) in steps {
            match step {
                0 => { let _ = bench.admit(&joiner(n)); }
                1 => bench.room.remove(bench.now, &pid(n), LeftReason::Left, &mut bench.out),
                _ => bench.say(n, from::MEDIA, br#"{"screen":true}"#),
            }
        }
        for event in bench.events() {
            match event.event {
                RoomEvent::Joined { person } => { people.insert(person.pid.clone(), person); }
                RoomEvent::Left { pid, .. } => { people.remove(&pid); }
                RoomEvent::Media { pid, media } => {
                    if let Some(person) = people.get_mut(&pid) { person.media = media; }
                }
                RoomEvent::Ended => {}
            }
        }
        let admission = bench.admit(&joiner(9)).unwrap();
        people.insert(pid(9), admission.snapshot.people.iter().find(|p| p.pid == pid(9)).unwrap().clone());
        prop_assert_eq!(people.into_values().collect::<Vec<_>>(), admission.snapshot.people);
    }
}
