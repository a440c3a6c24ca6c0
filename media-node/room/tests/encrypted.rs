//! Encrypted rooms: what they take, what they keep of it, and what they have no service for.
#![allow(clippy::unwrap_used)] // a failed step of a test may panic

mod common;

use common::{Bench, back, encrypted, hidden, host, joiner, pid};
use conclave_protocol::encryption::Encryption;
use conclave_protocol::event::*;
use conclave_protocol::ids::DisplayName;
use conclave_protocol::limits::{MAX_HELLO_CHARS, MAX_SEALED_CHAT_CHARS, MAX_WAITING, ROSTER_PAGE};
use conclave_protocol::moderation::{Service, kind};
use conclave_protocol::node::Refusal;
use conclave_protocol::settings::{RoomSettings, Rules};
use conclave_room::Room;
use serde_json::{Value, json};

/// A host and a guest.
fn two(settings: RoomSettings) -> Bench {
    let mut bench = Bench::hosted(settings);
    bench.join(&joiner(1)).unwrap();
    bench.out.clear();
    bench
}

fn hello(bench: &mut Bench, n: u8, text: &str) {
    bench.say(n, from::HELLO, json!({ "hello": text }));
}

/// What a newcomer is told of somebody.
fn seen(bench: &mut Bench, n: u8) -> Person {
    let people = bench.join(&joiner(9)).unwrap().snapshot.people;
    people.into_iter().find(|person| person.pid == pid(n)).unwrap()
}

fn announced(bench: &mut Bench, n: u8) -> Option<String> {
    seen(bench, n).hello.map(String::from)
}

#[test]
fn the_mode_is_told_to_whoever_comes_and_with_every_page() {
    let mut bench = two(encrypted());
    let mode = encrypted().encryption;
    assert_eq!(bench.join(&joiner(2)).unwrap().snapshot.encryption, mode);
    bench.say(1, from::RESYNC, json!({ "epoch": 0, "seq": 0 }));
    let pages: Vec<Snapshot> = bench.private(1, one::SNAPSHOT);
    assert!(!pages.is_empty() && pages.iter().all(|page| page.encryption == mode));
    let plain = Bench::new(RoomSettings::default()).join(&joiner(1)).unwrap();
    assert_eq!(plain.snapshot.encryption, Encryption::Off);
}

#[test]
fn an_encrypted_room_relays_what_is_sealed_and_nothing_that_it_could_read() {
    let mut bench = two(encrypted());
    bench.say(1, from::CHAT, json!({ "text": "hello" }));
    bench.say(1, from::CHAT, json!({ "text": "hello", "to": pid(0) }));
    bench.say(1, from::CHAT, json!({ "text": "hello", "sealed": "AAAA" }));
    let sealed_only = [
        (Asked::Chat, Why::Encrypted),
        (Asked::PrivateChat, Why::Encrypted),
        (Asked::Chat, Why::Encrypted),
    ];
    assert_eq!(bench.declined(1), sealed_only);
    assert!(bench.events().is_empty() && bench.private::<Mail>(0, one::MAIL).is_empty());
    bench.say(1, from::CHAT, json!({ "sealed": "AAAA" }));
    bench.say(1, from::CHAT, json!({ "sealed": "BBBB", "to": pid(0) }));
    let RoomEvent::Chat { pid: writer, body } = bench.events().remove(0) else { panic!() };
    assert_eq!((writer, body.is_sealed(), body.as_str()), (pid(1), true, "AAAA"));
    let mail: Vec<Mail> = bench.private(0, one::MAIL);
    assert_eq!(mail[0].body.as_str(), "BBBB");
}

#[test]
fn any_other_room_relays_text_and_nothing_that_others_cannot_read() {
    let mut bench = two(RoomSettings::default());
    bench.say(1, from::CHAT, json!({ "sealed": "AAAA" }));
    bench.say(1, from::CHAT, json!({ "sealed": "AAAA", "to": pid(0) }));
    hello(&mut bench, 1, "AAAA");
    let plain_only =
        [(Asked::Chat, Why::Plain), (Asked::PrivateChat, Why::Plain), (Asked::Hello, Why::Plain)];
    assert_eq!(bench.declined(1), plain_only);
    assert!(bench.events().is_empty());
    assert_eq!(announced(&mut bench, 1), None);
}

#[test]
fn what_is_sealed_has_a_length_and_is_base64url() {
    let mut bench = two(encrypted());
    let long = |most: usize| "A".repeat(most + 4);
    for bad in [long(MAX_SEALED_CHAT_CHARS), String::new(), "a b".into(), "AAAA=".into()] {
        bench.say(1, from::CHAT, json!({ "sealed": bad }));
    }
    for bad in [long(MAX_HELLO_CHARS), String::new(), "<b>".into()] {
        hello(&mut bench, 1, &bad);
    }
    assert_eq!((bench.out.len(), bench.room.ignored()), (0, 7));
    bench.say(1, from::CHAT, json!({ "sealed": "A".repeat(MAX_SEALED_CHAT_CHARS) }));
    hello(&mut bench, 1, &"A".repeat(MAX_HELLO_CHARS));
    assert_eq!(bench.events().len(), 2);
}

#[test]
fn the_latest_hello_is_told_to_everyone_and_to_whoever_comes_later() {
    let mut bench = two(encrypted());
    for text in ["AAAA", "BBBB", "BBBB"] {
        hello(&mut bench, 1, text);
    }
    let told: Vec<String> = (bench.events().into_iter())
        .map(|event| match event {
            RoomEvent::Hello { pid: who, hello } if who == pid(1) => hello.into(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, ["AAAA", "BBBB"], "the same again is no news");
    assert_eq!(announced(&mut bench, 1).as_deref(), Some("BBBB"));
    assert_eq!(announced(&mut bench, 0), None);
}

#[test]
fn nobody_announces_for_somebody_else_nor_unseen() {
    let mut bench = two(encrypted());
    bench.say(1, from::HELLO, json!({ "hello": "AAAA", "pid": pid(0) }));
    bench.say(1, from::RECORDING, json!({ "on": true, "pid": pid(0) }));
    assert_eq!(announced(&mut bench, 0), None, "the subject says who");
    assert!(!seen(&mut bench, 0).recording);
    bench.join(&hidden(5)).unwrap();
    bench.out.clear();
    hello(&mut bench, 5, "AAAA");
    bench.say(5, from::RECORDING, json!({ "on": true }));
    hello(&mut bench, 7, "AAAA");
    assert!(bench.out.is_empty(), "neither who is hidden nor who is not there");
}

#[test]
fn who_comes_back_has_said_nothing_yet_and_records_nothing() {
    let mut bench = two(encrypted());
    for lost in [true, false] {
        hello(&mut bench, 1, "AAAA");
        bench.say(1, from::RECORDING, json!({ "on": true }));
        let before = seen(&mut bench, 1);
        assert!(before.hello.is_some() && before.recording);
        if lost {
            bench.leave(1, LeftReason::Lost);
        }
        bench.out.clear();
        bench.join(&back(1)).unwrap();
        let fresh = seen(&mut bench, 1);
        assert!(fresh.hello.is_none() && !fresh.recording, "lost: {lost}");
        let told =
            |event: &RoomEvent| matches!(event, RoomEvent::Joined { person } if *person == fresh);
        assert!(bench.events().iter().any(told), "so that clients forget it as well");
    }
}

#[test]
fn everybody_sees_who_records_and_until_when() {
    let mut bench = two(RoomSettings::default());
    for on in [true, true, false, false] {
        bench.say(1, from::RECORDING, json!({ "on": on }));
    }
    let news = |on| RoomEvent::Recording { pid: pid(1), on };
    assert_eq!(bench.events(), [news(true), news(false)]);
    bench.say(1, from::RECORDING, json!({ "on": true }));
    assert!(seen(&mut bench, 1).recording);
}

#[test]
fn where_nobody_may_record_nobody_does_moderators_neither() {
    let settings = RoomSettings { allow_local_recording: false, ..encrypted() };
    let mut bench = two(settings);
    for n in 0..2 {
        bench.say(n, from::RECORDING, json!({ "on": true }));
        assert_eq!(bench.declined(n), [(Asked::Recording, Why::Off)]);
        bench.say(n, from::RECORDING, json!({ "on": false }));
    }
    assert!(bench.events().is_empty() && !seen(&mut bench, 0).recording);
}

#[test]
fn who_waits_is_known_to_moderators_by_its_hello_once_a_second_at_most() {
    let rules = Rules { waiting_room: true, ..Rules::default() };
    let mut bench = Bench::hosted(RoomSettings { rules, ..encrypted() });
    bench.wait(&joiner(1)).unwrap();
    bench.out.clear();
    for n in 0..100 {
        bench.say(1, from::WAITING, json!({ "hello": format!("AAA{}", n % 8) }));
    }
    assert!(bench.out.is_empty());
    bench.tick();
    let backstages: Vec<Backstage> = bench.private(0, one::BACKSTAGE);
    assert_eq!(backstages.len(), 1);
    assert_eq!(backstages[0].waiting[0].hello.as_ref().map(|h| h.as_str()), Some("AAA3"));
    for still in [json!({ "hello": "AAA3" }), json!({}), json!({ "hello": "<b>" }), Value::Null] {
        bench.say(1, from::WAITING, still);
    }
    bench.out.clear();
    bench.tick();
    assert!(bench.private::<Backstage>(0, one::BACKSTAGE).is_empty(), "nothing new");
    assert_eq!(bench.room.ignored(), 0, "whatever it says, it still waits");
    bench.wait(&joiner(1)).unwrap();
    assert_eq!(bench.backstage(0).waiting[0].hello, None, "a new connection");
}

#[test]
fn in_a_room_that_is_not_encrypted_who_waits_announces_nothing() {
    let rules = Rules { waiting_room: true, ..Rules::default() };
    let mut bench = Bench::hosted(RoomSettings { rules, ..RoomSettings::default() });
    bench.wait(&joiner(1)).unwrap();
    bench.out.clear();
    bench.say(1, from::WAITING, json!({ "hello": "AAAA" }));
    bench.tick();
    assert!(bench.private::<Backstage>(0, one::BACKSTAGE).is_empty());
}

#[test]
fn an_encrypted_room_has_no_service_that_would_have_to_read_it() {
    let mut bench = two(encrypted());
    for service in Service::ALL {
        for on in [true, false] {
            bench.ask(0, kind::SERVICE, json!({ "service": service, "on": on }));
        }
    }
    assert_eq!(bench.declined(0), [(Asked::Service, Why::Encrypted); 12]);
    for anybody in [0, 1, 9] {
        assert_eq!(bench.room.refuse_service(&pid(anybody)), Refusal::Encrypted);
    }
}

#[test]
fn the_next_owner_refuses_as_well() {
    let bench = two(encrypted());
    let (sid, now) = (conclave_protocol::ids::Sid::from_random([7; 16]), bench.now);
    let room = Room::restored(encrypted(), sid.clone(), 2, now, bench.room.kept());
    assert_eq!(room.refuse_service(&pid(0)), Refusal::Encrypted);
    let room = Room::tampered(encrypted(), sid, 2, now);
    assert_eq!(room.refuse_service(&pid(0)), Refusal::Encrypted);
}

#[test]
fn no_other_room_has_one_in_this_version_and_only_moderators_learn_as_much() {
    let mut bench = two(RoomSettings::default());
    let asked = json!({ "service": "recording", "on": true });
    bench.ask(0, kind::SERVICE, asked.clone());
    bench.ask(1, kind::SERVICE, asked);
    bench.ask(0, kind::SERVICE, json!({ "service": "x", "on": true }));
    assert_eq!(bench.declined(0), [(Asked::Service, Why::Off)]);
    assert_eq!(bench.declined(1), [(Asked::Moderation, Why::NotModerator)]);
    assert_eq!(bench.room.ignored(), 1);
    assert_eq!(bench.room.refuse_service(&pid(0)), Refusal::NoService);
    assert_eq!(bench.room.refuse_service(&pid(1)), Refusal::NotModerator);
    assert_eq!(bench.room.refuse_service(&pid(9)), Refusal::NotMember);
    bench.join(&host(9)).unwrap();
    assert_eq!(bench.room.refuse_service(&pid(9)), Refusal::NoService);
}

#[test]
fn the_fullest_page_and_the_fullest_door_fit_into_one_message_each() {
    let named = |n: u8| {
        let name = DisplayName::parse(&"\u{1f469}".repeat(64)).unwrap();
        conclave_protocol::node::Joiner { name, ..joiner(n) }
    };
    let hello = json!({ "hello": "A".repeat(MAX_HELLO_CHARS) });
    let crowd = 1..=u8::try_from(ROSTER_PAGE).unwrap();
    let mut bench = Bench::hosted(encrypted());
    for n in crowd.clone() {
        bench.join(&named(n)).unwrap();
        bench.say(n, from::HELLO, hello.clone());
    }
    let page = bench.join(&named(1)).unwrap().snapshot;
    assert_eq!(page.people.len(), ROSTER_PAGE);
    assert!(serde_json::to_vec(&page).unwrap().len() < 1 << 20);
    let rules = Rules { waiting_room: true, ..Rules::default() };
    let mut bench = Bench::hosted(RoomSettings { rules, ..encrypted() });
    for n in crowd {
        bench.wait(&named(n)).unwrap();
        bench.say(n, from::WAITING, hello.clone());
    }
    bench.tick();
    let door = bench.backstage(0);
    assert!(door.waiting.len() == MAX_WAITING && door.waiting.iter().all(|w| w.hello.is_some()));
    assert!(serde_json::to_vec(&door).unwrap().len() < 1 << 20);
}
