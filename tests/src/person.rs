//! A person without a browser: what the page does over HTTP and on the bus, with a device key of
//! its own.

use crate::system::Connection;
use anyhow::{Context, Result};
use async_nats::{Client, ConnectOptions, Subscriber};
use conclave_protocol::encoding::{base64url, body_signature, hex};
use conclave_protocol::event::Publishing;
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::proof;
use conclave_protocol::session::{BusCredential, JoinedRoom, path};
use ed25519_dalek::{Signer, SigningKey};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::timeout;

/// An offer that Chromium made: three senders, three audio and nine video slots.
pub const OFFER: &str = include_str!("../../media-node/sfu/tests/fixtures/chromium-offer.sdp");

/// How long the bus may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// JSON, or `null` where it is none.
    pub json: Value,
}

impl Answer {
    /// Reads the body as `T`.
    ///
    /// # Errors
    /// Where it has another shape.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_value(self.json.clone())
            .with_context(|| format!("status {}: {}", self.status, self.json))
    }

    /// True for `{status:false,msg,status_code}` with a 4xx status.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        (400..500).contains(&self.status)
            && self.json["status"] == json!(false)
            && self.json["msg"].as_str().is_some_and(|msg| !msg.is_empty())
            && self.json["status_code"].is_string()
    }
}

/// Posts `body` as it is.
///
/// # Errors
/// Where there is no answer.
pub async fn post(url: String, headers: &[(&str, &str)], body: Vec<u8>) -> Result<Answer> {
    let mut request = reqwest::Client::new().post(url).body(body);
    request = request.header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await?;
    let status = response.status().as_u16();
    let json = serde_json::from_slice(&response.bytes().await?).unwrap_or(Value::Null);
    Ok(Answer { status, json })
}

/// Calls the REST API as an application does.
///
/// # Errors
/// Where there is no answer.
pub async fn call(connection: &Connection, route: &str, body: &Value) -> Result<Answer> {
    let body = body.to_string().into_bytes();
    let signature = hex(&body_signature(connection.api_secret.as_bytes(), &body));
    let headers = [("api-key", connection.api_key.as_str()), ("hash-signature", &signature)];
    post(format!("{}{route}", base(connection)), &headers, body).await
}

/// Makes a room and a token for somebody in it.
///
/// # Errors
/// Where either is refused.
pub async fn token(connection: &Connection, room: &str, user: &str, admin: bool) -> Result<String> {
    let metadata = json!({ "room_title": room, "room_features": {} });
    let create = json!({ "room_id": room, "metadata": metadata });
    let created = call(connection, "/auth/room/create", &create).await?;
    anyhow::ensure!(created.status == 200, "create: {created:?}");
    let user = json!({ "name": user, "user_id": user, "is_admin": admin });
    let ask = json!({ "room_id": room, "user_info": user });
    let answer = call(connection, "/auth/room/getJoinToken", &ask).await?;
    answer.json["token"].as_str().map(str::to_owned).with_context(|| format!("{answer:?}"))
}

fn base(connection: &Connection) -> &str {
    connection.url.trim_end_matches('/')
}

/// A browser profile: its device key, and the bus key of one page.
pub struct Person {
    connection: Connection,
    device: SigningKey,
    /// The page's bus key.
    pub bus: NatsKey,
}

impl Person {
    /// A device of its own for each `seed`.
    #[must_use]
    pub fn new(connection: &Connection, seed: u8) -> Self {
        Self {
            connection: connection.clone(),
            device: SigningKey::from_bytes(&[seed; 32]),
            bus: fresh_bus_key(),
        }
    }

    /// Posts with a fresh proof of the device key.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn post(&self, route: &str, body: &Value) -> Result<Answer> {
        let body = body.to_string().into_bytes();
        let proof = self.proof(route, &body);
        let url = format!("{}{route}", base(&self.connection));
        post(url, &[(proof::HEADER, &proof)], body).await
    }

    /// The header for a request.
    #[must_use]
    pub fn proof(&self, route: &str, body: &[u8]) -> String {
        self.proof_at(route, body, 0)
    }

    /// The header for a request by a clock that is `off` seconds from the right one.
    #[must_use]
    pub fn proof_at(&self, route: &str, body: &[u8], off: i64) -> String {
        let nonce = base64url(&random::<16>());
        let time = now().saturating_add_signed(off);
        let message = proof::message("POST", route, body, time, &nonce);
        let signature = base64url(&self.device.sign(message.as_bytes()).to_bytes());
        let key = base64url(self.device.verifying_key().as_bytes());
        format!("v1.{key}.{time}.{nonce}.{signature}")
    }

    /// What `join` posts.
    #[must_use]
    pub fn join_body(&self, token: &str, offer: &str) -> Value {
        let media = Publishing { microphone: true, camera: true, screen: false };
        json!({ "token": token, "bus_key": self.bus.public(), "offer": offer, "media": media })
    }

    /// The page is loaded again: the same device with another bus key.
    pub fn renew_bus_key(&mut self) {
        self.bus = fresh_bus_key();
    }

    /// The same device and page, to post from two places at once.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            connection: self.connection.clone(),
            device: self.device.clone(),
            bus: self.bus.clone(),
        }
    }

    /// Joins with [`OFFER`].
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn join(&self, token: &str) -> Result<JoinedRoom> {
        let body = self.join_body(token, OFFER);
        self.post(path::JOIN, &body).await?.read()
    }

    /// Connects to the bus.
    ///
    /// # Errors
    /// Where NATS refuses.
    pub async fn connect(&self, credential: &BusCredential) -> Result<Client> {
        let key = Arc::new(self.bus.clone());
        let options = ConnectOptions::with_jwt(credential.jwt.clone(), move |nonce| {
            let key = Arc::clone(&key);
            async move { Ok(key.sign(&nonce).to_vec()) }
        });
        let url = credential.urls.first().context("no address of the bus")?;
        Ok(timeout(PATIENCE, options.connect(url.as_str())).await.context("no bus in time")??)
    }
}

/// Never one that was used before: what was revoked stays so.
fn fresh_bus_key() -> NatsKey {
    NatsKey::from_random(KeyKind::User, random())
}

#[allow(clippy::expect_used)] // A machine without randomness runs no test.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system's randomness");
    bytes
}

/// A participant's two subscriptions: to everyone, and to itself.
///
/// # Errors
/// Where the connection is gone.
pub async fn listen(client: &Client, joined: &JoinedRoom) -> Result<(Subscriber, Subscriber)> {
    let JoinedRoom { sid, node, pid, .. } = joined;
    let all = client.subscribe(format!("room.{sid}.{node}.all.>")).await?;
    let own = client.subscribe(format!("room.{sid}.{node}.to.{pid}.>")).await?;
    timeout(PATIENCE, client.flush()).await.context("the bus takes nothing")??;
    Ok((all, own))
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
