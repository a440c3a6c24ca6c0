//! After a crash of a lone NATS: rooms are absent until their owners have put them back, and until
//! then nobody hears that a meeting is over, and nothing is made in a living room's place.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use serde_json::{Value, json};
use support::{Device, Fake, bus_key, read, refused, request};

const PATHS: [&str; 3] = ["/v1/join", "/v1/rejoin", "/v1/renew"];

/// A room with somebody in it, and the bodies of the requests that concern it.
struct Meeting {
    edge: Fake,
    device: Device,
    bodies: [Value; 3],
    invite: Value,
}

impl Meeting {
    fn new() -> Self {
        let edge = Fake::new();
        let (_, started) = edge.post("/v1/start", &json!({}));
        let invite = json!({ "invite": started["invite"] });
        let body = |token: &Value| json!({ "token": token, "bus_key": bus_key(), "offer": "v=0", "name": "Ada" });
        let (_, invited) = edge.post("/v1/invite", &invite);
        let device = Device::new(1);
        let (_, joined) = device.post(&edge, "/v1/join", &body(&invited["token"]));
        edge.claim("n1");
        let session = json!({
            "session": joined["session"], "bus_key": bus_key(), "offer": "v=0",
        });
        let (_, invited) = edge.post("/v1/invite", &invite);
        let bodies = [body(&invited["token"]), session.clone(), session];
        Self { edge, device, bodies, invite }
    }

    fn ask(&self) -> Vec<(u16, Value)> {
        let mut answers = vec![self.edge.post("/v1/invite", &self.invite)];
        for (path, body) in PATHS.into_iter().zip(&self.bodies) {
            answers.push(self.device.post(&self.edge, path, body));
        }
        answers
    }

    /// NATS loses its memory; the bucket is there again, empty. Returns what stood there.
    fn crash(&self) -> Vec<(String, Option<Vec<u8>>)> {
        let mut kv = self.edge.kv.borrow_mut();
        let rooms: Vec<String> =
            kv.keys().filter(|k| k.starts_with("$KV.rooms.")).cloned().collect();
        self.edge.ready.set(false);
        rooms.into_iter().map(|key| (key.clone(), kv.remove(&key).unwrap().value)).collect()
    }
}

#[test]
fn nobody_is_told_that_a_room_is_over_while_rooms_are_restored() {
    let meeting = Meeting::new();
    for answer in meeting.ask() {
        assert_eq!(answer.0, 200, "{}", answer.1);
    }
    let lost = meeting.crash();
    for answer in meeting.ask() {
        refused(&answer, 503, "INTERNAL_SERVER_ERROR");
        assert!(answer.1["msg"].as_str().unwrap().contains("being restored"));
    }
    for (subject, value) in lost {
        meeting.edge.put(&subject, value, None);
    }
    for answer in meeting.ask() {
        assert_eq!(answer.0, 200, "a record that is there is enough: {}", answer.1);
    }
    meeting.crash();
    meeting.edge.ready.set(true);
    for answer in meeting.ask() {
        refused(&answer, 404, "ROOM_NOT_ACTIVE");
    }
}

#[test]
fn nothing_is_made_while_rooms_are_restored() {
    let edge = Fake::new();
    let (_, first) = edge.create("board");
    let subject = edge.room();
    let value = edge.kv.borrow_mut().remove(&subject).unwrap().value;
    edge.ready.set(false);
    refused(&edge.create("board"), 503, "INTERNAL_SERVER_ERROR");
    refused(&edge.create("other"), 503, "INTERNAL_SERVER_ERROR");
    refused(&edge.post("/v1/start", &json!({})), 503, "INTERNAL_SERVER_ERROR");
    let response = edge.send(&request("/v1/start", b"{}", &[]));
    assert!(response.headers.contains(&("retry-after", "1".into())));
    let person = json!({ "name": "Ada", "user_id": "u1" });
    let asked = json!({ "room_id": "board", "user_info": person });
    refused(&edge.api("/auth/room/getJoinToken", &asked), 503, "INTERNAL_SERVER_ERROR");
    assert!(edge.kv.borrow().is_empty(), "nothing was made");
    edge.put(&subject, value, None);
    let (status, again) = edge.create("board");
    assert_eq!(status, 200, "{again}");
    assert_eq!(again["room_info"]["sid"], first["room_info"]["sid"]);
    assert_eq!(read(&response).0, 503);
}
