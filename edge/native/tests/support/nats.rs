//! nats-server with an operator, accounts CTRL and ROOMS and every role's scoped key; ended on drop.

use async_nats::{Client, ConnectOptions};
use conclave_protocol::bucket::{self, Bucket, Storage};
use conclave_protocol::ids::NodeId;
use conclave_protocol::nats_jwt::{self, AccountLimits, Tags};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::roles::{Account, BusRole};
use conclave_protocol::service::BusUser;
use conclave_protocol::subjects::{EDGE_INBOX, WARDEN_INBOX, node_inbox};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

pub struct Nats {
    dir: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Nats {
    pub async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut nats = Self { dir: tempfile::tempdir().unwrap(), port, child: None };
        std::fs::write(nats.config_path(), nats.config().to_string()).unwrap();
        nats.resume().await;
        nats
    }

    /// Starts the server and makes the buckets, as complete as the warden says at its own start.
    pub async fn resume(&mut self) {
        self.resume_empty().await;
        self.ready().await;
    }

    /// Says that what is absent does not exist.
    pub async fn ready(&self) {
        let warden = self.connect(BusRole::Warden, None).await;
        let subject = bucket::ROOMS.subject(bucket::READY);
        warden.request(subject, "".into()).await.unwrap();
    }

    /// Starts the server and makes the buckets, as the warden does after a crash.
    pub async fn resume_empty(&mut self) {
        let child = Command::new(binary())
            .arg("-c")
            .arg(self.config_path())
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server starts");
        self.child = Some(child);
        let warden = self.connect(BusRole::Warden, None).await;
        for bucket in bucket::ALL {
            make(&warden, bucket).await;
        }
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn config_path(&self) -> PathBuf {
        self.dir.path().join("nats.json")
    }

    fn config(&self) -> Value {
        let operator = NatsKey::from_random(KeyKind::Operator, [90; 32]);
        let system = account_key(None).public();
        let none = AccountLimits { memory: 0, disk: 0, connections: -1 };
        let some = AccountLimits { memory: 64 << 20, disk: 64 << 20, connections: -1 };
        let roles = |account| {
            BusRole::ALL
                .into_iter()
                .filter(|role| role.account() == account)
                .map(|role| (role, role_key(role).public()))
                .collect::<Vec<_>>()
        };
        let jwt = |name, public: &str, limits, roles: &[(BusRole, String)]| {
            nats_jwt::account(&operator, name, public, limits, roles, super::now())
        };
        let ctrl = account_key(Some(Account::Ctrl)).public();
        let rooms = self.rooms_account();
        let preload = json!({
            system.clone(): jwt("SYS", &system, none, &[]),
            ctrl.clone(): jwt("CTRL", &ctrl, some, &roles(Account::Ctrl)),
            rooms.clone(): jwt("ROOMS", &rooms, none, &roles(Account::Rooms)),
        });
        let path = self.dir.path().join("operator.jwt");
        std::fs::write(&path, nats_jwt::operator(&operator, &[], &system, super::now())).unwrap();
        json!({
            "listen": format!("127.0.0.1:{}", self.port),
            "operator": path,
            "system_account": system,
            "resolver": "MEMORY",
            "resolver_preload": preload,
            "jetstream": {
                "store_dir": self.dir.path().join("js"),
                "max_memory_store": 128 << 20, "max_file_store": 128 << 20,
                "sync_interval": "always",
            },
        })
    }

    pub fn rooms_account(&self) -> String {
        account_key(Some(Account::Rooms)).public()
    }

    pub fn role_seed(&self, role: BusRole) -> String {
        role_key(role).seed()
    }

    pub fn user(&self, role: BusRole, node: Option<&NodeId>) -> BusUser {
        let user = NatsKey::from_random(KeyKind::User, [80; 32]);
        let tags = node.map_or(Tags::None, Tags::Node);
        let account = account_key(Some(role.account())).public();
        let key = role_key(role);
        let jwt = nats_jwt::user(&key, &account, &user.public(), &tags, super::now(), None);
        BusUser { url: format!("nats://127.0.0.1:{}", self.port), jwt, seed: user.seed() }
    }

    pub async fn connect(&self, role: BusRole, node: Option<&NodeId>) -> Client {
        let user = self.user(role, node);
        let inbox = match (role, node) {
            (_, Some(node)) => node_inbox(node),
            (BusRole::Edge, _) => EDGE_INBOX.into(),
            _ => WARDEN_INBOX.into(),
        };
        for _ in 0..200 {
            let key = NatsKey::from_seed(&user.seed).unwrap();
            let options = ConnectOptions::with_jwt(user.jwt.clone(), move |nonce| {
                let signature = key.sign(&nonce).to_vec();
                async move { Ok(signature) }
            });
            if let Ok(client) = options.custom_inbox_prefix(&inbox).connect(&user.url).await {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("nats-server does not accept the credential of role {}", role.name());
    }
}

async fn make(warden: &Client, bucket: Bucket) {
    let mut config = json!({
        "name": bucket.stream(), "subjects": [bucket.subject(">")],
        "retention": "limits", "discard": "new", "num_replicas": 1,
        "max_consumers": -1, "max_msgs": -1, "max_bytes": -1, "max_age": 0,
        "max_msgs_per_subject": 1, "max_msg_size": -1,
        "storage": if bucket.storage == Storage::File { "file" } else { "memory" },
        "discard_new_per_subject": bucket.write_once,
        "allow_msg_ttl": true, "allow_direct": true,
        "allow_rollup_hdrs": false, "deny_delete": true,
    });
    if !bucket.write_once {
        config["subject_delete_marker_ttl"] = json!(10_000_000_000_u64);
    }
    let subject = format!("$JS.API.STREAM.CREATE.{}", bucket.stream());
    for _ in 0..100 {
        let answer = warden.request(subject.clone(), config.to_string().into()).await;
        if let Ok(answer) = answer {
            let answer: Value = serde_json::from_slice(&answer.payload).unwrap();
            assert!(answer.get("error").is_none(), "{answer}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("JetStream does not answer");
}

fn account_key(account: Option<Account>) -> NatsKey {
    let byte = match account {
        None => 91,
        Some(Account::Ctrl) => 92,
        Some(Account::Rooms) => 93,
        Some(Account::System) => 94,
    };
    NatsKey::from_random(KeyKind::Account, [byte; 32])
}

fn role_key(role: BusRole) -> NatsKey {
    let index = BusRole::ALL.iter().position(|r| *r == role).unwrap();
    NatsKey::from_random(KeyKind::Account, [100 + u8::try_from(index).unwrap(); 32])
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
