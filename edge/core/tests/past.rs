//! Past rooms, the end of rooms, and the keys that tokens are verified with.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use conclave_edge_core::settings::RetiredKey;
use conclave_protocol::bucket::HISTORY;
use conclave_protocol::encoding::{base64url, body_signature, from_base64url, hex};
use conclave_protocol::history::{Course, Stay};
use conclave_protocol::ids::{Sid, UserId};
use conclave_protocol::node::{NodeReply, Refusal};
use serde_json::{Value, json};
use support::{Device, Fake, read, refused, request, settings};

fn get(edge: &Fake, path: &str) -> (u16, Value) {
    let mut get = request(path, b"", &[]);
    get.method = "GET".into();
    read(&edge.send(&get))
}

/// Keeps a course of the only room.
fn keep(edge: &Fake, life: u8, ended: u64) -> Sid {
    let sid = Sid::from_random([life; 16]);
    let stay = Stay { user: UserId::parse("u1").unwrap(), joined: 1, left: 9, spoke: 3 };
    let course = Course { sid: sid.clone(), began: 1, ended, stays: vec![stay], more: 0 };
    let room = edge.room().strip_prefix("$KV.rooms.").unwrap().to_owned();
    let subject = HISTORY.subject(&format!("{room}.{sid}"));
    edge.put(&subject, Some(serde_json::to_vec(&course).unwrap()), None);
    sid
}

#[test]
fn an_application_fetches_the_courses_of_its_own_rooms() {
    let edge = Fake::new();
    edge.create("board");
    let sids = [keep(&edge, 1, 10), keep(&edge, 2, 20), keep(&edge, 3, 30)];
    let (status, all) =
        edge.api("/auth/analytics/fetch", &json!({ "room_ids": ["board", "none"] }));
    assert_eq!(status, 200, "{all}");
    let list = all["result"]["analytics_list"].as_array().unwrap();
    assert_eq!(list.len(), 3);
    assert!(list[0]["file_id"].as_str().unwrap().ends_with(sids[2].as_str()), "the newest first");
    let page = json!({ "room_ids": ["board"], "from": 1, "limit": 1, "order_by": "ASC" });
    let (_, page) = edge.api("/auth/analytics/fetch", &page);
    let list = page["result"]["analytics_list"].as_array().unwrap();
    assert_eq!((list.len(), &page["result"]["total_analytics"]), (1, &json!("3")));
    let file = list[0]["file_id"].clone();
    let (_, answer) = edge.api("/auth/analytics/getDownloadToken", &json!({ "file_id": file }));
    let token = answer["token"].as_str().unwrap();
    let (status, course) = get(&edge, &format!("/download/analytics/{token}"));
    assert_eq!((status, &course["sid"]), (200, &json!(sids[1])));
    assert_eq!(course["stays"][0]["spoke"], 3);
    edge.now.set(edge.now.get() + 301);
    let late = get(&edge, &format!("/download/analytics/{token}"));
    refused(&late, 401, "INVALID_TOKEN_OR_SIGNATURE");
}

#[test]
fn no_application_reaches_anothers_courses() {
    let mut settings = settings();
    settings.api_keys.insert("other".into(), "a secret of another one".into());
    let edge = Fake::with(&settings);
    edge.create("board");
    keep(&edge, 1, 10);
    let (_, all) = edge.api("/auth/analytics/fetch", &json!({ "room_ids": ["board"] }));
    let file = json!({ "file_id": all["result"]["analytics_list"][0]["file_id"] });
    let ask = |path: &str, body: &Value| {
        let body = body.to_string();
        let signature = hex(&body_signature(b"a secret of another one", body.as_bytes()));
        let headers = [("api-key", "other"), ("hash-signature", signature.as_str())];
        read(&edge.send(&request(path, body.as_bytes(), &headers)))
    };
    let (_, none) = ask("/auth/analytics/fetch", &json!({ "room_ids": ["board"] }));
    assert_eq!(none["result"]["analytics_list"], json!([]));
    let theirs = ask("/auth/analytics/getDownloadToken", &file);
    refused(&theirs, 404, "NOT_FOUND");
    let absent = ask("/auth/analytics/getDownloadToken", &json!({ "file_id": "x" }));
    assert_eq!(theirs, absent);
}

#[test]
fn an_operator_who_keeps_nothing_has_nothing() {
    let mut settings = settings();
    settings.history = false;
    let edge = Fake::with(&settings);
    edge.create("board");
    keep(&edge, 1, 10);
    let (status, all) = edge.api("/auth/analytics/fetch", &json!({ "room_ids": ["board"] }));
    assert_eq!((status, &all["result"]["total_analytics"]), (200, &json!("0")));
}

#[test]
fn an_application_ends_its_room() {
    let edge = Fake::new();
    let end = || edge.api("/auth/room/endRoom", &json!({ "room_id": "board" }));
    refused(&end(), 404, "ROOM_NOT_ACTIVE");
    edge.create("board");
    assert_eq!(end().0, 200, "nobody has come yet: the record goes");
    refused(&end(), 404, "ROOM_NOT_ACTIVE");
    edge.create("board");
    edge.claim("n1");
    assert_eq!(end().0, 200);
    let reason = Refusal::RoomEnded;
    *edge.answers.borrow_mut() = Box::new(move |_, _| Ok(NodeReply::Refused { reason }));
    refused(&end(), 404, "ROOM_NOT_ACTIVE");
}

#[test]
fn a_retired_key_verifies_until_its_time_and_signs_nothing() {
    let before = Fake::new();
    before.create("board");
    let token = before.token("board", false);
    let mut rotated = settings();
    rotated.token_seed = base64url(&[11; 32]);
    let public = ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes();
    let until = support::NOW + 100;
    rotated.retired_token_keys = vec![RetiredKey { public: base64url(&public), until }];
    let after = Fake::with(&rotated);
    let subject = before.room();
    let value = before.kv.borrow()[&subject].value.clone();
    after.put(&subject, value, None);
    assert_eq!(Device::new(1).join(&after, &token).0, 200);
    let (_, set) = get(&after, "/.well-known/jwks.json");
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
    let kid = |token: &str| {
        let header = from_base64url(token.split('.').next().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
    };
    assert_eq!(kid(&after.token("board", false)), set["keys"][0]["kid"], "the new one signs");
    after.now.set(until);
    refused(&Device::new(1).join(&after, &token), 401, "INVALID_TOKEN_OR_SIGNATURE");
    let (_, set) = get(&after, "/.well-known/jwks.json");
    assert_eq!(set["keys"].as_array().unwrap().len(), 1);
}
