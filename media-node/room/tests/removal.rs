//! People go: by their own will, by a moderator's, or by the node's.
#![allow(clippy::unwrap_used)] // a failed step of a test may panic

mod common;

use common::*;
use conclave_protocol::audit::Action;
use conclave_protocol::event::*;
use conclave_protocol::ids::Sid;
use conclave_protocol::limits::BUS_JWT_SECONDS;
use conclave_protocol::moderation::kind;
use conclave_protocol::node::{Joiner, Refusal};
use conclave_protocol::settings::RoomSettings;

use conclave_room::{Command, MediaCommand, Room};
use serde_json::json;

fn with_guest() -> Bench {
    let mut bench = Bench::hosted(RoomSettings::default());
    let marks = conclave_protocol::ban::Marks { invite: Some(mark(4, 9)), ..marks(1) };
    bench.join(&Joiner { marks, ..joiner(1) }).unwrap();
    bench.pass(60);
    bench.out.clear();
    bench
}

fn removed(bench: &Bench, n: u8) -> Vec<RemovedHow> {
    bench.private::<Removed>(n, one::REMOVED).into_iter().map(|removed| removed.how).collect()
}

#[test]
fn whom_a_moderator_removes_is_off_media_and_bus_and_its_session_is_refused() {
    let mut bench = with_guest();
    bench.ask(0, kind::REMOVE, json!({"pid": pid(1)}));
    assert_eq!(bench.orders(1), [MediaCommand::Leave]);
    assert_eq!(removed(&bench, 1), [RemovedHow::Removed]);
    assert_eq!(bench.events(), [RoomEvent::Left { pid: pid(1), reason: LeftReason::Removed }]);
    assert_eq!(bench.revoked(), [(vec!["U1".to_owned()], bench.now.unix, true)]);
    assert_eq!(bench.marked(), [mark(1, 1)]);
    let told = bench.place(|c| matches!(c, Command::ToOne { kind: one::REMOVED, .. }));
    let cut = bench.place(|c| matches!(c, Command::RevokeBus { .. }));
    assert!(told < cut, "it is told while it can hear");
    assert_eq!(bench.join(&back(1)), Err(Refusal::Removed));
    assert_eq!(bench.join(&joiner(1)), Err(Refusal::Removed));
    assert!(bench.room.standing(bench.now, &pid(1)).is_none());
    assert_eq!(bench.room.renew(bench.now, &pid(1), "U1"), Err(Refusal::NotMember));
    // A fresh token of the same person, device and invite brings it back.
    let mut marks = conclave_protocol::ban::Marks { invite: Some(mark(4, 9)), ..marks(1) };
    marks.session = mark(1, 77);
    assert!(bench.join(&Joiner { pid: pid(77), marks, ..joiner(1) }).is_ok());
}

#[test]
fn whom_a_moderator_bans_comes_back_with_nothing_it_holds() {
    let mut bench = with_guest();
    bench.ask(0, kind::REMOVE, json!({"pid": pid(1), "ban": true}));
    assert_eq!(removed(&bench, 1), [RemovedHow::Banned]);
    assert_eq!(bench.marked(), [mark(1, 1), mark(2, 1), mark(3, 1), mark(4, 9)]);
    let fresh = |change: fn(&mut conclave_protocol::ban::Marks)| {
        let mut marks = marks(50);
        change(&mut marks);
        Joiner { marks, ..joiner(50) }
    };
    assert_eq!(bench.join(&fresh(|m| m.user = mark(2, 1))), Err(Refusal::Removed));
    assert_eq!(bench.join(&fresh(|m| m.device = mark(3, 1))), Err(Refusal::Removed));
    assert_eq!(bench.join(&fresh(|m| m.invite = Some(mark(4, 9)))), Err(Refusal::Removed));
    assert_eq!(bench.wait(&fresh(|m| m.user = mark(2, 1))), Err(Refusal::Removed));
    assert!(bench.join(&fresh(|_| ())).is_ok());
}

#[test]
fn a_ban_reaches_the_invite_also_where_the_person_has_come_back_by_its_session() {
    let mut bench = with_guest();
    bench.leave(1, LeftReason::Lost);
    bench.join(&back(1)).unwrap();
    bench.out.clear();
    bench.ask(0, kind::REMOVE, json!({"pid": pid(1), "ban": true}));
    assert!(bench.marked().contains(&mark(4, 9)));
}

#[test]
fn who_came_by_a_banned_persons_invite_stays_and_may_return() {
    let mut bench = with_guest();
    let marks = conclave_protocol::ban::Marks { invite: Some(mark(4, 9)), ..marks(2) };
    let other = Joiner { marks, ..joiner(2) };
    bench.join(&other).unwrap();
    bench.ask(0, kind::REMOVE, json!({"pid": pid(1), "ban": true}));
    assert!(bench.room.standing(bench.now, &pid(2)).is_some());
    bench.leave(2, LeftReason::Lost);
    assert!(bench.join(&Joiner { returning: true, ..other }).is_ok());
}

#[test]
fn a_ban_takes_the_persons_other_places_along() {
    let mut bench = with_guest();
    let mut same_user = joiner(2);
    same_user.marks.user = mark(2, 1);
    bench.join(&same_user).unwrap();
    bench.join(&joiner(3)).unwrap();
    bench.out.clear();
    bench.ask(0, kind::REMOVE, json!({"pid": pid(1), "ban": true}));
    assert_eq!(removed(&bench, 2), [RemovedHow::Banned]);
    assert_eq!(removed(&bench, 3), []);
    assert_eq!(bench.room.len(), 2);
}

#[test]
fn who_has_just_gone_can_still_be_removed_and_banned() {
    let mut bench = with_guest();
    bench.leave(1, LeftReason::Lost);
    assert_eq!(bench.revoked(), [(vec!["U1".to_owned()], bench.now.unix, false)]);
    bench.out.clear();
    bench.ask(0, kind::REMOVE, json!({"pid": pid(1)}));
    assert_eq!(bench.revoked(), [(vec!["U1".to_owned()], bench.now.unix, true)]);
    assert_eq!((bench.marked(), bench.events()), (vec![mark(1, 1)], vec![]));
    assert_eq!(bench.join(&back(1)), Err(Refusal::Removed));
    bench.ask(0, kind::REMOVE, json!({"pid": pid(1), "ban": true}));
    assert!(bench.marked().contains(&mark(2, 1)));
    bench.out.clear();
    bench.ask(0, kind::REMOVE, json!({"pid": pid(9)}));
    assert_eq!(bench.declined(0), [(Asked::Moderation, Why::Gone)]);
}

#[test]
fn every_connection_with_a_living_credential_is_revoked() {
    let mut bench = with_guest();
    bench.room.renew(bench.now, &pid(1), "Usecond").unwrap();
    bench.pass(BUS_JWT_SECONDS - 40);
    bench.room.renew(bench.now, &pid(1), "Uthird").unwrap();
    bench.ask(0, kind::REMOVE, json!({"pid": pid(1)}));
    let (keys, at, urgent) = bench.revoked().remove(0);
    // The first connection's credential was made when the guest came in, and has just ended.
    assert_eq!((keys, urgent), (vec!["Usecond".to_owned(), "Uthird".to_owned()], true));
    assert!(at >= bench.now.unix, "also what an edge whose clock is ahead issues now");
}

#[test]
fn nobody_has_credentials_for_ever_more_connections() {
    let mut bench = with_guest();
    let mut renew = |key: String| bench.room.renew(bench.now, &pid(1), &key).map(drop);
    (1..16).for_each(|n| renew(format!("Ux{n}")).unwrap());
    assert_eq!(renew("Ux16".into()), Err(Refusal::TooOften));
    assert_eq!(renew("Ux15".into()), Ok(()), "one that it has");
    let another = Joiner { bus_key: "Ux16".into(), ..back(1) };
    assert_eq!(bench.room.check(&another, ON), Err(Refusal::TooOften));
    bench.pass(BUS_JWT_SECONDS + 60);
    bench.tick();
    assert!(bench.join(&another).is_ok());
}

#[test]
fn who_comes_back_on_the_same_connection_gets_a_later_credential() {
    let mut bench = with_guest();
    bench.say(1, from::LEAVE, json!({}));
    let (_, at, urgent) = bench.revoked().remove(0);
    assert!(!urgent);
    let admission = bench.join(&back(1)).unwrap();
    assert_eq!(admission.dating.after, at);
    assert_eq!(bench.room.standing(bench.now, &pid(1)).unwrap().dating.after, at);
    // In the same second: the ban covers what was issued for `at + 1`.
    bench.out.clear();
    bench.ask(0, kind::REMOVE, json!({"pid": pid(1)}));
    assert!(bench.revoked()[0].1 > at);
}

#[test]
fn a_displaced_connection_is_revoked_and_the_newer_is_not() {
    let mut bench = with_guest();
    let admission = bench.join(&Joiner { bus_key: "Unew".into(), ..back(1) }).unwrap();
    assert_eq!(bench.revoked(), [(vec!["U1".to_owned()], bench.now.unix, false)]);
    assert_eq!(admission.dating.after, bench.now.unix);
    bench.out.clear();
    bench.leave(1, LeftReason::Left);
    let (keys, at, _) = bench.revoked().remove(0);
    assert_eq!(keys, ["Unew"]);
    assert!(at > bench.now.unix, "its credential was issued for a later second");
}

#[test]
fn who_floods_is_out_with_its_session_and_may_come_by_another() {
    let mut bench = with_guest();
    bench.room.flooded(bench.now, &pid(1), &mut bench.out);
    assert_eq!(removed(&bench, 1), [RemovedHow::Flooded]);
    assert_eq!(bench.marked(), [mark(1, 1)]);
    assert!(bench.revoked()[0].2);
    assert_eq!(bench.join(&back(1)), Err(Refusal::Removed));
    assert_eq!(bench.audited()[0], (Action::Removed, None, Some(pid(1))));
    bench.out.clear();
    bench.room.flooded(bench.now, &pid(1), &mut bench.out);
    bench.room.flooded(bench.now, &pid(9), &mut bench.out);
    assert!(bench.out.is_empty());
}

#[test]
fn an_invite_is_revoked_by_moderators_only_and_who_came_by_it_stays() {
    let mut bench = with_guest();
    let mut revoke =
        |n| bench.room.revoke_invite(bench.now, &pid(n), mark(4, 9), BEGIN + 5, &mut bench.out);
    assert_eq!(revoke(1), Err(Refusal::NotModerator));
    assert_eq!(revoke(9), Err(Refusal::NotMember));
    assert_eq!(revoke(0), Ok(()));
    assert_eq!(bench.out[0], Command::Mark { marks: vec![mark(4, 9)], until: BEGIN + 5 });
    let marks = conclave_protocol::ban::Marks { invite: Some(mark(4, 9)), ..marks(2) };
    assert_eq!(bench.join(&Joiner { marks, ..joiner(2) }), Err(Refusal::Removed));
    assert!(bench.join(&back(1)).is_ok());
}

#[test]
fn the_next_owner_refuses_what_the_former_ones_people_may_still_hold() {
    let mut bench = with_guest();
    bench.say(1, from::LEAVE, json!({}));
    let kept = bench.room.take_kept().unwrap();
    bench.pass(5);
    let sid = Sid::from_random([7; 16]);
    bench.room = Room::restored(RoomSettings::default(), sid, 2, bench.now, kept);
    bench.out.clear();
    bench.room.refuse_former(bench.now, &mut bench.out);
    let (mut keys, at, urgent) = bench.revoked().remove(0);
    keys.sort();
    // Also of somebody who had left: what is refused twice does no harm.
    assert_eq!((keys, urgent), (vec!["U0".to_owned(), "U1".to_owned()], true));
    assert!(at >= bench.now.unix);
    bench.out.clear();
    bench.room.refuse_former(bench.now, &mut bench.out);
    assert!(bench.revoked().is_empty(), "once");
    // Whoever comes back on the same connection gets a later credential.
    let admission = bench.join(&back(1)).unwrap();
    assert_eq!(admission.dating.after, at);
    assert!(admission.dating.until > at);
}
