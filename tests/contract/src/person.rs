//! An application's and a person's requests by hand.

use crate::edges::SECRET;
use crate::http::{Answer, post};
use conclave_protocol::encoding::{base64url, body_signature, hex};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::proof;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

/// Posts as the application `app`.
pub async fn api(address: SocketAddr, path: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let signature = hex(&body_signature(SECRET.as_bytes(), body.as_bytes()));
    post(address, path, &body, &[("API-KEY", "app"), ("HASH-SIGNATURE", &signature)]).await
}

/// Makes a room.
pub async fn create(address: SocketAddr, room: &str) -> Answer {
    let metadata = json!({ "room_title": "Title", "room_features": {} });
    api(address, "/auth/room/create", &json!({ "room_id": room, "metadata": metadata })).await
}

/// Asks for a participant's join token.
pub async fn token(address: SocketAddr, room: &str) -> Answer {
    let body = json!({ "room_id": room, "user_info": { "name": "Ada", "user_id": "u1" } });
    api(address, "/auth/room/getJoinToken", &body).await
}

/// A proof of the device key of `seed`, made at `time`.
#[must_use]
pub fn proof_at(time: u64, seed: u8, path: &str, body: &str) -> String {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).unwrap();
    let nonce = base64url(&nonce);
    let text = proof::message("POST", path, body.as_bytes(), time, &nonce);
    let signature = base64url(&key.sign(text.as_bytes()).to_bytes());
    let public = base64url(key.verifying_key().as_bytes());
    format!("v1.{public}.{time}.{nonce}.{signature}")
}

/// Posts with a proof of the device key of `seed`.
pub async fn prove(address: SocketAddr, seed: u8, path: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let value = proof_at(now(), seed, path, &body);
    post(address, path, &body, &[(proof::HEADER, &value)]).await
}

/// The bus key that belongs to the device of `seed`.
#[must_use]
pub fn bus_key(seed: u8) -> String {
    NatsKey::from_random(KeyKind::User, [seed; 32]).public()
}

/// What the device of seed 1 posts to come back, to renew and to leave.
#[must_use]
pub fn body_of(joined: &Value) -> Value {
    json!({ "session": joined["session"], "offer": "v=0", "bus_key": bus_key(1) })
}

/// Joins with the device key of `seed`.
pub async fn join(address: SocketAddr, seed: u8, token: &Value) -> Answer {
    let body = json!({ "token": token, "bus_key": bus_key(seed), "offer": "v=0" });
    prove(address, seed, "/v1/join", &body).await
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
