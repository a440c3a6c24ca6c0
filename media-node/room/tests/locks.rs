//! What may be sent, and what follows at once when that changes.
#![allow(clippy::unwrap_used)] // a failed step of a test may panic

mod common;

use common::*;
use conclave_protocol::event::*;
use conclave_protocol::moderation::kind;
use conclave_protocol::settings::{Locks, RoomSettings, Rules};
use conclave_room::{MediaCommand, Verdict};
use serde_json::json;

fn rules(locks: Locks) -> serde_json::Value {
    json!({ "rules": Rules { locks, waiting_room: false } })
}

const MICROPHONE: Locks = Locks {
    microphone: true,
    camera: false,
    screen: false,
    chat: false,
    private_chat: false,
    reactions: false,
    files: false,
};

#[test]
fn a_lock_stops_what_is_on_at_once_and_only_of_who_does_not_moderate() {
    let mut bench = Bench::hosted(RoomSettings::default());
    bench.join(&joiner(1)).unwrap();
    bench.out.clear();
    bench.ask(0, kind::RULES, rules(MICROPHONE));
    let left = Publishing { microphone: false, ..ON };
    assert_eq!(bench.orders(1), [MediaCommand::Publish(left)]);
    assert_eq!(bench.orders(0), []);
    let locked = Rules { locks: MICROPHONE, waiting_room: false };
    assert_eq!(
        bench.events(),
        [
            RoomEvent::Rules { rules: locked },
            RoomEvent::Media { pid: pid(1), media: left, by: Some(pid(0)) }
        ]
    );
    assert_eq!(bench.join(&joiner(2)).unwrap().snapshot.rules, locked);
}

#[test]
fn who_is_locked_stays_off_and_is_told_why() {
    let mut bench = Bench::hosted(RoomSettings::default());
    bench.join(&joiner(1)).unwrap();
    bench.ask(0, kind::RULES, rules(MICROPHONE));
    bench.out.clear();
    bench.say(1, from::MEDIA, json!({"microphone": true, "camera": true}));
    let camera = Publishing { camera: true, ..Default::default() };
    assert_eq!(bench.orders(1), [MediaCommand::Publish(camera)]);
    assert_eq!(bench.declined(1), [(Asked::Media, Why::Locked)]);
    assert_eq!(bench.events(), [], "nothing has changed for others");
    bench.say(0, from::MEDIA, json!({"microphone": true, "camera": true}));
    assert_eq!(bench.declined(0), []);
    assert_eq!(bench.join(&joiner(2)).unwrap().media, camera);
    assert_eq!(bench.room.check(&back(1), ON), Ok(Verdict::Enter(camera)));
}

#[test]
fn unlocking_switches_nothing_on_but_lets_people_do_it() {
    let mut bench = Bench::hosted(RoomSettings::default());
    bench.join(&joiner(1)).unwrap();
    bench.ask(0, kind::RULES, rules(MICROPHONE));
    bench.out.clear();
    bench.ask(0, kind::RULES, rules(Locks::default()));
    assert_eq!(bench.events(), [RoomEvent::Rules { rules: Rules::default() }]);
    assert_eq!(bench.orders(1), []);
    bench.say(1, from::MEDIA, json!(ON));
    assert_eq!(bench.orders(1), [MediaCommand::Publish(ON)]);
    bench.out.clear();
    bench.ask(0, kind::RULES, rules(Locks::default()));
    assert!(bench.out.is_empty(), "the same rules again are no news");
}

#[test]
fn a_lock_between_the_question_and_the_entry_holds() {
    let mut bench = Bench::hosted(RoomSettings::default());
    assert_eq!(bench.room.check(&joiner(1), ON), Ok(Verdict::Enter(ON)));
    bench.ask(0, kind::RULES, rules(MICROPHONE));
    bench.join(&joiner(1)).unwrap();
    let left = Publishing { microphone: false, ..ON };
    assert!(bench.orders(1).contains(&MediaCommand::Publish(left)));
}

#[test]
fn a_source_that_the_room_is_not_made_for_stays_off_and_says_why() {
    let settings = RoomSettings {
        allow_screen_share: false,
        moderator_only_webcams: true,
        mute_on_start: true,
        ..Default::default()
    };
    let mut bench = Bench::hosted(settings);
    assert_eq!(bench.join(&joiner(1)).unwrap().media, Publishing::default());
    bench.out.clear();
    bench.say(1, from::MEDIA, json!(ALL));
    let on = Publishing { microphone: true, ..Default::default() };
    assert_eq!(bench.orders(1), [MediaCommand::Publish(on)]);
    assert_eq!(bench.events(), [RoomEvent::Media { pid: pid(1), media: on, by: None }]);
    bench.say(0, from::MEDIA, json!(ALL));
    bench.say(1, from::MEDIA, json!({"screen": true}));
    assert_eq!(bench.declined(1), [(Asked::Media, Why::NotModerator), (Asked::Media, Why::Off)]);
    assert_eq!(bench.declined(0), [(Asked::Media, Why::Off)]);
}

#[test]
fn mute_on_start_leaves_who_returns_alone() {
    let mut bench = Bench::new(RoomSettings { mute_on_start: true, ..Default::default() });
    assert!(!bench.join(&joiner(1)).unwrap().media.microphone);
    assert!(bench.join(&back(1)).unwrap().media.microphone);
}

#[test]
fn one_is_silenced_or_all_who_do_not_moderate() {
    let mut bench = Bench::hosted(RoomSettings::default());
    (1..4).for_each(|n| drop(bench.join(&joiner(n)).unwrap()));
    bench.out.clear();
    bench.ask(0, kind::SILENCE, json!({"pid": pid(1), "camera": true}));
    let media = Publishing { camera: false, ..ON };
    let by = Some(pid(0));
    assert_eq!(bench.events(), [RoomEvent::Media { pid: pid(1), media, by: by.clone() }]);
    assert_eq!(bench.orders(1), [MediaCommand::Publish(media)]);
    bench.out.clear();
    bench.ask(0, kind::SILENCE, json!({"microphone": true}));
    assert_eq!(bench.events().len(), 3);
    assert_eq!(bench.orders(0), []);
    bench.out.clear();
    bench.ask(0, kind::SILENCE, json!({"microphone": true}));
    assert_eq!(bench.events(), [], "all are silent");
    bench.ask(0, kind::SILENCE, json!({"pid": pid(9), "microphone": true}));
    assert_eq!(bench.declined(0), [(Asked::Moderation, Why::Gone)]);
    bench.ask(0, kind::SILENCE, json!({"pid": pid(0), "microphone": true}));
    assert_eq!(bench.orders(0), [MediaCommand::Publish(Publishing { microphone: false, ..ON })]);
}

#[test]
fn whoever_does_not_moderate_changes_nothing_there() {
    let mut bench = Bench::hosted(RoomSettings::default());
    bench.join(&joiner(1)).unwrap();
    bench.out.clear();
    for (kind, message) in [
        (kind::RULES, rules(MICROPHONE)),
        (kind::SILENCE, json!({"microphone": true})),
        (kind::REMOVE, json!({"pid": pid(0)})),
        (kind::ROLE, json!({"pid": pid(1), "role": "moderator"})),
        (kind::ADMIT, json!({})),
        (kind::LOWER_HANDS, json!({})),
        (kind::END, json!({})),
    ] {
        bench.ask(1, kind, message);
        assert_eq!(bench.declined(1), [(Asked::Moderation, Why::NotModerator)], "{kind}");
        assert_eq!(bench.out.len(), 1, "{kind}");
        bench.out.clear();
    }
}
