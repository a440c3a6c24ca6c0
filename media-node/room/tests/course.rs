//! From the first person to the end of the room: its bounds, what the next owner takes over, what
//! is collected, and what is told to the audit log.
#![allow(clippy::unwrap_used)] // a failed step of a test may panic

mod common;

use common::{BEGIN, Bench, ON, back, host, joiner, pid};
use conclave_protocol::audit::Action;
use conclave_protocol::event::*;
use conclave_protocol::history::Course;
use conclave_protocol::ids::Sid;
use conclave_protocol::moderation::kind;
use conclave_protocol::node::{Joiner, Refusal};
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::{RoomSettings, Rules};
use conclave_room::{Command, Room, Verdict};
use serde_json::json;

fn ended(bench: &Bench) -> Vec<EndReason> {
    let reason = |event| match event {
        RoomEvent::Ended { reason } => Some(reason),
        _ => None,
    };
    bench.events().into_iter().filter_map(reason).collect()
}

fn course(bench: &Bench) -> Option<Course> {
    bench.out.iter().find_map(|command| match command {
        Command::Course(course) => Some((**course).clone()),
        _ => None,
    })
}

/// The next owner of the same life of the room.
fn next_owner(bench: &mut Bench) -> Bench {
    let kept = serde_json::to_vec(&bench.room.kept()).unwrap();
    let kept = serde_json::from_slice(&kept).unwrap();
    let sid = Sid::from_random([7; 16]);
    let room = Room::restored(RoomSettings::default(), sid, 2, bench.now, kept);
    Bench { now: bench.now, room, out: Vec::new() }
}

#[test]
fn an_empty_room_ends_after_its_timeout_and_not_before() {
    let settings = RoomSettings { empty_timeout: 60, ..RoomSettings::default() };
    let mut bench = Bench::hosted(settings);
    bench.leave(0, LeftReason::Left);
    bench.pass(59);
    bench.tick();
    assert!(ended(&bench).is_empty());
    bench.pass(2);
    bench.tick();
    assert_eq!(ended(&bench), [EndReason::Empty]);
    assert_eq!(bench.out.last(), Some(&Command::End));
}

#[test]
fn a_rooms_time_is_counted_from_its_first_person_whoever_comes_and_goes() {
    let settings = RoomSettings { duration: 600, ..RoomSettings::default() };
    let mut bench = Bench::hosted(settings);
    bench.pass(500);
    let snapshot = bench.join(&joiner(1)).unwrap().snapshot;
    assert_eq!(snapshot.ends_in, Some(100));
    bench.pass(99);
    bench.tick();
    assert!(ended(&bench).is_empty());
    bench.pass(1);
    bench.tick();
    assert_eq!(ended(&bench), [EndReason::Duration]);
}

#[test]
fn at_the_end_everybody_is_off_media_and_bus_and_nobody_comes_in() {
    let mut bench = Bench::hosted(RoomSettings::default());
    bench.join(&joiner(1)).unwrap();
    bench.pass(30);
    bench.out.clear();
    bench.ask(1, kind::END, json!({}));
    assert_eq!(bench.declined(1), [(Asked::Moderation, Why::NotModerator)]);
    bench.ask(0, kind::END, json!({}));
    assert_eq!(ended(&bench), [EndReason::Moderator]);
    let mut revoked = bench.revoked().remove(0).0;
    revoked.sort();
    assert_eq!(revoked, ["U0", "U1"]);
    let told = bench.place(|c| matches!(c, Command::ToAll { .. }));
    let cut = bench.place(|c| matches!(c, Command::RevokeBus { .. }));
    assert!(told < cut, "they hear why");
    assert_eq!(bench.join(&joiner(2)), Err(Refusal::RoomEnded));
    bench.out.clear();
    bench.ask(0, kind::END, json!({}));
    bench.tick();
    bench.room.end(bench.now, EndReason::Application, &mut bench.out);
    assert!(bench.out.is_empty(), "a room ends once");
}

#[test]
fn the_next_owner_knows_roles_rules_hands_and_who_was_removed() {
    let mut bench = Bench::hosted(RoomSettings::default());
    for n in 1..=3 {
        bench.join(&joiner(n)).unwrap();
    }
    bench.say(2, from::HAND, json!({ "raised": true }));
    bench.ask(0, kind::ROLE, json!({ "pid": pid(1), "role": "moderator" }));
    bench.ask(0, kind::REMOVE, json!({ "pid": pid(3) }));
    let mut rules = bench.join(&joiner(4)).unwrap().snapshot.rules;
    rules.locks.chat = true;
    bench.ask(0, kind::RULES, json!({ "rules": rules }));
    let mut next = next_owner(&mut bench);
    assert_eq!(next.join(&back(0)).unwrap().role, RoomRole::Moderator);
    assert_eq!(next.join(&back(1)).unwrap().role, RoomRole::Moderator);
    let two = next.join(&back(2)).unwrap();
    assert_eq!(two.snapshot.rules, rules);
    assert!(two.snapshot.people.iter().find(|p| p.pid == pid(2)).unwrap().hand.is_some());
    assert_eq!(next.join(&back(3)), Err(Refusal::Removed));
}

#[test]
fn state_is_given_out_where_it_changed_and_only_then() {
    let mut bench = Bench::hosted(RoomSettings::default());
    assert!(bench.room.take_kept().is_some());
    assert!(bench.room.take_kept().is_none());
    bench.say(0, from::CHAT, json!({ "text": "a" }));
    bench.say(0, from::MEDIA, json!({ "microphone": true }));
    assert!(bench.room.take_kept().is_none(), "nothing of it outlives the owner");
    bench.say(0, from::HAND, json!({ "raised": true }));
    assert!(bench.room.take_kept().is_some());
}

#[test]
fn a_course_is_collected_only_where_it_is_asked_for() {
    for analytics in [false, true] {
        let settings = RoomSettings { analytics, ..RoomSettings::default() };
        let mut bench = Bench::hosted(settings);
        bench.pass(10);
        bench.join(&joiner(1)).unwrap();
        bench.room.set_speaking(bench.now, &pid(1), true, &mut bench.out);
        bench.say(1, from::CHAT, json!({ "text": "a secret" }));
        bench.pass(7);
        bench.room.set_speaking(bench.now, &pid(1), false, &mut bench.out);
        bench.pass(3);
        bench.leave(1, LeftReason::Left);
        bench.pass(5);
        bench.room.end(bench.now, EndReason::Application, &mut bench.out);
        let Some(course) = course(&bench) else {
            assert!(!analytics);
            continue;
        };
        assert!(analytics, "collected all the same");
        assert_eq!((course.began, course.ended), (BEGIN, BEGIN + 25));
        let guest = &course.stays[1];
        assert_eq!((guest.joined, guest.left, guest.spoke), (BEGIN + 10, BEGIN + 20, 7));
        let text = serde_json::to_string(&course).unwrap();
        assert!(!text.contains("secret") && !text.contains("Ada"), "{text}");
    }
}

#[test]
fn the_audit_log_is_told_who_did_what_to_whom_and_no_content() {
    let mut bench = Bench::hosted(RoomSettings::default());
    bench.join(&joiner(1)).unwrap();
    bench.say(1, from::CHAT, json!({ "text": "a secret" }));
    bench.ask(0, kind::SILENCE, json!({ "pid": pid(1), "microphone": true }));
    bench.ask(0, kind::ROLE, json!({ "pid": pid(1), "role": "moderator" }));
    bench.ask(1, kind::REMOVE, json!({ "pid": pid(0), "ban": true }));
    bench.ask(1, kind::END, json!({}));
    let actions: Vec<Action> = bench.audited().into_iter().map(|(action, ..)| action).collect();
    for action in [Action::Joined, Action::Silenced, Action::Banned, Action::Ended] {
        assert!(actions.contains(&action), "{action:?} in {actions:?}");
    }
    let text = serde_json::to_string(&bench.deeds()).unwrap();
    assert!(!text.contains("secret") && !text.contains("Ada"), "{text}");
    let banned = bench.audited().into_iter().find(|(action, ..)| *action == Action::Banned);
    assert_eq!(banned, Some((Action::Banned, Some(pid(1)), Some(pid(0)))));
}

#[test]
fn who_was_let_in_by_the_former_owner_need_not_wait_at_the_next() {
    let rules = Rules { waiting_room: true, ..Rules::default() };
    let mut bench = Bench::hosted(RoomSettings { rules, ..RoomSettings::default() });
    bench.wait(&joiner(1)).unwrap();
    bench.ask(0, kind::ADMIT, json!({ "pid": pid(1) }));
    bench.join(&back(1)).unwrap();
    let next = next_owner(&mut bench);
    let asks = |joiner: &Joiner| next.room.check(joiner, ON).unwrap();
    assert!(matches!(asks(&back(1)), Verdict::Enter(_)));
    assert!(matches!(asks(&joiner(2)), Verdict::Wait));
    assert!(matches!(asks(&host(3)), Verdict::Enter(_)));
}
