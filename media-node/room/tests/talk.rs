//! What people write, show and sign to each other, and who is told no.
#![allow(clippy::unwrap_used)] // a failed step of a test may panic

mod common;

use common::{Bench, hidden, host, joiner, pid};
use conclave_protocol::event::*;
use conclave_protocol::moderation::kind;
use conclave_protocol::settings::{Locks, RoomSettings, Rules};
use serde_json::{Value, json};

/// A host, and two guests.
fn three() -> Bench {
    three_in(RoomSettings::default())
}

fn three_in(settings: RoomSettings) -> Bench {
    let mut bench = Bench::hosted(settings);
    bench.join(&joiner(1)).unwrap();
    bench.join(&joiner(2)).unwrap();
    bench.out.clear();
    bench
}

fn write(bench: &mut Bench, n: u8, text: &str, to: Option<u8>) {
    let to = to.map_or(Value::Null, |to| json!(pid(to)));
    bench.say(n, from::CHAT, json!({ "text": text, "to": to }));
}

fn texts(bench: &Bench, n: u8) -> Vec<(u64, String)> {
    let mail: Vec<Mail> = bench.private(n, one::MAIL);
    mail.into_iter().map(|mail| (mail.number, mail.body.as_str().to_owned())).collect()
}

fn chats(bench: &Bench) -> usize {
    bench.events().iter().filter(|event| matches!(event, RoomEvent::Chat { .. })).count()
}

#[test]
fn what_is_written_to_everyone_is_an_event_of_its_writer() {
    let mut bench = three();
    write(&mut bench, 1, "hello", None);
    let RoomEvent::Chat { pid: writer, body } = bench.events().remove(0) else { panic!() };
    assert_eq!((writer, body.as_str()), (pid(1), "hello"));
    assert!(texts(&bench, 2).is_empty());
}

#[test]
fn what_is_written_to_one_reaches_the_two_alone() {
    let mut bench = three();
    write(&mut bench, 1, "a", Some(2));
    write(&mut bench, 2, "b", Some(1));
    write(&mut bench, 2, "c", Some(0));
    assert_eq!(texts(&bench, 1), [(1, "a".into()), (2, "b".into())]);
    assert_eq!(texts(&bench, 2), [(1, "a".into()), (2, "b".into()), (3, "c".into())]);
    assert_eq!(texts(&bench, 0), [(1, "c".into())]);
    assert!(bench.events().is_empty(), "nobody else learns of it");
    let to_all = bench.out.iter().any(|c| matches!(c, conclave_room::Command::ToAll { .. }));
    assert!(!to_all);
}

#[test]
fn missed_mail_is_sent_again_to_its_receiver_alone() {
    let mut bench = three();
    for text in ["a", "b", "c"] {
        write(&mut bench, 1, text, Some(2));
    }
    bench.out.clear();
    let seq = bench.room.epoch();
    bench.say(2, from::RESYNC, json!({ "epoch": 1, "seq": seq, "mail": 1 }));
    assert_eq!(texts(&bench, 2), [(2, "b".into()), (3, "c".into())]);
    bench.out.clear();
    bench.say(0, from::RESYNC, json!({ "epoch": 1, "seq": 0, "mail": 0 }));
    assert!(texts(&bench, 0).is_empty());
}

#[test]
fn a_newcomer_asks_in_vain_for_what_was_written_before() {
    let mut bench = three();
    write(&mut bench, 1, "before", None);
    bench.join(&joiner(3)).unwrap();
    bench.out.clear();
    for seq in 0..8 {
        bench.say(3, from::RESYNC, json!({ "epoch": 1, "seq": seq, "mail": 0 }));
    }
    let missed: Vec<Missed> = bench.private(3, one::MISSED);
    let events = missed.into_iter().flat_map(|missed| missed.events);
    assert_eq!(events.filter(|e| matches!(e.event, RoomEvent::Chat { .. })).count(), 0);
    let snapshots: Vec<Value> = bench.private(3, one::SNAPSHOT);
    assert!(!snapshots.is_empty() && !json!(snapshots).to_string().contains("before"));
}

#[test]
fn locked_chat_is_relayed_for_moderators_only() {
    let locks = Locks { chat: true, ..Locks::default() };
    let mut bench = three_in(RoomSettings {
        rules: Rules { locks, waiting_room: false },
        ..RoomSettings::default()
    });
    write(&mut bench, 1, "a", None);
    write(&mut bench, 1, "b", Some(2));
    assert_eq!(bench.declined(1), [(Asked::Chat, Why::Locked), (Asked::PrivateChat, Why::Locked)]);
    assert_eq!((chats(&bench), texts(&bench, 2)), (0, vec![]));
    write(&mut bench, 0, "c", None);
    assert_eq!(chats(&bench), 1);
}

#[test]
fn locked_private_chat_leaves_the_public_one() {
    let mut bench = three();
    let locks = Locks { private_chat: true, ..Locks::default() };
    let rules = Rules { locks, waiting_room: false };
    bench.ask(0, kind::RULES, json!({ "rules": rules }));
    bench.out.clear();
    write(&mut bench, 1, "a", Some(2));
    assert_eq!(bench.declined(1), [(Asked::PrivateChat, Why::Locked)]);
    write(&mut bench, 1, "b", None);
    assert_eq!((chats(&bench), texts(&bench, 2)), (1, vec![]));
}

#[test]
fn a_room_without_chat_hands_and_reactions_has_none_for_moderators_either() {
    let mut bench = three_in(RoomSettings {
        allow_chat: false,
        allow_hands: false,
        allow_reactions: false,
        ..RoomSettings::default()
    });
    write(&mut bench, 0, "a", None);
    bench.say(0, from::HAND, json!({ "raised": true }));
    bench.say(0, from::REACTION, json!({ "reaction": "heart" }));
    let off = [(Asked::Chat, Why::Off), (Asked::Hand, Why::Off), (Asked::Reaction, Why::Off)];
    assert_eq!(bench.declined(0), off);
    assert!(bench.events().is_empty());
}

#[test]
fn nobody_writes_to_who_is_gone_to_oneself_or_in_anothers_name() {
    let mut bench = three();
    write(&mut bench, 1, "a", Some(9));
    assert_eq!(bench.declined(1), [(Asked::PrivateChat, Why::Gone)]);
    bench.out.clear();
    write(&mut bench, 1, "b", Some(1));
    bench.say(1, from::CHAT, json!({ "text": "c", "pid": pid(0), "from": pid(0) }));
    let RoomEvent::Chat { pid: writer, .. } = bench.events().remove(0) else { panic!() };
    assert_eq!(writer, pid(1), "the subject says who, and nothing else does");
    assert_eq!(texts(&bench, 1), []);
}

#[test]
fn texts_have_a_length_and_nothing_else_is_taken_for_one() {
    let mut bench = three();
    let long = "x".repeat(2001);
    for bad in [json!({ "text": "" }), json!({ "text": long }), json!({ "text": 1 }), json!({})] {
        bench.say(1, from::CHAT, bad);
    }
    assert_eq!((chats(&bench), bench.room.ignored()), (0, 4));
    write(&mut bench, 1, &"é".repeat(2000), None);
    assert_eq!(chats(&bench), 1);
}

#[test]
fn hands_are_seen_in_the_order_in_which_they_went_up() {
    let mut bench = three();
    bench.say(2, from::HAND, json!({ "raised": true }));
    bench.say(1, from::HAND, json!({ "raised": true }));
    bench.say(2, from::HAND, json!({ "raised": true }));
    let hands = |bench: &mut Bench| {
        let people = bench.join(&joiner(3)).unwrap().snapshot.people;
        let hand = |n: u8| people.iter().find(|p| p.pid == pid(n)).unwrap().hand;
        (hand(1), hand(2))
    };
    let (one, two) = hands(&mut bench);
    assert!(two.unwrap() < one.unwrap(), "who was first keeps its place");
    bench.say(2, from::HAND, json!({ "raised": false }));
    bench.ask(0, kind::LOWER_HANDS, json!({ "pid": pid(1) }));
    assert_eq!(hands(&mut bench), (None, None));
}

#[test]
fn only_moderators_lower_others_hands() {
    let mut bench = three();
    bench.say(1, from::HAND, json!({ "raised": true }));
    bench.out.clear();
    bench.ask(2, kind::LOWER_HANDS, json!({}));
    assert_eq!(bench.declined(2), [(Asked::Moderation, Why::NotModerator)]);
    assert!(bench.events().is_empty());
    bench.ask(0, kind::LOWER_HANDS, json!({}));
    assert_eq!(bench.events(), [RoomEvent::Hand { pid: pid(1), hand: None }]);
}

#[test]
fn reactions_pass_at_a_persons_pace() {
    let mut bench = three();
    for _ in 0..100 {
        bench.say(1, from::REACTION, json!({ "reaction": "applause" }));
    }
    let hints: Vec<Hint> = bench.public(all::HINT);
    assert!((1..20).contains(&hints.len()), "{}", hints.len());
    bench.pass(60);
    bench.out.clear();
    bench.say(1, from::REACTION, json!({ "reaction": "applause" }));
    bench.say(1, from::REACTION, json!({ "reaction": "<b>" }));
    assert_eq!(bench.public::<Hint>(all::HINT).len(), 1);
}

#[test]
fn who_is_hidden_is_nobody_to_participants_and_says_nothing() {
    let mut bench = three();
    bench.join(&hidden(5)).unwrap();
    assert!(bench.events().is_empty(), "nobody is told");
    assert_eq!(bench.backstage(0).hidden.len(), 1);
    assert!(bench.private::<Backstage>(1, one::BACKSTAGE).is_empty());
    let snapshot = bench.join(&joiner(6)).unwrap().snapshot;
    assert!(snapshot.people.iter().all(|person| person.pid != pid(5)));
    bench.out.clear();
    write(&mut bench, 5, "a", None);
    write(&mut bench, 5, "a", Some(1));
    bench.say(5, from::HAND, json!({ "raised": true }));
    bench.say(5, from::REACTION, json!({ "reaction": "heart" }));
    bench.say(5, from::MEDIA, json!({ "microphone": true, "camera": true, "screen": true }));
    assert!(bench.out.is_empty());
    write(&mut bench, 1, "are you there?", Some(5));
    assert_eq!(bench.declined(1), [(Asked::PrivateChat, Why::Gone)], "as anybody who is not");
    write(&mut bench, 0, "I see you", Some(5));
    assert_eq!(texts(&bench, 5).len(), 1);
    let before = bench.events().len();
    bench.leave(5, LeftReason::Left);
    assert_eq!(bench.events().len(), before);
}

#[test]
fn a_hidden_persons_media_are_never_forwarded() {
    let mut bench = three();
    let admission = bench.join(&hidden(5)).unwrap();
    assert_eq!(admission.media, Publishing::default());
    bench.room.set_speaking(bench.now, &pid(5), true, &mut bench.out);
    assert!(bench.public::<Hint>(all::HINT).is_empty());
    bench.join(&host(5)).unwrap();
    let snapshot = bench.join(&joiner(7)).unwrap().snapshot;
    assert!(snapshot.people.iter().all(|p| p.pid != pid(5)), "another token uncovers nobody");
}
