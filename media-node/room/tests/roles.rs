//! Promotion and demotion.
#![allow(clippy::unwrap_used)] // a failed step of a test may panic

mod common;

use common::*;
use conclave_protocol::event::*;
use conclave_protocol::moderation::kind;
use conclave_protocol::node::Joiner;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::{Locks, RoomSettings, Rules};
use conclave_room::{Command, MediaCommand};
use serde_json::json;

fn set(bench: &mut Bench, by: u8, n: u8, role: RoomRole) {
    bench.ask(by, kind::ROLE, json!({"pid": pid(n), "role": role}));
}

fn locked() -> Bench {
    let locks = Locks { microphone: true, ..Default::default() };
    let rules = Rules { locks, waiting_room: false };
    let mut bench = Bench::hosted(RoomSettings { rules, ..Default::default() });
    bench.join(&host(1)).unwrap();
    bench.join(&joiner(2)).unwrap();
    bench.pass(60);
    bench.out.clear();
    bench
}

#[test]
fn a_promotion_widens_rights_and_revokes_nothing() {
    let mut bench = locked();
    set(&mut bench, 0, 2, RoomRole::Moderator);
    assert_eq!(bench.events(), [RoomEvent::Role { pid: pid(2), role: RoomRole::Moderator }]);
    assert_eq!(bench.private::<YourRole>(2, one::ROLE)[0].role, RoomRole::Moderator);
    assert_eq!(bench.revoked(), []);
    assert_eq!(bench.private::<Backstage>(2, one::BACKSTAGE).len(), 1);
    assert_eq!(bench.orders(2), [], "nothing is switched on");
    assert_eq!(bench.room.renew(bench.now, &pid(2), "U2").unwrap().role, RoomRole::Moderator);
    bench.out.clear();
    bench.say(2, from::MEDIA, json!(ON));
    assert_eq!(bench.orders(2), [MediaCommand::Publish(ON)]);
}

#[test]
fn a_demotion_stands_in_the_roster_before_credentials_are_revoked() {
    let mut bench = locked();
    set(&mut bench, 0, 1, RoomRole::Participant);
    let media = Publishing { microphone: false, ..ON };
    assert_eq!(
        bench.events(),
        [
            RoomEvent::Role { pid: pid(1), role: RoomRole::Participant },
            RoomEvent::Media { pid: pid(1), media, by: Some(pid(0)) }
        ]
    );
    assert_eq!(bench.orders(1), [MediaCommand::Publish(media)]);
    assert_eq!(bench.revoked(), [(vec!["U1".to_owned()], bench.now.unix, true)]);
    let told = bench.place(|c| matches!(c, Command::ToOne { kind: one::ROLE, .. }));
    assert!(told < bench.place(|c| matches!(c, Command::RevokeBus { .. })));
    let standing = bench.room.renew(bench.now, &pid(1), "U1").unwrap();
    assert_eq!(standing.role, RoomRole::Participant);
    assert_eq!(standing.dating.after, bench.now.unix);
    bench.out.clear();
    bench.ask(1, kind::END, json!({}));
    assert_eq!(bench.declined(1), [(Asked::Moderation, Why::NotModerator)]);
}

#[test]
fn a_room_keeps_at_least_one_moderator() {
    let mut bench = locked();
    set(&mut bench, 1, 0, RoomRole::Participant);
    bench.out.clear();
    set(&mut bench, 1, 1, RoomRole::Participant);
    assert_eq!(bench.declined(1), [(Asked::Moderation, Why::LastModerator)]);
    assert_eq!(bench.room.standing(bench.now, &pid(1)).unwrap().role, RoomRole::Moderator);
    bench.join(&Joiner { role: RoomRole::Moderator, ..hidden(3) }).unwrap();
    bench.out.clear();
    set(&mut bench, 3, 1, RoomRole::Participant);
    assert_eq!(
        bench.declined(3),
        [(Asked::Moderation, Why::LastModerator)],
        "nobody sees number 3"
    );
    set(&mut bench, 1, 9, RoomRole::Moderator);
    assert_eq!(bench.declined(1), [(Asked::Moderation, Why::Gone)]);
}

#[test]
fn no_token_regains_a_role_that_was_lost() {
    let mut bench = locked();
    let with_invite = |n: u8| {
        let mut joiner = host(n);
        joiner.marks.invite = Some(mark(4, 1));
        joiner
    };
    bench.join(&with_invite(3)).unwrap();
    set(&mut bench, 0, 3, RoomRole::Participant);
    assert_eq!(bench.join(&with_invite(3)).unwrap().role, RoomRole::Participant);
    bench.leave(3, LeftReason::Left);
    assert_eq!(bench.join(&with_invite(3)).unwrap().role, RoomRole::Participant);
    assert_eq!(bench.join(&back(3)).unwrap().role, RoomRole::Participant);
    // Fresh tokens of the same invite, user or device.
    assert_eq!(bench.join(&with_invite(50)).unwrap().role, RoomRole::Participant);
    let mut same_user = host(51);
    same_user.marks.user = mark(2, 3);
    assert_eq!(bench.join(&same_user).unwrap().role, RoomRole::Participant);
    let mut same_device = host(52);
    same_device.marks.device = mark(3, 3);
    assert_eq!(bench.join(&same_device).unwrap().role, RoomRole::Participant);
    assert_eq!(bench.join(&host(53)).unwrap().role, RoomRole::Moderator);
    // Until it is promoted again.
    set(&mut bench, 0, 3, RoomRole::Moderator);
    assert_eq!(bench.join(&with_invite(54)).unwrap().role, RoomRole::Moderator);
}

#[test]
fn who_was_promoted_is_so_after_a_return_and_after_a_repeated_join() {
    let mut bench = locked();
    set(&mut bench, 0, 2, RoomRole::Moderator);
    assert_eq!(bench.join(&joiner(2)).unwrap().role, RoomRole::Moderator);
    bench.leave(2, LeftReason::Lost);
    assert_eq!(bench.join(&back(2)).unwrap().role, RoomRole::Moderator);
}
