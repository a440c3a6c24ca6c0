//! Rooms that anybody may make, and invites.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use serde_json::{Value, json};
use support::{Device, Fake, bus_key, read, refused, request, settings};

fn start(edge: &Fake) -> (u16, Value) {
    edge.post("/v1/start", &json!({ "title": " Tea " }))
}

fn get(edge: &Fake, path: &str) -> (u16, Value) {
    let mut asked = request(path, b"", &[]);
    asked.method = "GET".into();
    read(&edge.send(&asked))
}

#[test]
fn a_start_room_is_entered_by_its_invites() {
    let edge = Fake::new();
    assert_eq!(get(&edge, "/v1/config"), (200, json!({ "start_page": true })));
    let (status, started) = start(&edge);
    assert_eq!(status, 200, "{started}");
    for (link, role) in [("invite", "participant"), ("host_invite", "moderator")] {
        let (status, invited) = edge.post("/v1/invite", &json!({ "invite": started[link] }));
        assert_eq!(status, 200, "{invited}");
        assert_eq!((&invited["title"], &invited["expires_in"]), (&json!("Tea"), &json!(600)));
        let mut body = json!({
            "token": invited["token"], "bus_key": bus_key(), "offer": "v=0",
        });
        let device = Device::new(1);
        let nameless = device.post(&edge, "/v1/join", &body);
        refused(&nameless, 400, "MISSING_REQUIRED_PARAMETER");
        body["name"] = json!("Grace");
        let (status, joined) = device.post(&edge, "/v1/join", &body);
        assert_eq!(status, 200, "{joined}");
        assert_eq!((&joined["role"], &joined["name"]), (&json!(role), &json!("Grace")));
    }
}

#[test]
fn each_use_of_an_invite_is_another_person() {
    let edge = Fake::new();
    let (_, started) = start(&edge);
    let pid = |seed| {
        let (_, invited) = edge.post("/v1/invite", &json!({ "invite": started["invite"] }));
        let token = &invited["token"];
        let body = json!({ "token": token, "bus_key": bus_key(), "offer": "v=0", "name": "A" });
        Device::new(seed).post(&edge, "/v1/join", &body).1["pid"].clone()
    };
    assert_ne!(pid(1), pid(1));
}

#[test]
fn invites_end_with_their_day_or_their_room() {
    let edge = Fake::new();
    let (_, started) = start(&edge);
    let body = json!({ "invite": started["invite"] });
    let subject = edge.room();
    let room = edge.kv.borrow_mut().remove(&subject).unwrap();
    refused(&edge.post("/v1/invite", &body), 404, "ROOM_NOT_ACTIVE");
    edge.put(&subject, room.value, None);
    assert_eq!(edge.post("/v1/invite", &body).0, 200);
    edge.now.set(edge.now.get() + 24 * 3600);
    refused(&edge.post("/v1/invite", &body), 401, "INVALID_TOKEN_OR_SIGNATURE");
    refused(&edge.post("/v1/invite", &json!({})), 400, "MISSING_REQUIRED_PARAMETER");
}

#[test]
fn the_cap_holds_and_rooms_that_are_over_make_place() {
    let edge = Fake::new();
    for _ in 0..3 {
        assert_eq!(start(&edge).0, 200);
    }
    refused(&start(&edge), 429, "CONFLICT");
    refused(&start(&edge), 429, "CONFLICT");
    assert_eq!(edge.flights.borrow().len(), 1, "a full ledger was compared a moment ago");
    edge.now.set(edge.now.get() + 60);
    edge.put(&edge.room(), None, None);
    assert_eq!(start(&edge).0, 200);
    refused(&start(&edge), 429, "CONFLICT");
}

#[test]
fn starters_at_once_do_not_exceed_the_cap() {
    let edge = Fake::new();
    assert_eq!(start(&edge).0, 200);
    let subject = {
        let kv = edge.kv.borrow();
        kv.keys().find(|k| k.starts_with("$KV.rooms.start.")).unwrap().clone()
    };
    // Another edge fills the ledger between this one's read and its write.
    *edge.before.borrow_mut() = Some(Box::new(move |flight, edge| {
        if flight == 1 {
            let value = edge.kv.borrow()[&subject].value.clone().unwrap();
            let mut ledger: Value = serde_json::from_slice(&value).unwrap();
            let one = ledger["rooms"][0].clone();
            ledger["rooms"] = json!([one, one, one]);
            edge.put(&subject, Some(ledger.to_string().into_bytes()), None);
        }
    }));
    refused(&start(&edge), 429, "CONFLICT");
}

#[test]
fn a_room_that_nobody_enters_makes_place_long_before_its_invites_end() {
    let edge = Fake::new();
    assert_eq!(start(&edge).0, 200);
    assert_eq!(edge.kv.borrow()[&edge.room()].expires, Some(edge.now.get() + 2 * 3600));
}

#[test]
fn without_a_start_page_there_is_nothing_here() {
    let mut settings = settings();
    settings.start_page = None;
    let edge = Fake::with(&settings);
    assert_eq!(get(&edge, "/v1/config"), (200, json!({ "start_page": false })));
    refused(&start(&edge), 404, "NOT_FOUND");
}
