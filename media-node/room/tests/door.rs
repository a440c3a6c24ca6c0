//! The waiting room.
#![allow(clippy::unwrap_used)] // a failed step of a test may panic

mod common;

use common::*;
use conclave_protocol::audit::Action;
use conclave_protocol::event::*;
use conclave_protocol::ids::Sid;
use conclave_protocol::limits::MAX_WAITING;
use conclave_protocol::moderation::kind;
use conclave_protocol::node::Refusal;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::{RoomSettings, Rules};
use conclave_room::{Command, Room, Verdict};
use serde_json::{Value, json};

fn settings() -> RoomSettings {
    let rules = Rules { waiting_room: true, ..Default::default() };
    RoomSettings { rules, empty_timeout: 60, ..Default::default() }
}

fn waiting(bench: &Bench) -> Vec<conclave_protocol::ids::Pid> {
    bench.backstage(0).waiting.into_iter().map(|waiter| waiter.pid).collect()
}

#[test]
fn whoever_does_not_moderate_waits_and_moderators_see_it_in_order_of_arrival() {
    let mut bench = Bench::hosted(settings());
    assert_eq!(bench.room.check(&joiner(2), ON), Ok(Verdict::Wait));
    assert_eq!(bench.join(&joiner(2)), Err(Refusal::Unavailable), "nobody enters unasked");
    bench.wait(&joiner(2)).unwrap();
    bench.wait(&joiner(1)).unwrap();
    bench.wait(&joiner(2)).unwrap();
    assert_eq!(waiting(&bench), [pid(2), pid(1)], "who asks again keeps its place");
    assert_eq!(bench.events(), []);
    assert_eq!(bench.room.len(), 1);
    let standing = bench.room.standing(bench.now, &pid(2)).unwrap();
    assert_eq!((standing.role, standing.waiting), (RoomRole::Participant, true));
    assert!(bench.room.renew(bench.now, &pid(2), "U2").unwrap().waiting);
    assert!(matches!(bench.room.check(&host(3), ON), Ok(Verdict::Enter(_))));
}

#[test]
fn who_is_let_in_is_called_and_need_not_wait_again() {
    let mut bench = Bench::hosted(settings());
    bench.wait(&joiner(1)).unwrap();
    bench.wait(&joiner(2)).unwrap();
    bench.ask(0, kind::ADMIT, json!({"pid": pid(1)}));
    assert_eq!(bench.private::<Value>(1, one::ADMITTED).len(), 1);
    assert_eq!(waiting(&bench), [pid(2)]);
    assert!(bench.room.standing(bench.now, &pid(1)).is_none(), "it neither waits nor is it inside");
    bench.join(&back(1)).unwrap();
    bench.leave(1, LeftReason::Lost);
    assert!(bench.join(&back(1)).is_ok());
    assert_eq!(bench.room.check(&back(2), ON), Ok(Verdict::Wait));
    bench.out.clear();
    bench.ask(0, kind::ADMIT, json!({"pid": pid(1)}));
    assert_eq!(bench.declined(0), [(Asked::Moderation, Why::Gone)]);
}

#[test]
fn who_did_not_hear_the_call_is_called_again() {
    let mut bench = Bench::hosted(settings());
    bench.wait(&joiner(1)).unwrap();
    bench.ask(0, kind::ADMIT, json!({}));
    bench.out.clear();
    bench.say(1, from::WAITING, json!({}));
    assert_eq!(bench.private::<Value>(1, one::ADMITTED).len(), 1);
    bench.join(&back(1)).unwrap();
    let ignored = bench.room.ignored();
    bench.say(1, from::WAITING, json!({}));
    assert_eq!(bench.room.ignored(), ignored + 1);
}

#[test]
fn who_comes_from_before_the_door_starts_muted_where_all_do() {
    let mut bench = Bench::hosted(RoomSettings { mute_on_start: true, ..settings() });
    bench.wait(&joiner(1)).unwrap();
    bench.ask(0, kind::ADMIT, json!({}));
    assert!(!bench.join(&back(1)).unwrap().media.microphone);
    bench.leave(1, LeftReason::Lost);
    assert!(bench.join(&back(1)).unwrap().media.microphone);
}

#[test]
fn switching_the_waiting_room_off_lets_all_in_and_on_leaves_people_inside() {
    let mut bench = Bench::hosted(settings());
    bench.wait(&joiner(1)).unwrap();
    bench.ask(0, kind::RULES, json!({"rules": {"locks": {}, "waiting_room": false}}));
    assert_eq!(bench.private::<Value>(1, one::ADMITTED).len(), 1);
    bench.join(&back(1)).unwrap();
    bench.join(&joiner(2)).unwrap();
    bench.ask(0, kind::RULES, json!({"rules": {"locks": {}, "waiting_room": true}}));
    bench.leave(2, LeftReason::Lost);
    assert!(bench.join(&back(2)).is_ok());
    assert_eq!(bench.room.check(&joiner(3), ON), Ok(Verdict::Wait));
}

#[test]
fn who_waits_sends_and_reads_nothing() {
    let mut bench = Bench::hosted(settings());
    bench.wait(&joiner(1)).unwrap();
    bench.out.clear();
    for kind in [from::RESYNC, from::MEDIA, from::VIEW, from::LEAVE, from::HAND] {
        bench.say(1, kind, json!({"epoch": 1, "seq": 0, "raised": true, "wants": []}));
    }
    bench.say(1, from::CHAT, json!({"text": "hello"}));
    bench.say(1, from::REACTION, json!({"reaction": "heart"}));
    bench.ask(1, kind::ADMIT, json!({}));
    assert_eq!((bench.room.ignored(), bench.out.len()), (8, 0));
    bench.say(0, from::CHAT, json!({"text": "hello", "to": pid(1)}));
    assert_eq!(bench.declined(0), [(Asked::PrivateChat, Why::Gone)]);
}

#[test]
fn who_is_refused_is_told_and_may_not_ask_again() {
    let mut bench = Bench::hosted(settings());
    bench.wait(&joiner(1)).unwrap();
    bench.pass(60);
    bench.out.clear();
    bench.ask(0, kind::REMOVE, json!({"pid": pid(1)}));
    assert_eq!(bench.private::<Removed>(1, one::REMOVED)[0].how, RemovedHow::Refused);
    assert_eq!(bench.revoked(), [(vec!["U1".to_owned()], bench.now.unix, true)]);
    assert_eq!(bench.marked(), [mark(1, 1)]);
    assert_eq!(waiting(&bench), []);
    assert_eq!(bench.audited(), [(Action::Refused, Some(pid(0)), Some(pid(1)))]);
    assert_eq!(bench.wait(&back(1)), Err(Refusal::Removed));
    bench.wait(&joiner(2)).unwrap();
    bench.out.clear();
    bench.ask(0, kind::REMOVE, json!({"pid": pid(2), "ban": true}));
    assert_eq!(bench.private::<Removed>(2, one::REMOVED)[0].how, RemovedHow::Banned);
    assert_eq!(bench.marked(), [mark(1, 2), mark(2, 2), mark(3, 2)]);
}

#[test]
fn who_says_nothing_any_more_does_not_wait_any_more() {
    let mut bench = Bench::hosted(settings());
    bench.wait(&joiner(1)).unwrap();
    bench.wait(&joiner(2)).unwrap();
    bench.pass(WAITING_LOST_SECONDS - 1);
    bench.say(1, from::WAITING, json!({}));
    bench.pass(1);
    bench.out.clear();
    bench.tick();
    assert_eq!(waiting(&bench), [pid(1)]);
    assert_eq!(bench.revoked().len(), 1);
    assert!(bench.room.standing(bench.now, &pid(2)).is_none());
    bench.room.page_gone(bench.now, &pid(1), "U1", &mut bench.out);
    assert_eq!(waiting(&bench), []);
}

#[test]
fn a_room_before_which_somebody_waits_does_not_end_as_empty() {
    let mut bench = Bench::new(settings());
    bench.wait(&joiner(1)).unwrap();
    for _ in 0..10 {
        bench.pass(15);
        bench.say(1, from::WAITING, json!({}));
        bench.tick();
    }
    assert!(!bench.out.contains(&Command::End));
    bench.pass(WAITING_LOST_SECONDS);
    bench.tick();
    assert!(!bench.out.contains(&Command::End), "the time runs from now on");
    bench.pass(60);
    bench.tick();
    assert!(bench.out.contains(&Command::End));
}

#[test]
fn as_many_wait_as_may_and_places_are_counted_at_the_entry() {
    let mut bench = Bench::hosted(RoomSettings { max_participants: 1, ..settings() });
    for n in 1..=MAX_WAITING {
        bench.wait(&joiner(u8::try_from(n).unwrap())).unwrap();
    }
    assert_eq!(bench.wait(&joiner(201)), Err(Refusal::RoomFull));
    assert_eq!(bench.wait(&joiner(1)), Ok(()));
    bench.ask(0, kind::ADMIT, json!({}));
    assert_eq!(waiting(&bench), []);
    assert_eq!(bench.join(&back(1)), Err(Refusal::RoomFull));
}

#[test]
fn moderators_see_who_waits_after_a_resync_and_once_they_are_moderators() {
    let mut bench = Bench::hosted(settings());
    bench.wait(&joiner(1)).unwrap();
    bench.ask(0, kind::ADMIT, json!({}));
    bench.join(&back(1)).unwrap();
    bench.wait(&joiner(2)).unwrap();
    assert_eq!(bench.private::<Backstage>(1, one::BACKSTAGE), []);
    bench.out.clear();
    bench.say(1, from::RESYNC, json!({"epoch": 0, "seq": 0}));
    assert_eq!(bench.private::<Backstage>(1, one::BACKSTAGE), []);
    bench.ask(0, kind::ROLE, json!({"pid": pid(1), "role": "moderator"}));
    assert_eq!(bench.backstage(1).waiting[0].pid, pid(2));
    bench.out.clear();
    bench.say(1, from::RESYNC, json!({"epoch": 0, "seq": 0}));
    assert_eq!(bench.backstage(1).waiting.len(), 1);
}

#[test]
fn versions_of_the_backstage_rise() {
    let mut bench = Bench::hosted(settings());
    (1..4).for_each(|n| bench.wait(&joiner(n)).unwrap());
    bench.ask(0, kind::ADMIT, json!({"pid": pid(1)}));
    bench.ask(0, kind::REMOVE, json!({"pid": pid(2)}));
    let versions: Vec<u64> =
        bench.private::<Backstage>(0, one::BACKSTAGE).iter().map(|b| b.version).collect();
    assert!(versions.len() == 5 && versions.is_sorted_by(|a, b| a < b), "{versions:?}");
}

#[test]
fn a_room_whose_state_was_written_over_is_closed_until_a_moderator_opens_it() {
    let mut bench = Bench::new(RoomSettings::default());
    bench.room = Room::tampered(RoomSettings::default(), Sid::from_random([7; 16]), 2, bench.now);
    // Nobody knows who had been let in, nor who moderated.
    assert_eq!(bench.room.check(&back(1), ON), Ok(Verdict::Wait));
    bench.wait(&back(1)).unwrap();
    bench.join(&host(0)).unwrap();
    let opened = json!({ "rules": Rules::default() });
    bench.ask(0, kind::RULES, opened);
    assert!(matches!(bench.room.check(&back(1), ON), Ok(Verdict::Enter(media)) if media == ON));
}
