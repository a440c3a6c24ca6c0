//! A real nats-server on a configuration as `up` writes it, and connections in every role.
#![allow(dead_code, missing_docs)] // Each test file uses its own part.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Tests fail by panicking.

pub mod credentials;
pub mod gate;
pub mod leaf;
pub mod up;
pub mod wasm_edge;

use async_nats::{AuthError, Client, ConnectError, ConnectOptions, HeaderMap, Request};
use conclave::addresses::{Addresses, Wishes};
use conclave::children::{Readiness, Running, Spec, start};
use conclave::keys::Keys;
use conclave::ports::{Named, choose};
use conclave::progress::Progress;
use conclave::{accounts, configs, nats_server, random};
use conclave_protocol::ids::{NodeId, Pid, Sid};
use conclave_protocol::nats_jwt::{self, Tags};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::roles::{Account, BusRole};
use conclave_protocol::service::BusUser;
use futures_util::StreamExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, timeout};

pub const PATIENCE: Duration = Duration::from_secs(5);

pub struct Bus {
    pub dir: TempDir,
    pub keys: Keys,
    pub addresses: Addresses,
    pub program: PathBuf,
    config: PathBuf,
    nats: Option<Running>,
}

/// A connection and what the server said against it.
pub struct Connected {
    pub client: Client,
    errors: Mutex<mpsc::UnboundedReceiver<String>>,
}

pub fn sid(n: u8) -> Sid {
    Sid::from_random([n; 16])
}

pub fn pid(n: u8) -> Pid {
    Pid::from_hash(&[n; 32])
}

pub fn node(n: u8) -> NodeId {
    NodeId::parse(&format!("n{n}")).unwrap()
}

impl Bus {
    pub async fn start() -> Self {
        Self::start_as(|_| Wishes::default()).await
    }

    /// The same as an operator wishes, who may have files in the state folder.
    pub async fn start_as(wishes: impl FnOnce(&Path) -> Wishes) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cache = conclave_tools::cache_dir().expect("HOME is set");
        let program = nats_server::obtain(None, &cache, Progress::default()).await.unwrap();
        let listen = Some("127.0.0.1:0".parse().unwrap());
        let wishes = Wishes { listen, ..wishes(dir.path()) };
        let ports = choose(&wishes, Named::default(), dir.path()).unwrap();
        let addresses = wishes.resolve(ports);
        let keys = Keys::load_or_make(dir.path()).unwrap();
        let config = configs::write_nats(dir.path(), &keys, &addresses, random::now()).unwrap();
        let mut bus = Self { dir, keys, addresses, program, config, nats: None };
        bus.run().await;
        bus
    }

    pub async fn run(&mut self) {
        let spec = Spec {
            env: Vec::new(),
            name: "nats",
            program: self.program.clone(),
            args: vec!["-c".into(), self.config.clone().into()],
            readiness: Readiness::Nats(self.addresses.nats),
            log: self.dir.path().join("nats.log"),
        };
        self.nats = Some(start(&spec, |_| Ok(())).await.unwrap());
    }

    /// As a power failure would.
    pub async fn kill(&mut self) {
        self.nats.take().unwrap().stop(Instant::now()).await;
    }

    pub fn url(&self) -> String {
        format!("nats://{}", self.addresses.nats)
    }

    pub fn service(&self, role: BusRole, tags: &Tags<'_>) -> BusUser {
        accounts::service(&self.keys, role, tags, &self.url(), random::now()).unwrap()
    }

    pub async fn connect_service(&self, role: BusRole, tags: &Tags<'_>, inbox: &str) -> Connected {
        let user = self.service(role, tags);
        connect(&user.url, &user.jwt, NatsKey::from_seed(&user.seed).unwrap(), inbox).await.unwrap()
    }

    /// A person's credential as an edge mints it, and a connection by WebSocket with it.
    pub async fn connect_person(&self, role: BusRole, room: u8, of: u8, person: u8) -> Connected {
        let (jwt, key) = self.person(role, room, of, person, random::now() + 600);
        connect(&self.addresses.nats_ws_url, &jwt, key, "_INBOX").await.unwrap()
    }

    pub fn person(
        &self,
        role: BusRole,
        room: u8,
        of: u8,
        person: u8,
        expires: u64,
    ) -> (String, NatsKey) {
        assert_eq!(role.account(), Account::Rooms);
        let key = NatsKey::from_random(KeyKind::User, random::bytes().unwrap());
        let tags = Tags::Person { room: &sid(room), node: &node(of), pid: &pid(person) };
        let scope = self.keys.scope(role).unwrap().key();
        let account = self.keys.rooms.public();
        let now = random::now();
        (nats_jwt::user(scope, &account, &key.public(), &tags, now, Some(expires)), key)
    }
}

pub async fn connect(
    url: &str,
    jwt: &str,
    key: NatsKey,
    inbox: &str,
) -> Result<Connected, ConnectError> {
    connect_with(ConnectOptions::new(), url, jwt, key, inbox).await
}

/// The same with what `options` say of TLS.
pub async fn connect_with(
    options: ConnectOptions,
    url: &str,
    jwt: &str,
    key: NatsKey,
    inbox: &str,
) -> Result<Connected, ConnectError> {
    let (said, errors) = mpsc::unbounded_channel();
    let key = Arc::new(key);
    let client = options
        .jwt(jwt.to_owned(), move |nonce| {
            let key = Arc::clone(&key);
            async move { Ok::<_, AuthError>(key.sign(&nonce).to_vec()) }
        })
        .custom_inbox_prefix(inbox)
        .request_timeout(Some(PATIENCE))
        .event_callback(move |event| {
            let _ = said.send(event.to_string().to_lowercase());
            async {}
        })
        .connect(url)
        .await?;
    Ok(Connected { client, errors: Mutex::new(errors) })
}

impl Connected {
    /// Waits until the server refuses `subject` by name.
    pub async fn refused(&self, verb: &str, subject: &str) {
        let expected = format!("permissions violation for {verb} to \"{subject}\"").to_lowercase();
        let mut errors = self.errors.lock().await;
        let found = async {
            while let Some(error) = errors.recv().await {
                if error.contains(&expected) {
                    return;
                }
            }
        };
        timeout(PATIENCE, found)
            .await
            .unwrap_or_else(|_| panic!("{verb} to {subject} was allowed"));
    }

    pub async fn may_not_publish(&self, subject: &str) {
        self.client.publish(subject.to_owned(), "x".into()).await.unwrap();
        self.client.flush().await.unwrap();
        self.refused("publish", subject).await;
    }

    pub async fn may_not_subscribe(&self, subject: &str) {
        let _subscriber = self.client.subscribe(subject.to_owned()).await.unwrap();
        self.client.flush().await.unwrap();
        self.refused("subscription", subject).await;
    }

    pub async fn may_not_queue(&self, subject: &str) {
        let group = "q".to_owned();
        let _subscriber = self.client.queue_subscribe(subject.to_owned(), group).await.unwrap();
        self.client.flush().await.unwrap();
        self.refused("subscription", subject).await;
    }

    /// Publishes on `subject`, which `listener` is to hear on `filter`.
    pub async fn reaches(&self, listener: &Self, filter: &str, subject: &str) {
        let mut subscriber = listener.client.subscribe(filter.to_owned()).await.unwrap();
        listener.client.flush().await.unwrap();
        // A flush is answered by the server in order, so the subscription stands.
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.client.publish(subject.to_owned(), "x".into()).await.unwrap();
        self.client.flush().await.unwrap();
        let message = timeout(PATIENCE, subscriber.next()).await;
        let message = message.unwrap_or_else(|_| panic!("nothing arrived on {filter}")).unwrap();
        assert_eq!(message.subject.as_str(), subject);
    }

    /// A JetStream write; the answer as JSON.
    pub async fn put(&self, subject: &str, headers: &[(&str, &str)]) -> serde_json::Value {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, *value);
        }
        let request = Request::new().headers(map).payload("v".into());
        let answer = self.client.send_request(subject.to_owned(), request).await.unwrap();
        serde_json::from_slice(&answer.payload).unwrap()
    }

    /// A JetStream request; the answer as JSON.
    pub async fn ask(&self, subject: &str, body: &str) -> serde_json::Value {
        let answer = self.client.request(subject.to_owned(), body.to_owned().into()).await.unwrap();
        serde_json::from_slice(&answer.payload).unwrap()
    }
}
