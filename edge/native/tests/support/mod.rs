//! A real nats-server in operator mode with the roles' own permissions, an edge on it, a media
//! node that answers, and a browser by hand.

mod nats;

pub use nats::Nats;

use async_nats::Client;
use conclave_edge_core::settings::{Settings, StartPage};
use conclave_edge_native::{CONNECTIONS_PER_PEER, Config, EdgeError, run};
use conclave_protocol::encoding::{base64url, body_signature, hex};
use conclave_protocol::event::{Publishing, Slots, Snapshot};
use conclave_protocol::ids::NodeId;
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::node::{Dating, JoinedAtNode, NodeReply, NodeRequest, Standing};
use conclave_protocol::proof;
use conclave_protocol::roles::{BusRole, RoomRole};
use conclave_protocol::settings::Rules;
use ed25519_dalek::{Signer, SigningKey};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const SECRET: &str = "a secret of an application";

pub struct Edge {
    pub address: SocketAddr,
    pub stop: oneshot::Sender<()>,
    pub ended: JoinHandle<Result<(), EdgeError>>,
}

pub fn settings(nats: &Nats) -> Settings {
    Settings {
        deployment: "test".into(),
        token_seed: base64url(&[1; 32]),
        secret: base64url(&[2; 32]),
        rooms_account: nats.rooms_account(),
        participant_seed: nats.role_seed(BusRole::Participant),
        moderator_seed: nats.role_seed(BusRole::Moderator),
        waiting_seed: nats.role_seed(BusRole::Waiting),
        grant_seed: base64url(&[7; 32]),
        retired_token_keys: Vec::new(),
        history: false,
        nats_ws_urls: vec!["ws://127.0.0.1:9".into()],
        api_keys: [("app".to_owned(), SECRET.to_owned())].into(),
        start_page: Some(StartPage { api_key: "start".into(), max_rooms: 3 }),
        join_token_seconds: 600,
    }
}

pub async fn edge(nats: &Nats, web: Option<PathBuf>) -> Edge {
    edge_with(nats, web, settings(nats)).await
}

pub async fn edge_with(nats: &Nats, web: Option<PathBuf>, settings: Settings) -> Edge {
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        nats: nats.user(BusRole::Edge, None),
        web,
        connections_per_peer: CONNECTIONS_PER_PEER,
        settings,
    };
    let (stop, stopped) = oneshot::channel();
    let (ready, address) = oneshot::channel();
    let ended =
        tokio::spawn(run(config, move |address| ready.send(address).unwrap(), async move {
            drop(stopped.await)
        }));
    Edge { address: address.await.unwrap(), stop, ended }
}

/// A media node that takes everybody in; registered for `ttl` seconds.
pub async fn node(nats: &Nats, id: &str, ttl: u64) -> Client {
    let id = NodeId::parse(id).unwrap();
    let client = nats.connect(BusRole::NodeCtrl, Some(&id)).await;
    let record = json!({
        "region": "r", "load": 0.1, "participants": 0, "rooms": 0, "draining": false, "version": "1",
    });
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("Nats-TTL", format!("{ttl}s").as_str());
    let subject = format!("$KV.nodes.{id}");
    client.request_with_headers(subject, headers, record.to_string().into()).await.unwrap();
    let mut requests = client.subscribe(format!("node.{id}.req")).await.unwrap();
    let answering = client.clone();
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let reply = reply(&serde_json::from_slice(&request.payload).unwrap());
            let reply = serde_json::to_vec(&reply).unwrap();
            answering.publish(request.reply.unwrap(), reply.into()).await.unwrap();
        }
    });
    client.flush().await.unwrap();
    client
}

fn reply(request: &NodeRequest) -> NodeReply {
    match request {
        NodeRequest::Join(join) => NodeReply::Joined(Box::new(JoinedAtNode {
            answer: "v=0".into(),
            role: join.joiner.role,
            media: Publishing::default(),
            dating: Dating { after: 0, until: u64::MAX },
            snapshot: Snapshot {
                epoch: 1,
                seq: 1,
                page: 0,
                pages: 1,
                people: Vec::new(),
                rules: Rules::default(),
                ends_in: None,
            },
            slots: Slots { version: 1, slots: Vec::new() },
        })),
        NodeRequest::Renew { .. } | NodeRequest::Standing { .. } => NodeReply::Member(Standing {
            role: RoomRole::Participant,
            waiting: false,
            epoch: 1,
            dating: Dating { after: 0, until: u64::MAX },
        }),
        NodeRequest::Leave { .. } | NodeRequest::End { .. } | NodeRequest::RevokeInvite { .. } => {
            NodeReply::Done
        }
    }
}

/// An answer over HTTP.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    #[track_caller]
    pub fn refused(&self, status: u16, word: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        let body = self.json();
        assert_eq!((&body["status"], &body["status_code"]), (&json!(false), &json!(word)));
        assert!(self.head.contains("cache-control: no-store"), "{}", self.head);
    }
}

/// Sends bytes and reads until the edge closes.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut all = Vec::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut all))
        .await
        .unwrap()
        .unwrap();
    let text = String::from_utf8(all).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).unwrap_or_default().parse().unwrap_or(0);
    Answer { status, head: head.to_ascii_lowercase(), body: body.into() }
}

pub async fn get(address: SocketAddr, path: &str) -> Answer {
    let text = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    raw(address, text.as_bytes()).await
}

pub async fn post(address: SocketAddr, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
    let mut text = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    raw(address, format!("{text}\r\n{body}").as_bytes()).await
}

pub async fn api(address: SocketAddr, path: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let signature = hex(&body_signature(SECRET.as_bytes(), body.as_bytes()));
    post(address, path, &body, &[("API-KEY", "app"), ("HASH-SIGNATURE", &signature)]).await
}

pub async fn create(address: SocketAddr, room: &str) -> Answer {
    let metadata = json!({ "room_title": "Title", "room_features": {} });
    api(address, "/auth/room/create", &json!({ "room_id": room, "metadata": metadata })).await
}

pub async fn token(address: SocketAddr, room: &str) -> Answer {
    let body = json!({ "room_id": room, "user_info": { "name": "Ada", "user_id": "u1" } });
    api(address, "/auth/room/getJoinToken", &body).await
}

/// Posts with a proof of the device key of `seed`.
pub async fn prove(address: SocketAddr, seed: u8, path: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let key = SigningKey::from_bytes(&[seed; 32]);
    let time = now();
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).unwrap();
    let nonce = base64url(&nonce);
    let text = proof::message("POST", path, body.as_bytes(), time, &nonce);
    let signature = base64url(&key.sign(text.as_bytes()).to_bytes());
    let public = base64url(key.verifying_key().as_bytes());
    let value = format!("v1.{public}.{time}.{nonce}.{signature}");
    post(address, path, &body, &[(proof::HEADER, &value)]).await
}

pub async fn join(address: SocketAddr, seed: u8, token: &Value) -> Answer {
    let bus_key = NatsKey::from_random(KeyKind::User, [seed; 32]).public();
    let body = json!({ "token": token, "bus_key": bus_key, "offer": "v=0" });
    prove(address, seed, "/v1/join", &body).await
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
