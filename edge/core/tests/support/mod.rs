//! A platform in memory: a small KV with revisions, times to live and markers, media nodes that
//! answer as a test says, and a count of flights. And a browser that signs as one does.

use conclave_edge_core::handle;
use conclave_edge_core::http::{Request, Response};
use conclave_edge_core::keys::Keys;
use conclave_edge_core::platform::{
    BusError, BusOp, BusReply, Entry, NoRandomness, Node, Platform,
};
use conclave_edge_core::settings::{Settings, StartPage};
use conclave_protocol::bucket::{HISTORY, READY, ROOMS};
use conclave_protocol::encoding::{base64url, body_signature, hex};
use conclave_protocol::event::{Publishing, Slots, Snapshot};
use conclave_protocol::grant::GrantKey;
use conclave_protocol::ids::{NodeId, RoomKey};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::node::{
    Dating, JoinedAtNode, NodeRecord, NodeReply, NodeRequest, Refusal, RoomRecord, Standing,
};
use conclave_protocol::proof;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::Rules;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

pub const API_KEY: &str = "app";
pub const API_SECRET: &str = "a secret of an application";
/// An owner that revoked nothing.
pub const ANY_DATE: Dating = Dating { after: 0, until: u64::MAX };
pub const NOW: u64 = 1_800_000_000;

pub fn settings() -> Settings {
    let account = |byte| NatsKey::from_random(KeyKind::Account, [byte; 32]);
    Settings {
        deployment: "test".into(),
        token_seed: base64url(&[1; 32]),
        secret: base64url(&[2; 32]),
        rooms_account: account(3).public(),
        participant_seed: account(4).seed(),
        moderator_seed: account(5).seed(),
        waiting_seed: account(6).seed(),
        grant_seed: base64url(&[7; 32]),
        retired_token_keys: Vec::new(),
        history: true,
        nats_ws_urls: vec!["ws://127.0.0.1:1".into()],
        api_keys: [(API_KEY.to_owned(), API_SECRET.to_owned())].into(),
        start_page: Some(StartPage { api_key: "start".into(), max_rooms: 3 }),
        join_token_seconds: 600,
    }
}

pub struct Stored {
    pub revision: u64,
    pub value: Option<Vec<u8>>,
    pub expires: Option<u64>,
}

type Answers = Box<dyn FnMut(&NodeId, NodeRequest) -> Result<NodeReply, BusError>>;
type Before = Box<dyn FnMut(usize, &Fake)>;

pub struct Fake {
    pub keys: Keys,
    pub now: Cell<u64>,
    pub kv: RefCell<BTreeMap<String, Stored>>,
    pub nodes: RefCell<Vec<Node>>,
    pub answers: RefCell<Answers>,
    pub flights: RefCell<Vec<Vec<BusOp>>>,
    pub failure: Cell<Option<BusError>>,
    /// False while a fresh bucket `rooms` is being filled again.
    pub ready: Cell<bool>,
    pub before: RefCell<Option<Before>>,
    random: Cell<u64>,
    revision: Cell<u64>,
}

impl Fake {
    pub fn new() -> Self {
        Self::with(&settings())
    }

    pub fn with(settings: &Settings) -> Self {
        Self {
            keys: Keys::parse(settings).unwrap(),
            now: Cell::new(NOW),
            kv: RefCell::default(),
            nodes: RefCell::new(vec![node("n1", 0.1)]),
            answers: RefCell::new(Box::new(|_, request| Ok(takes_in(request)))),
            flights: RefCell::default(),
            failure: Cell::new(None),
            ready: Cell::new(true),
            before: RefCell::new(None),
            random: Cell::new(0),
            revision: Cell::new(0),
        }
    }

    pub fn put(&self, subject: &str, value: Option<Vec<u8>>, expires: Option<u64>) -> u64 {
        self.revision.set(self.revision.get() + 1);
        let stored = Stored { revision: self.revision.get(), value, expires };
        self.kv.borrow_mut().insert(subject.to_owned(), stored);
        self.revision.get()
    }

    /// What has expired becomes a marker with a revision of its own, as on a real server.
    fn expire(&self) {
        let now = self.now.get();
        let over: Vec<String> = {
            let kv = self.kv.borrow();
            let over = kv.iter().filter(|(_, s)| s.expires.is_some_and(|at| at <= now));
            over.map(|(key, _)| key.clone()).collect()
        };
        for key in over {
            self.put(&key, None, None);
        }
    }

    fn carry(&self, operation: &BusOp) -> Result<BusReply, BusError> {
        match operation {
            BusOp::Get { bucket, key } if *bucket == ROOMS && key == READY => {
                let value = self.ready.get().then(Vec::new);
                Ok(BusReply::Entry(Entry { revision: value.is_some().into(), value }))
            }
            BusOp::Get { bucket, key } => {
                let kv = self.kv.borrow();
                let entry = kv
                    .get(&bucket.subject(key))
                    .map(|s| Entry { revision: s.revision, value: s.value.clone() });
                Ok(BusReply::Entry(entry.unwrap_or_default()))
            }
            BusOp::Put { bucket, key, value, expected, ttl } => {
                let subject = bucket.subject(key);
                let last = self.kv.borrow().get(&subject).map_or(0, |s| s.revision);
                if last != *expected || (bucket.write_once && last != 0) {
                    return Err(BusError::Conflict);
                }
                let expires = ttl.map(|seconds| self.now.get() + seconds);
                Ok(BusReply::Written(self.put(&subject, Some(value.clone()), expires)))
            }
            BusOp::Delete { bucket, key, expected, .. } => {
                let subject = bucket.subject(key);
                let last = self.kv.borrow().get(&subject).map_or(0, |s| s.revision);
                if last != *expected || bucket.write_once {
                    return Err(BusError::Conflict);
                }
                Ok(BusReply::Written(self.put(&subject, None, None)))
            }
            BusOp::Past { room } => {
                let prefix = HISTORY.subject(&format!("{room}."));
                let kv = self.kv.borrow();
                let values = kv.iter().filter(|(key, _)| key.starts_with(&prefix));
                let courses = values.filter_map(|(_, stored)| {
                    serde_json::from_slice(stored.value.as_deref()?).ok()
                });
                Ok(BusReply::Past(courses.collect()))
            }
            BusOp::Nodes => Ok(BusReply::Nodes(self.nodes.borrow().clone())),
            BusOp::Request { subject, payload } => {
                let id = subject.strip_prefix("node.").and_then(|s| s.strip_suffix(".req"));
                let id = NodeId::parse(id.unwrap()).unwrap();
                let request = serde_json::from_slice(payload).unwrap();
                let reply = (self.answers.borrow_mut())(&id, request)?;
                Ok(BusReply::Answer(serde_json::to_vec(&reply).unwrap()))
            }
        }
    }

    pub fn send(&self, request: &Request) -> Response {
        self.flights.borrow_mut().clear();
        now_or_never(handle(self, request))
    }

    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        read(&self.send(&request(path, body.to_string().as_bytes(), &[])))
    }

    pub fn api(&self, path: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let signature = hex(&body_signature(API_SECRET.as_bytes(), body.as_bytes()));
        let headers = [("api-key", API_KEY), ("hash-signature", signature.as_str())];
        read(&self.send(&request(path, body.as_bytes(), &headers)))
    }

    pub fn create(&self, room: &str) -> (u16, Value) {
        let metadata = json!({ "room_title": "Title", "room_features": {} });
        self.api("/auth/room/create", &json!({ "room_id": room, "metadata": metadata }))
    }

    pub fn token(&self, room: &str, admin: bool) -> String {
        let person = json!({ "name": "Ada", "user_id": "u1", "is_admin": admin });
        let body = json!({ "room_id": room, "user_info": person });
        let (status, answer) = self.api("/auth/room/getJoinToken", &body);
        assert_eq!(status, 200, "{answer}");
        answer["token"].as_str().unwrap().to_owned()
    }

    /// The only room's subject.
    pub fn room(&self) -> String {
        let kv = self.kv.borrow();
        let mut rooms = kv.keys().filter(|k| k.starts_with("$KV.rooms.") && !k.contains("start"));
        rooms.next().unwrap().clone()
    }

    /// Makes a node the only room's owner, with an edge's grant.
    pub fn claim(&self, node: &str) {
        self.edit_room(|record| {
            record["node"] = json!(node);
            record["epoch"] = json!(1);
        });
    }

    /// Changes the only room's record, with an edge's grant.
    pub fn edit_room(&self, edit: impl FnOnce(&mut Value)) {
        let room = RoomKey::parse(self.room().strip_prefix("$KV.rooms.").unwrap()).unwrap();
        self.forge_room(|record| {
            edit(record);
            let read: RoomRecord = serde_json::from_value(record.clone()).unwrap();
            record["grant"] = json!(read.grant_by(&room, &GrantKey::from_seed([7; 32])));
        });
    }

    /// Changes the only room's record.
    pub fn forge_room(&self, edit: impl FnOnce(&mut Value)) {
        let subject = self.room();
        let value = self.kv.borrow()[&subject].value.clone().unwrap();
        let mut record: Value = serde_json::from_slice(&value).unwrap();
        edit(&mut record);
        self.put(&subject, Some(record.to_string().into_bytes()), None);
    }
}

impl Platform for Fake {
    fn now(&self) -> u64 {
        self.now.get()
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        self.random.set(self.random.get() + 1);
        let mut bytes = [0; N];
        for (to, from) in bytes.iter_mut().zip(self.random.get().to_le_bytes()) {
            *to = from;
        }
        Ok(bytes)
    }

    fn keys(&self) -> &Keys {
        &self.keys
    }

    async fn flight(&self, operations: Vec<BusOp>) -> Vec<Result<BusReply, BusError>> {
        let count = self.flights.borrow().len();
        let before = self.before.borrow_mut().take();
        if let Some(mut before) = before {
            before(count, self);
            *self.before.borrow_mut() = Some(before);
        }
        self.expire();
        self.flights.borrow_mut().push(operations.clone());
        operations
            .iter()
            .map(|operation| match self.failure.get() {
                Some(error) => Err(error),
                None => self.carry(operation),
            })
            .collect()
    }
}

pub fn node(id: &str, load: f32) -> Node {
    let record = NodeRecord {
        region: "r".into(),
        load,
        participants: 0,
        rooms: 0,
        draining: false,
        version: "1".into(),
    };
    (NodeId::parse(id).unwrap(), record)
}

pub fn takes_in(request: NodeRequest) -> NodeReply {
    match request {
        NodeRequest::Join(join) => NodeReply::Joined(Box::new(JoinedAtNode {
            answer: "v=0".into(),
            role: join.joiner.role,
            media: Publishing::default(),
            dating: ANY_DATE,
            snapshot: Snapshot {
                epoch: 1,
                seq: 1,
                page: 0,
                pages: 1,
                people: Vec::new(),
                rules: Rules::default(),
                encryption: join.record.settings.encryption,
                ends_in: None,
            },
            slots: Slots { version: 1, slots: Vec::new() },
        })),
        NodeRequest::Renew { .. } | NodeRequest::Standing { .. } => {
            NodeReply::Member(stands(RoomRole::Moderator))
        }
        NodeRequest::Leave { .. } | NodeRequest::End { .. } | NodeRequest::RevokeInvite { .. } => {
            NodeReply::Done
        }
        // As the owner of a room that is not encrypted, to a moderator.
        NodeRequest::Service { .. } => NodeReply::Refused { reason: Refusal::NoService },
    }
}

pub fn stands(role: RoomRole) -> Standing {
    Standing { role, waiting: false, epoch: 1, dating: ANY_DATE }
}

pub fn request(path: &str, body: &[u8], headers: &[(&str, &str)]) -> Request {
    Request {
        method: "POST".into(),
        path: path.into(),
        headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        body: body.to_vec(),
    }
}

pub fn read(response: &Response) -> (u16, Value) {
    (response.status, serde_json::from_slice(&response.body).unwrap())
}

static NONCE: AtomicU64 = AtomicU64::new(1);

/// A browser with its device key.
pub struct Device {
    key: SigningKey,
}

impl Device {
    pub fn new(seed: u8) -> Self {
        Self { key: SigningKey::from_bytes(&[seed; 32]) }
    }

    pub fn sign(&self, path: &str, body: &Value, time: u64) -> Request {
        let body = body.to_string();
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&NONCE.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        let nonce = base64url(&nonce);
        let text = proof::message("POST", path, body.as_bytes(), time, &nonce);
        let signature = base64url(&self.key.sign(text.as_bytes()).to_bytes());
        let key = base64url(self.key.verifying_key().as_bytes());
        let value = format!("v1.{key}.{time}.{nonce}.{signature}");
        request(path, body.as_bytes(), &[(proof::HEADER, &value)])
    }

    pub fn post(&self, edge: &Fake, path: &str, body: &Value) -> (u16, Value) {
        read(&edge.send(&self.sign(path, body, edge.now.get())))
    }

    pub fn join(&self, edge: &Fake, token: &str) -> (u16, Value) {
        self.post(
            edge,
            "/v1/join",
            &json!({
                "token": token, "bus_key": bus_key(), "offer": "v=0",
            }),
        )
    }
}

pub fn bus_key() -> String {
    NatsKey::from_random(KeyKind::User, [9; 32]).public()
}

/// The fake's futures never wait.
pub fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the fake bus never waits"),
    }
}

/// Asserts the shape and words of a refusal.
#[track_caller]
pub fn refused(answer: &(u16, Value), status: u16, word: &str) {
    assert_eq!(answer.0, status, "{}", answer.1);
    assert_eq!(answer.1["status"], false);
    assert_eq!(answer.1["status_code"], word, "{}", answer.1);
    assert!(answer.1["msg"].as_str().is_some_and(|msg| !msg.is_empty()));
}
