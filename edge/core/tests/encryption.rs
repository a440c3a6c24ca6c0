//! Rooms that are end-to-end encrypted: made so, said to be so everywhere, and without services that
//! would have to read them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use conclave_protocol::encoding::from_base64url;
use conclave_protocol::node::{NodeReply, NodeRequest, Refusal, RoomRecord};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use support::{ANY_DATE, Device, Fake, bus_key, refused};

const SERVICES: [&str; 6] =
    ["recording", "broadcast", "transcription", "assistant", "sip", "ingest"];

/// Creates a room with these features beside or without encryption.
fn create(edge: &Fake, room: &str, encrypted: bool, features: &Value) -> (u16, Value) {
    let mut features = features.clone();
    features["end_to_end_encryption_features"] = json!({ "is_enabled": encrypted });
    let metadata = json!({ "room_title": "A", "room_features": features });
    edge.api("/auth/room/create", &json!({ "room_id": room, "metadata": metadata }))
}

fn encrypted_room() -> Fake {
    let edge = Fake::new();
    assert_eq!(create(&edge, "board", true, &json!({})).0, 200);
    edge
}

/// The only room's encryption, as its record says.
fn recorded(edge: &Fake) -> Value {
    let kv = edge.kv.borrow();
    let value = kv[&edge.room()].value.as_deref().unwrap();
    serde_json::from_slice::<Value>(value).unwrap()["settings"]["encryption"].clone()
}

fn claims(jwt: &Value) -> Value {
    let middle = jwt.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&from_base64url(middle).unwrap()).unwrap()
}

fn ask(edge: &Fake, joined: &Value, service: &str) -> (u16, Value) {
    let body = json!({ "session": joined["session"], "service": service, "on": true });
    Device::new(1).post(edge, "/v1/service", &body)
}

#[test]
fn an_application_gets_the_encrypted_room_that_it_asked_for() {
    let edge = Fake::new();
    let (status, created) = create(&edge, "board", true, &json!({}));
    assert_eq!(status, 200, "{created}");
    let told = created["room_info"]["metadata"].as_str().unwrap();
    let told: Value = serde_json::from_str(told).unwrap();
    assert_eq!(told["room_features"]["end_to_end_encryption_features"]["is_enabled"], true);
    let recorded = recorded(&edge);
    assert_eq!(recorded["mode"], "e2ee");
    assert_eq!(recorded["salt"].as_str().map(str::len), Some(22));
}

#[test]
fn each_room_has_a_salt_of_its_own() {
    let edge = Fake::new();
    let salt = |room: &str| {
        assert_eq!(create(&edge, room, true, &json!({})).0, 200);
        let recorded = recorded(&edge);
        edge.kv.borrow_mut().clear();
        recorded["salt"].clone()
    };
    assert_ne!(salt("a"), salt("a"));
}

#[test]
fn token_lobby_door_and_room_say_the_same() {
    let edge = encrypted_room();
    let mode = recorded(&edge);
    let token = edge.token("board", false);
    assert_eq!(claims(&json!(token))["encryption"], mode);
    let (_, joined) = Device::new(1).join(&edge, &token);
    assert_eq!((&joined["encryption"], &joined["snapshot"]["encryption"]), (&mode, &mode));
    *edge.answers.borrow_mut() = Box::new(|_, _| Ok(NodeReply::Waiting { dating: ANY_DATE }));
    let (status, waiting) = Device::new(2).join(&edge, &edge.token("board", false));
    assert_eq!((status, &waiting["encryption"]), (202, &mode));
}

#[test]
fn a_start_room_is_encrypted_unless_somebody_says_otherwise() {
    for (asked, mode) in [
        (json!({}), "e2ee"),
        (json!({ "title": "", "encrypted": true }), "e2ee"),
        (json!({ "title": "Tea", "encrypted": false }), "off"),
    ] {
        let edge = Fake::new();
        let (_, started) = edge.post("/v1/start", &asked);
        let (_, invited) = edge.post("/v1/invite", &json!({ "invite": started["invite"] }));
        assert_eq!(invited["encryption"]["mode"], mode, "{invited}");
        assert_eq!(claims(&invited["token"])["encryption"], invited["encryption"]);
        let body =
            json!({ "token": invited["token"], "bus_key": bus_key(), "offer": "v=0", "name": "A" });
        let (_, joined) = Device::new(1).post(&edge, "/v1/join", &body);
        assert_eq!(joined["encryption"], invited["encryption"]);
        assert_eq!(joined["features"]["shared_history"], true, "{joined}");
    }
    let edge = Fake::new();
    refused(&edge.post("/v1/start", &json!({ "encrypted": "no" })), 400, "INVALID_PARAMETERS");
}

#[test]
fn the_mode_of_a_room_stays_as_it_was_made() {
    for was in [true, false] {
        let edge = Fake::new();
        let (_, first) = create(&edge, "board", was, &json!({}));
        let before = recorded(&edge);
        refused(&create(&edge, "board", !was, &json!({})), 409, "CONFLICT");
        let (status, again) = create(&edge, "board", was, &json!({}));
        assert_eq!((status, &again["room_info"]), (200, &first["room_info"]));
        assert_eq!(recorded(&edge), before, "the salt with it");
    }
}

#[test]
fn a_record_whose_mode_somebody_changed_is_not_granted() {
    let edge = encrypted_room();
    edge.forge_room(|record| record["settings"]["encryption"] = json!({ "mode": "off" }));
    let person = json!({ "name": "Ada", "user_id": "u1" });
    let body = json!({ "room_id": "board", "user_info": person });
    refused(&edge.api("/auth/room/getJoinToken", &body), 503, "INTERNAL_SERVER_ERROR");
    let kv = edge.kv.borrow();
    let value = kv[&edge.room()].value.clone().unwrap();
    let record: RoomRecord = serde_json::from_slice(&value).unwrap();
    assert!(!record.settings.encryption.is_on(), "it was read as it stands, and refused");
}

#[test]
fn nothing_is_promised_that_would_have_to_read_an_encrypted_room() {
    for (feature, reason) in [
        (json!({ "recording_features": { "is_allow_cloud": true } }), "cloud recording"),
        (
            json!({ "recording_features": { "enable_auto_cloud_recording": true } }),
            "cloud recording",
        ),
        (json!({ "allow_rtmp": true }), "broadcasting"),
        (json!({ "ingress_features": { "is_allow": true } }), "ingest"),
        (json!({ "insights_features": { "is_allow": true } }), "transcription"),
        (json!({ "speech_to_text_translation_features": { "is_allow": true } }), "transcription"),
        (json!({ "sip_dial_in_features": { "is_allow": true } }), "telephone"),
    ] {
        let edge = Fake::new();
        let answer = create(&edge, "board", true, &feature);
        refused(&answer, 403, "PERMISSION_DENIED");
        let msg = answer.1["msg"].as_str().unwrap();
        assert!(msg.contains(reason) && msg.contains("end-to-end encrypted"), "{msg}");
        assert!(edge.kv.borrow().is_empty(), "nothing was made in its place");
        assert_eq!(create(&edge, "board", false, &feature).0, 200, "any other room is made");
    }
    let local = json!({ "recording_features": { "is_allow": true, "is_allow_local": true } });
    assert_eq!(create(&Fake::new(), "board", true, &local).0, 200);
}

#[test]
fn an_edge_refuses_services_in_an_encrypted_room_without_asking_the_node() {
    let edge = encrypted_room();
    let (_, joined) = Device::new(1).join(&edge, &edge.token("board", true));
    edge.claim("n1");
    *edge.answers.borrow_mut() = Box::new(|_, request| panic!("asked {request:?}"));
    for service in SERVICES {
        let answer = ask(&edge, &joined, service);
        refused(&answer, 403, "PERMISSION_DENIED");
        assert!(answer.1["msg"].as_str().unwrap().contains("end-to-end encrypted"));
    }
}

#[test]
fn in_any_other_room_the_owner_answers() {
    let edge = Fake::new();
    edge.create("board");
    let (_, joined) = Device::new(1).join(&edge, &edge.token("board", true));
    edge.claim("n1");
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&seen);
    let reason = Rc::new(RefCell::new(Refusal::NoService));
    let answer = Rc::clone(&reason);
    *edge.answers.borrow_mut() = Box::new(move |_, request| {
        log.borrow_mut().push(request);
        Ok(NodeReply::Refused { reason: *answer.borrow() })
    });
    for service in SERVICES {
        let answer = ask(&edge, &joined, service);
        refused(&answer, 404, "NOT_FOUND");
        assert!(answer.1["msg"].as_str().unwrap().ends_with("does not exist in this version"));
    }
    let first = seen.borrow()[0].clone();
    let NodeRequest::Service { sid, pid, on: true, .. } = first else { panic!("{first:?}") };
    assert_eq!((json!(sid), json!(pid)), (joined["sid"].clone(), joined["pid"].clone()));
    // Whatever the edge takes the room for, the node has the last word.
    for (refusal, status, word) in [
        (Refusal::Encrypted, 403, "PERMISSION_DENIED"),
        (Refusal::NotModerator, 403, "PERMISSION_DENIED"),
        (Refusal::NotMember, 404, "USER_NOT_ACTIVE"),
        (Refusal::Unavailable, 503, "INTERNAL_SERVER_ERROR"),
    ] {
        *reason.borrow_mut() = refusal;
        refused(&ask(&edge, &joined, "recording"), status, word);
    }
    *edge.answers.borrow_mut() = Box::new(|_, _| Ok(NodeReply::Done));
    refused(&ask(&edge, &joined, "recording"), 500, "INTERNAL_SERVER_ERROR");
}

#[test]
fn a_service_is_asked_for_by_a_sessions_own_device_in_known_words() {
    let edge = encrypted_room();
    let (_, joined) = Device::new(1).join(&edge, &edge.token("board", true));
    edge.claim("n1");
    let body = json!({ "session": joined["session"], "service": "recording", "on": true });
    refused(&edge.post("/v1/service", &body), 401, "INVALID_TOKEN_OR_SIGNATURE");
    let thief = Device::new(2).post(&edge, "/v1/service", &body);
    refused(&thief, 403, "INVALID_TOKEN_OR_SIGNATURE");
    for (field, value) in [("service", json!("x")), ("service", json!(7)), ("on", json!("yes"))] {
        let mut bad = body.clone();
        bad[field] = value;
        refused(&Device::new(1).post(&edge, "/v1/service", &bad), 400, "INVALID_PARAMETERS");
    }
}
