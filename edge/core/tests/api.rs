//! What applications call: rooms and join tokens.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use conclave_edge_core::platform::BusError;
use conclave_protocol::encoding::{body_signature, hex};
use serde_json::json;
use support::{API_KEY, API_SECRET, Fake, read, refused, request};

#[test]
fn a_room_is_made_once_and_found_again() {
    let edge = Fake::new();
    let (status, first) = edge.create("board");
    assert_eq!(status, 200, "{first}");
    assert_eq!(edge.flights.borrow().len(), 2, "look, create");
    assert_eq!(first["status"], true);
    assert_eq!(first["room_info"]["room_id"], "board");
    assert_eq!(first["room_info"]["is_running"], true);
    let metadata = first["room_info"]["metadata"].as_str().unwrap();
    assert!(metadata.contains("\"room_title\":\"Title\""));
    let (status, second) = edge.create("board");
    assert_eq!(status, 200);
    assert_eq!(second["room_info"]["sid"], first["room_info"]["sid"]);
    assert_eq!(second["room_info"]["creation_time"], first["room_info"]["creation_time"]);
}

#[test]
fn a_room_can_be_made_again_after_it_expired() {
    let edge = Fake::new();
    let (_, first) = edge.create("board");
    edge.now.set(edge.now.get() + 1800);
    let (status, second) = edge.create("board");
    assert_eq!(status, 200, "{second}");
    assert_ne!(second["room_info"]["sid"], first["room_info"]["sid"]);
    assert_eq!(edge.flights.borrow().len(), 2, "read the marker, create over it");
}

#[test]
fn the_empty_timeout_is_the_unclaimed_rooms_time_to_live() {
    let features = json!({ "room_title": "", "room_features": {} });
    for (asked, given) in [(None, 1800), (Some(0), 1800), (Some(1), 60), (Some(90), 90)] {
        let edge = Fake::new();
        let body = json!({ "room_id": "a", "metadata": features, "empty_timeout": asked });
        assert_eq!(edge.api("/auth/room/create", &body).0, 200);
        let expires = edge.kv.borrow()[&edge.room()].expires;
        assert_eq!(expires, Some(edge.now.get() + given));
    }
}

#[test]
fn unknown_keys_and_wrong_signatures_look_the_same() {
    let edge = Fake::new();
    let body = br#"{"room_id":"a"}"#;
    let right = hex(&body_signature(API_SECRET.as_bytes(), body));
    let fake = hex(&body_signature(b"no such key", body));
    let cases: [&[(&str, &str)]; 7] = [
        &[],
        &[("api-key", API_KEY)],
        &[("api-key", API_KEY), ("hash-signature", "00")],
        &[("api-key", API_KEY), ("hash-signature", &right.to_uppercase())],
        &[("api-key", "other"), ("hash-signature", &right)],
        &[("api-key", "other"), ("hash-signature", &fake)],
        &[("api-key", "start"), ("hash-signature", &fake)],
    ];
    let answers: Vec<_> = cases
        .iter()
        .map(|headers| edge.send(&request("/auth/room/getJoinToken", body, headers)))
        .collect();
    refused(&read(&answers[0]), 401, "INVALID_TOKEN_OR_SIGNATURE");
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert!(edge.flights.borrow().is_empty(), "nothing was looked up");
}

#[test]
fn bad_parameters_are_named_without_repeating_them() {
    let edge = Fake::new();
    let path = "/auth/room/create";
    refused(&edge.api(path, &json!({})), 400, "MISSING_REQUIRED_PARAMETER");
    refused(&edge.api(path, &json!([])), 400, "INVALID_PARAMETERS");
    let metadata = json!({ "room_title": "A", "room_features": {} });
    let bad = edge.api(path, &json!({ "room_id": "my room", "metadata": metadata }));
    refused(&bad, 400, "INVALID_PARAMETERS");
    assert!(bad.1["msg"].as_str().unwrap().starts_with("RoomId must be"));
    assert!(!bad.1.to_string().contains("my room"));
    let metadata = json!({ "room_title": "A\u{7}", "room_features": {} });
    let bad = edge.api(path, &json!({ "room_id": "a", "metadata": metadata }));
    refused(&bad, 400, "INVALID_PARAMETERS");
}

#[test]
fn a_token_needs_a_room_of_the_same_application() {
    let edge = Fake::new();
    let person = json!({ "name": "Ada", "user_id": "u1" });
    let body = json!({ "room_id": "none", "user_info": person });
    refused(&edge.api("/auth/room/getJoinToken", &body), 404, "ROOM_NOT_ACTIVE");
    edge.create("board");
    assert_eq!(edge.token("board", false).split('.').count(), 3);
}

#[test]
fn a_silent_bus_is_a_503_that_says_when_to_come_again() {
    let edge = Fake::new();
    for error in [BusError::Timeout, BusError::Unavailable] {
        edge.failure.set(Some(error));
        refused(&edge.create("board"), 503, "INTERNAL_SERVER_ERROR");
        let response = edge.send(&request("/v1/invite", b"{}", &[]));
        assert_eq!(response.status, 400, "what needs no bus is answered without");
    }
    let body = json!({ "room_id": "a", "metadata": { "room_title": "", "room_features": {} } });
    let body = body.to_string();
    let signature = hex(&body_signature(API_SECRET.as_bytes(), body.as_bytes()));
    let headers = [("api-key", API_KEY), ("hash-signature", signature.as_str())];
    let response = edge.send(&request("/auth/room/create", body.as_bytes(), &headers));
    assert!(response.headers.contains(&("retry-after", "1".into())));
    assert!(response.headers.contains(&("cache-control", "no-store".into())));
}

#[test]
fn two_creators_at_once_get_the_same_room() {
    let edge = Fake::new();
    edge.create("board");
    let subject = edge.room();
    let first = edge.kv.borrow_mut().remove(&subject).unwrap().value;
    // The other's write lands between this edge's decision and its own write.
    let won = first.clone();
    *edge.before.borrow_mut() = Some(Box::new(move |flight, edge| {
        if flight == 1 {
            edge.put(&subject, won.clone(), None);
        }
    }));
    let (status, second) = edge.create("board");
    assert_eq!(status, 200);
    let first: serde_json::Value = serde_json::from_slice(&first.unwrap()).unwrap();
    assert_eq!(second["room_info"]["sid"], first["sid"]);
    assert_eq!(edge.flights.borrow().len(), 4, "look, lose, look, and whether it is over");
}

#[test]
fn foreign_data_in_the_bucket_is_our_fault_and_says_nothing() {
    let edge = Fake::new();
    edge.create("board");
    edge.put(&edge.room(), Some(b"{}".to_vec()), None);
    refused(&edge.create("board"), 500, "INTERNAL_SERVER_ERROR");
}
