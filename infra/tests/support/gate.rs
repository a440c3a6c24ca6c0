//! NATS with its buckets, and a gate before it, on configurations as `up` writes them. The certificate
//! is of an authority of the test's own.

use super::{Bus, Connected, PATIENCE, connect_with, node};
use async_nats::{ConnectError, ConnectOptions};
use conclave::addresses::{EdgesWish, Gate, Wishes};
use conclave::children::{Readiness, Running, Spec, start};
use conclave::{accounts, configs, random};
use conclave_bus::{Kv, KvError};
use conclave_protocol::bucket::{READY, ROOMS};
use conclave_protocol::nats_jwt::Tags;
use conclave_protocol::nkey::NatsKey;
use conclave_protocol::roles::BusRole;
use conclave_protocol::subjects::{EDGE_INBOX, node_inbox};
use conclave_warden::Config as WardenConfig;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::future::pending;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

pub struct Gated {
    pub bus: Bus,
    gate: Option<(Running, Pid)>,
    warden: JoinHandle<()>,
}

impl Drop for Gated {
    fn drop(&mut self) {
        self.warden.abort();
    }
}

/// A certificate for this machine and its key, and the authority's certificate beside them.
pub fn certificate(dir: &Path) -> (PathBuf, PathBuf) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let write = |name: &str, text: String| fs::write(dir.join(name), text).unwrap();
    write("authority.pem", authority.self_signed(&authority_key).unwrap().pem());
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    write("gate.pem", certificate.pem());
    write("gate.key", key.serialize_pem());
    (dir.join("gate.pem"), dir.join("gate.key"))
}

/// What an edge says of TLS: it comes first, and this is the authority.
pub fn tls(dir: &Path) -> ConnectOptions {
    let options = ConnectOptions::new().require_tls(true).tls_first();
    options.add_root_certificates(dir.join("authority.pem"))
}

impl Gated {
    pub async fn start() -> Self {
        let bus = Bus::start_as(|dir| {
            let (certificate, key) = certificate(dir);
            let listen = "127.0.0.1:0".parse().unwrap();
            Wishes {
                edges: Some(EdgesWish { listen, wss: None, certificate, key }),
                ..Wishes::default()
            }
        })
        .await;
        let warden = warden(&bus).await;
        let mut gated = Self { bus, gate: None, warden };
        gated.run_gate().await;
        gated.served(&gated.edge().await).await;
        gated
    }

    pub fn gate(&self) -> &Gate {
        self.bus.addresses.gate.as_ref().unwrap()
    }

    /// Starts it as `up` does.
    pub async fn run_gate(&mut self) {
        let config = self.write_gate();
        let spec = Spec {
            name: "gate",
            program: self.bus.program.clone(),
            args: vec!["-c".into(), config.into()],
            env: Vec::new(),
            readiness: Readiness::Listens(self.gate().local()),
            log: self.bus.dir.path().join("gate.log"),
        };
        let mut pid = None;
        let started = |id| {
            pid = Pid::from_raw(i32::try_from(id).unwrap());
            Ok(())
        };
        let running = start(&spec, started).await.unwrap();
        self.gate = Some((running, pid.unwrap()));
    }

    fn write_gate(&self) -> PathBuf {
        let Bus { dir, keys, addresses, .. } = &self.bus;
        configs::write_gate(dir.path(), keys, addresses, random::now()).unwrap().unwrap()
    }

    /// Has it read files that are written anew.
    pub fn reload_gate(&self) {
        self.write_gate();
        kill_process(self.gate.as_ref().unwrap().1, Signal::HUP).unwrap();
    }

    /// As a power failure would.
    pub async fn kill_gate(&mut self) {
        self.gate.take().unwrap().0.stop(Instant::now()).await;
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.bus.dir.path().join("gate.log")).unwrap()
    }

    /// Comes to the gate with a credential.
    pub async fn connect(&self, jwt: &str, key: NatsKey) -> Result<Connected, ConnectError> {
        let url = format!("tls://{}", self.gate().local());
        connect_with(tls(self.bus.dir.path()), &url, jwt, key, EDGE_INBOX).await
    }

    pub async fn edge(&self) -> Connected {
        let user = self.bus.service(BusRole::Edge, &Tags::None);
        self.connect(&user.jwt, NatsKey::from_seed(&user.seed).unwrap()).await.unwrap()
    }

    pub async fn media_node(&self, n: u8) -> Connected {
        let name = node(n);
        self.bus.connect_service(BusRole::NodeCtrl, &Tags::Node(&name), &node_inbox(&name)).await
    }

    /// Waits until an edge gets answers, and until the warden says that they are complete.
    pub async fn served(&self, edge: &Connected) {
        let kv = Kv::new(edge.client.clone(), Duration::from_secs(1));
        let served = async {
            while !matches!(kv.read(ROOMS, READY).await, Ok(entry) if entry.value.is_some()) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(2 * PATIENCE, served).await.unwrap_or_else(|_| panic!("{}", self.log()));
    }

    /// Waits until an edge gets none.
    pub async fn not_served(&self, edge: &Connected) {
        let kv = Kv::new(edge.client.clone(), Duration::from_millis(500));
        let cut = async { while kv.read(ROOMS, READY).await != Err(KvError::Unavailable) {} };
        timeout(PATIENCE, cut).await.unwrap();
    }
}

pub fn kv(of: &Connected) -> Kv {
    Kv::new(of.client.clone(), PATIENCE)
}

/// The warden, in this process.
async fn warden(bus: &Bus) -> JoinHandle<()> {
    let config = WardenConfig {
        name: "warden".into(),
        nats: bus.service(BusRole::Warden, &Tags::None),
        revoker: bus.service(BusRole::Revoker, &Tags::None),
        rooms: accounts::rooms(&bus.keys).unwrap(),
        replicas: 1,
        history_seconds: Some(3600),
        webhooks: false,
    };
    let (said, ready) = oneshot::channel();
    let works = conclave_warden::run(config, || said.send(()).unwrap(), pending());
    let warden = tokio::spawn(async move { works.await.unwrap() });
    timeout(PATIENCE, ready).await.unwrap().unwrap();
    warden
}
