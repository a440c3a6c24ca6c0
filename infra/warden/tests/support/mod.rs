//! A real nats-server with Conclave's three accounts, wardens on it, and connections in every role.
#![allow(dead_code, missing_docs)] // Each test file uses its own part.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Tests fail by panicking.

use async_nats::{AuthError, Client, ConnectOptions, Event, HeaderMap, Request};
use conclave_protocol::ban::{BusBan, bus_key};
use conclave_protocol::bucket::BANS;
use conclave_protocol::ids::{NodeId, Pid, Sid};
use conclave_protocol::nats_jwt::{self, AccountLimits, Tags};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::roles::{Account, BusRole};
use conclave_protocol::service::BusUser;
use conclave_warden::{Config, RoomsAccount, WardenError};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

pub const PATIENCE: Duration = Duration::from_secs(10);

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

pub struct Nats {
    dir: TempDir,
    port: u16,
    ws_port: u16,
    /// Where it meets the others of its cluster, and where they are.
    cluster: Option<(u16, Vec<u16>)>,
    child: Option<Child>,
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Nats {
    pub fn start() -> Self {
        let mut nats = Self::prepare(&[None]);
        nats.pop().unwrap()
    }

    /// Several servers that are one.
    pub fn cluster<const N: usize>() -> [Self; N] {
        let ports: Vec<Option<u16>> = free_ports(N).into_iter().map(Some).collect();
        let servers: Result<[Self; N], _> = Self::prepare(&ports).try_into();
        servers.ok().unwrap()
    }

    fn prepare(cluster: &[Option<u16>]) -> Vec<Self> {
        let ports = free_ports(2 * cluster.len());
        let routes: Vec<u16> = cluster.iter().copied().flatten().collect();
        let server = |(ports, own): (&[u16], &Option<u16>)| {
            let mut nats = Self {
                dir: tempfile::tempdir().unwrap(),
                port: ports[0],
                ws_port: ports[1],
                cluster: own.map(|own| (own, routes.clone())),
                child: None,
            };
            let config = nats.config().to_string();
            std::fs::write(nats.dir.path().join("nats.json"), config).unwrap();
            nats.run();
            nats
        };
        ports.chunks(2).zip(cluster).map(server).collect()
    }

    pub fn run(&mut self) {
        let child = Command::new(binary())
            .arg("-c")
            .arg(self.dir.path().join("nats.json"))
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("nats-server starts"));
    }

    /// As a power failure would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn config(&self) -> Value {
        let jwt = |name, account, memory| {
            let limits = AccountLimits { memory, disk: 2 * memory, connections: -1 };
            let roles: Vec<_> = scopes(account).collect();
            let public = account_key(account).public();
            let jwt = nats_jwt::account(&operator(), name, &public, limits, &roles, now());
            (public, Value::from(jwt))
        };
        let preload: serde_json::Map<_, _> = [
            jwt("SYS", Account::System, 0),
            jwt("CTRL", Account::Ctrl, 64 << 20),
            jwt("ROOMS", Account::Rooms, 0),
        ]
        .into_iter()
        .collect();
        let system = account_key(Account::System).public();
        let path = self.dir.path().join("operator.jwt");
        std::fs::write(&path, nats_jwt::operator(&operator(), &[], &system, now())).unwrap();
        let mut config = json!({
            "server_name": format!("server-{}", self.port),
            "listen": format!("127.0.0.1:{}", self.port),
            "operator": path,
            "system_account": system,
            "resolver": { "type": "full", "dir": self.dir.path().join("accounts"), "interval": "1s" },
            "resolver_preload": preload,
            "jetstream": {
                "store_dir": self.dir.path().join("js"),
                "max_memory_store": 256 << 20, "max_file_store": 512 << 20,
                "sync_interval": "always",
            },
            "websocket": { "listen": format!("127.0.0.1:{}", self.ws_port), "no_tls": true },
            "max_payload": 1 << 20,
        });
        if let Some((own, all)) = &self.cluster {
            let route = |port: &u16| format!("nats://127.0.0.1:{port}");
            config["cluster"] = json!({ "name": "test", "listen": format!("127.0.0.1:{own}"),
                "routes": all.iter().map(route).collect::<Vec<_>>() });
        }
        config
    }

    pub fn user(&self, role: BusRole, tags: &Tags<'_>) -> BusUser {
        let user = NatsKey::from_random(KeyKind::User, [80; 32]);
        let account = account_key(role.account()).public();
        let jwt = nats_jwt::user(&role_key(role), &account, &user.public(), tags, now(), None);
        BusUser { url: format!("nats://127.0.0.1:{}", self.port), jwt, seed: user.seed() }
    }

    pub fn warden(&self, name: &str) -> Config {
        Config {
            name: name.into(),
            nats: self.user(BusRole::Warden, &Tags::None),
            revoker: self.user(BusRole::Revoker, &Tags::None),
            rooms: RoomsAccount {
                operator_seed: operator().seed(),
                public: account_key(Account::Rooms).public(),
                connections: -1,
                scopes: scopes(Account::Rooms).collect(),
            },
            replicas: 1,
            history_seconds: None,
            webhooks: false,
        }
    }

    pub async fn service(&self, role: BusRole, tags: &Tags<'_>, inbox: &str) -> Client {
        let user = self.user(role, tags);
        let begun = Instant::now();
        loop {
            let key = Arc::new(NatsKey::from_seed(&user.seed).unwrap());
            let options = options(&user.jwt, key).custom_inbox_prefix(inbox);
            match options.connect(&user.url).await {
                Ok(client) => return client,
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{role:?}: {error}"),
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn node(&self) -> Client {
        let name = node();
        let inbox = conclave_protocol::subjects::node_inbox(&name);
        self.service(BusRole::NodeCtrl, &Tags::Node(&name), &inbox).await
    }

    /// A participant's connection, which does not come back by itself.
    pub async fn person(&self, key: &NatsKey, issued: u64) -> Option<Person> {
        let (sid, pid) = (Sid::from_random([1; 16]), Pid::from_hash(&[2; 32]));
        let tags = Tags::Person { room: &sid, node: &node(), pid: &pid };
        let account = account_key(Account::Rooms).public();
        let scope = role_key(BusRole::Participant);
        let until = Some(now() + 600);
        let jwt = nats_jwt::user(&scope, &account, &key.public(), &tags, issued, until);
        let (said, gone) = mpsc::unbounded_channel();
        let client = options(&jwt, Arc::new(key.clone()))
            .max_reconnects(1)
            .event_callback(move |event| {
                if matches!(event, Event::Disconnected | Event::Closed) {
                    let _ = said.send(());
                }
                async {}
            })
            .connect(format!("ws://127.0.0.1:{}", self.ws_port))
            .await
            .ok()?;
        Some(Person { _client: client, gone })
    }

    pub async fn is_refused(&self, key: &NatsKey, issued: u64) -> bool {
        self.person(key, issued).await.is_none()
    }
}

fn free_ports(count: usize) -> Vec<u16> {
    let free = || TcpListener::bind("127.0.0.1:0").unwrap();
    let listeners: Vec<TcpListener> = (0..count).map(|_| free()).collect();
    listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect()
}

pub struct Person {
    _client: Client,
    gone: mpsc::UnboundedReceiver<()>,
}

impl Person {
    /// Resolves when NATS has thrown this person out.
    pub async fn thrown_out(&mut self) {
        timeout(PATIENCE, self.gone.recv()).await.expect("still connected").unwrap();
    }

    pub fn is_connected(&mut self) -> bool {
        self.gone.try_recv().is_err()
    }
}

fn options(jwt: &str, key: Arc<NatsKey>) -> ConnectOptions {
    ConnectOptions::with_jwt(jwt.to_owned(), move |nonce| {
        let key = Arc::clone(&key);
        async move { Ok::<_, AuthError>(key.sign(&nonce).to_vec()) }
    })
    .request_timeout(Some(Duration::from_secs(2)))
}

/// A warden in this process.
pub struct Warden {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), WardenError>>,
}

impl Warden {
    /// Resolves when it is ready.
    pub async fn start(config: Config) -> Self {
        let (ready, is_ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        let ready = || ready.send(()).unwrap();
        let task = tokio::spawn(conclave_warden::run(config, ready, shutdown));
        match timeout(PATIENCE, is_ready).await.expect("the warden is not ready") {
            Ok(()) => Self { stop, task },
            Err(_) => panic!("{:?}", task.await.unwrap()),
        }
    }

    /// The same where NATS may need a while to agree on a leader.
    pub async fn start_when_possible(config: &Config) -> Self {
        let begun = Instant::now();
        loop {
            let (ready, is_ready) = oneshot::channel();
            let (stop, stopped) = oneshot::channel::<()>();
            let shutdown = async {
                let _ = stopped.await;
            };
            let ready = || ready.send(()).unwrap();
            let task = tokio::spawn(conclave_warden::run(config.clone(), ready, shutdown));
            if is_ready.await.is_ok() {
                return Self { stop, task };
            }
            let why = task.await.unwrap();
            assert!(begun.elapsed() < 3 * PATIENCE, "{why:?}");
            sleep(Duration::from_millis(200)).await;
        }
    }

    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(PATIENCE, self.task).await.unwrap().unwrap().unwrap();
    }

    /// As a crash would.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// A bucket's write; the answer as JSON.
pub async fn put(client: &Client, subject: &str, headers: &[(&str, &str)], value: &str) -> Value {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, *value);
    }
    let request = Request::new().headers(map).payload(value.to_owned().into());
    let answer = client.send_request(subject.to_owned(), request).await.unwrap();
    serde_json::from_slice(&answer.payload).unwrap()
}

/// A JetStream request; the answer as JSON.
pub async fn ask(client: &Client, subject: &str, body: &str) -> Value {
    let answer = client.request(subject.to_owned(), body.to_owned().into()).await.unwrap();
    serde_json::from_slice(&answer.payload).unwrap()
}

/// The same while the bucket may have no leader: again until it is taken, as a node does.
pub async fn ban_in_the_end(node: &Client, user: &str, at: u64) {
    let begun = Instant::now();
    let subject = BANS.subject(&bus_key(user, at));
    while node.request(subject.clone(), r#"{"urgent":true}"#.into()).await.is_err() {
        assert!(begun.elapsed() < PATIENCE, "the ban is not taken");
        sleep(Duration::from_millis(50)).await;
    }
}

/// As a node bans.
pub async fn ban(node: &Client, user: &str, at: u64, urgent: bool) {
    let value = serde_json::to_string(&BusBan { urgent }).unwrap();
    let subject = BANS.subject(&bus_key(user, at));
    let answer = put(node, &subject, &[("Nats-TTL", "720s")], &value).await;
    assert!(answer.get("error").is_none(), "{answer}");
}

pub fn key(n: u32) -> NatsKey {
    let mut bytes = [1; 32];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    NatsKey::from_random(KeyKind::User, bytes)
}

fn node() -> NodeId {
    NodeId::parse("n1").unwrap()
}

fn operator() -> NatsKey {
    NatsKey::from_random(KeyKind::Operator, [90; 32])
}

fn account_key(account: Account) -> NatsKey {
    let byte = match account {
        Account::System => 91,
        Account::Ctrl => 92,
        Account::Rooms => 93,
    };
    NatsKey::from_random(KeyKind::Account, [byte; 32])
}

fn role_key(role: BusRole) -> NatsKey {
    let index = BusRole::ALL.iter().position(|r| *r == role).unwrap();
    NatsKey::from_random(KeyKind::Account, [100 + u8::try_from(index).unwrap(); 32])
}

fn scopes(account: Account) -> impl Iterator<Item = (BusRole, String)> {
    let of = BusRole::ALL.into_iter().filter(move |role| role.account() == account);
    of.map(|role| (role, role_key(role).public()))
}

/// What `CONCLAVE_NATS_SERVER` names, else what `up` has downloaded, else the one on PATH.
fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("CONCLAVE_NATS_SERVER") {
        return path.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).unwrap_or_else(|| {
        PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache")
    });
    let kept = cache.join("conclave/bin/nats-server-2.15.1");
    if kept.is_file() { kept } else { "nats-server".into() }
}
