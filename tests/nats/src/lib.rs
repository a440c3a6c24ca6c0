//! A real nats-server for tests: an operator, accounts CTRL and ROOMS and every role's scoped key, with
//! the roles' own permissions; ended on drop.

// A test fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod certificates;
mod config;
pub mod keys;

use crate::certificates::Certificates;
use crate::keys::{User, account_key, admin, role_key, user};
use async_nats::{Client, ConnectOptions};
use conclave_protocol::bucket;
use conclave_protocol::ids::NodeId;
use conclave_protocol::roles::{Account, BusRole};
use conclave_protocol::service::BusUser;
use conclave_protocol::subjects::{EDGE_INBOX, WARDEN_INBOX, node_inbox};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::sleep;

/// A server and its files.
pub struct Nats {
    dir: TempDir,
    /// Chosen by the server at its first start, so that no two want the same, and kept.
    port: u16,
    wss_port: u16,
    certificates: Option<Certificates>,
    child: Option<Child>,
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Nats {
    /// Starts one, complete and ready.
    pub async fn start() -> Self {
        Self::with(tempfile::tempdir().unwrap(), None).await
    }

    /// Starts one that speaks TLS from the first byte, and by wss too, and takes edges as a gate does.
    pub async fn start_encrypted() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let certificates = Certificates::make(dir.path());
        Self::with(dir, Some(certificates)).await
    }

    async fn with(dir: TempDir, certificates: Option<Certificates>) -> Self {
        let mut nats = Self { dir, port: 0, wss_port: 0, certificates, child: None };
        let mut config = nats.config();
        if let Some(certificates) = &nats.certificates {
            config::encrypt(&mut config, certificates);
        }
        config["listen"] = "127.0.0.1:-1".into();
        config["ports_file_dir"] = nats.dir.path().to_str().unwrap().into();
        nats.write(&config);
        nats.spawn();
        nats.port = nats.chosen_port("nats").await;
        if nats.certificates.is_some() {
            nats.wss_port = nats.chosen_port("websocket").await;
        }
        nats.complete().await;
        nats.ready().await;
        config["listen"] = nats.address().to_string().into();
        nats.write(&config);
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
        self.spawn();
        self.complete().await;
    }

    /// Kills it, as a crash would.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _may_have_ended = child.kill();
            let _status = child.wait();
        }
    }

    /// Public key of account ROOMS.
    #[must_use]
    pub fn rooms_account(&self) -> String {
        account_key(Some(Account::Rooms)).public()
    }

    /// Seed of a role's scoped key.
    #[must_use]
    pub fn role_seed(&self, role: BusRole) -> String {
        role_key(role).seed()
    }

    /// A user of a role, as a service's configuration has it.
    #[must_use]
    pub fn user(&self, role: BusRole, node: Option<&NodeId>) -> BusUser {
        let (jwt, key) = user(role, node, None);
        BusUser { url: self.url(), jwt, seed: key.seed() }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Where it listens for WebSockets, where it has a certificate.
    #[must_use]
    pub fn wss_address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.wss_port).into()
    }

    /// The authority of its certificate in PEM, where it has one.
    #[must_use]
    pub fn authority(&self) -> Option<String> {
        let certificates = self.certificates.as_ref()?;
        Some(std::fs::read_to_string(&certificates.authority).unwrap())
    }

    /// A connection in a role, with its inbox.
    pub async fn connect(&self, role: BusRole, node: Option<&NodeId>) -> Client {
        let inbox = match (role, node) {
            (_, Some(node)) => node_inbox(node),
            (BusRole::Edge, _) => EDGE_INBOX.into(),
            _ => WARDEN_INBOX.into(),
        };
        self.dial(user(role, node, None), &inbox).await
    }

    /// A connection with every right in account CTRL.
    pub async fn admin(&self) -> Client {
        self.dial(admin(), "_INBOX").await
    }

    async fn dial(&self, (jwt, key): User, inbox: &str) -> Client {
        for _ in 0..400 {
            let key = key.clone();
            let mut options = ConnectOptions::with_jwt(jwt.clone(), move |nonce| {
                let signature = key.sign(&nonce).to_vec();
                async move { Ok(signature) }
            });
            if let Some(certificates) = &self.certificates {
                let authority = certificates.authority.clone();
                options = options.require_tls(true).tls_first().add_root_certificates(authority);
            }
            if let Ok(client) = options.custom_inbox_prefix(inbox).connect(self.url()).await {
                return client;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("nats-server does not accept the credential");
    }

    fn url(&self) -> String {
        let scheme = if self.certificates.is_some() { "tls" } else { "nats" };
        format!("{scheme}://{}", self.address())
    }

    fn spawn(&mut self) {
        let mut command = Command::new(binary());
        command.arg("-c").arg(self.config_path()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().expect("nats-server starts"));
    }

    async fn complete(&self) {
        let warden = self.connect(BusRole::Warden, None).await;
        for bucket in bucket::ALL.into_iter().chain([bucket::HISTORY]) {
            config::make(&warden, bucket).await;
        }
    }

    fn write(&self, config: &Value) {
        std::fs::write(self.config_path(), config.to_string()).unwrap();
    }

    fn config_path(&self) -> PathBuf {
        self.folder().join("nats.json")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Out of the file in which it tells its ports; the name of that depends on the binary's.
    async fn chosen_port(&self, listener: &str) -> u16 {
        let look = || {
            let files = std::fs::read_dir(self.folder()).ok()?.flatten();
            let mut paths = files.map(|entry| entry.path());
            let path = paths.find(|path| path.extension().is_some_and(|end| end == "ports"))?;
            let ports: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
            let (_, port) = ports[listener][0].as_str()?.rsplit_once(':')?;
            port.parse().ok()
        };
        for _ in 0..1000 {
            if let Some(port) = look() {
                return port;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("nats-server does not start");
    }
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
