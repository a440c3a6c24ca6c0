//! The edge in each runtime, as an operator would start it.

use crate::Nats;
use crate::http::{Answer, get};
use conclave::runtimes::{Runtime, Wasm, variables};
use conclave_edge_core::settings::{Settings, StartPage};
use conclave_edge_native::{CONNECTIONS_PER_PEER, Config, run};
use conclave_protocol::encoding::base64url;
use conclave_protocol::roles::BusRole;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// Secret of the application `app`.
pub const SECRET: &str = "a secret of an application";
/// How long an edge may take until it answers; the first start of a component compiles it.
const START: Duration = Duration::from_secs(60);

/// Where the edge runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// axum and async-nats.
    Native,
    /// `workerd`.
    Worker,
    /// `wasmtime serve`.
    Spin,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Native, Self::Worker, Self::Spin];

    /// What `conclave up` is told to run its edge there.
    #[must_use]
    pub fn arguments(self) -> Vec<String> {
        let (name, wasm) = match self.runtime() {
            Runtime::Native => return Vec::new(),
            Runtime::Worker(wasm) => ("worker", wasm),
            Runtime::Spin(wasm) => ("spin", wasm),
        };
        let path = |path: PathBuf| path.to_string_lossy().into_owned();
        let (host, build) = (path(wasm.host), path(wasm.build));
        let words = ["--edge", name, "--edge-host", &host, "--edge-build", &build];
        words.map(str::to_owned).into()
    }

    /// What it runs: a folder, or a file; nothing where it is part of `conclave`.
    #[must_use]
    pub fn build(self) -> Option<PathBuf> {
        match self.runtime() {
            Runtime::Native => None,
            Runtime::Worker(wasm) | Runtime::Spin(wasm) => Some(wasm.build),
        }
    }

    fn runtime(self) -> Runtime {
        match self {
            Self::Native => Runtime::Native,
            Self::Worker => Runtime::Worker(wasm("CONCLAVE_WORKERD", "CONCLAVE_EDGE_WORKER")),
            Self::Spin => Runtime::Spin(wasm("CONCLAVE_WASMTIME", "CONCLAVE_EDGE_SPIN")),
        }
    }
}

fn wasm(host: &str, build: &str) -> Wasm {
    let named = |name: &str| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.unwrap_or_else(|| panic!("{name} is not set: run this by `cargo xtask test rust`"))
    };
    Wasm { host: named(host), build: named(build) }
}

/// A running edge; ended on drop.
pub struct Edge {
    /// Where it listens.
    pub address: SocketAddr,
    process: Process,
    /// Its files and its log.
    dir: TempDir,
}

enum Process {
    Task(Option<oneshot::Sender<()>>),
    Child(Child),
}

/// What an edge is started with.
pub struct Options {
    /// Settings.
    pub settings: Settings,
    /// The web application's folder.
    pub web: Option<PathBuf>,
    /// Where NATS is, as `nats://host:port`.
    pub nats: String,
    /// Further variables of a wasm edge, or others of the same names.
    pub variables: Vec<(&'static str, String)>,
    /// An authority that the runtime is to trust, in PEM; a component is told by a variable.
    pub authority: Option<String>,
}

impl Options {
    /// The usual ones.
    #[must_use]
    pub fn of(nats: &Nats) -> Self {
        let url = nats.user(BusRole::Edge, None).url;
        Self {
            settings: settings(nats),
            web: None,
            nats: url,
            variables: Vec::new(),
            authority: None,
        }
    }
}

/// The usual settings.
#[must_use]
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

impl Edge {
    /// With the usual options.
    pub async fn start(kind: Kind, nats: &Nats) -> Self {
        Self::with(kind, nats, Options::of(nats)).await
    }

    /// Starts one and waits until it answers.
    pub async fn with(kind: Kind, nats: &Nats, options: Options) -> Self {
        let mut user = nats.user(BusRole::Edge, None);
        user.url = options.nats;
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            nats: user,
            web: options.web,
            connections_per_peer: CONNECTIONS_PER_PEER,
            settings: options.settings,
        };
        let runtime = kind.runtime();
        if runtime == Runtime::Native {
            let (stop, stopped) = oneshot::channel();
            let (ready, address) = oneshot::channel();
            tokio::spawn(async move {
                let ready = move |address| ready.send(address).unwrap();
                run(config, ready, async move { drop(stopped.await) }).await.unwrap();
            });
            let address = address.await.unwrap();
            return Self { address, process: Process::Task(Some(stop)), dir };
        }
        config.listen = free_address();
        let mut variables = variables(&config).unwrap();
        variables.retain(|(name, _)| options.variables.iter().all(|(other, _)| other != name));
        variables.extend(options.variables.into_iter().map(|(name, value)| (name.into(), value)));
        let folder = dir.path().join("edge");
        let start = runtime.start(&config, variables, &folder).unwrap().unwrap();
        if let (Kind::Worker, Some(authority)) = (kind, &options.authority) {
            trust(&folder.join("worker.capnp"), authority);
        }
        let log = File::create(dir.path().join("log")).unwrap();
        let child = Command::new(start.program)
            .args(start.args)
            .envs(start.env)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("the runtime starts");
        let mut edge = Self { address: config.listen, process: Process::Child(child), dir };
        edge.answers().await;
        edge
    }

    /// Waits until it listens.
    async fn answers(&mut self) {
        let until = Instant::now() + START;
        while TcpStream::connect(self.address).await.is_err() {
            if let Process::Child(child) = &mut self.process {
                let ended = child.try_wait().unwrap();
                assert!(ended.is_none(), "the edge ended: {}", self.log());
            }
            assert!(Instant::now() < until, "the edge does not start: {}", self.log());
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// What the runtime said.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Asks for a path.
    pub async fn get(&self, path: &str) -> Answer {
        get(self.address, path).await
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        match &mut self.process {
            Process::Task(stop) => drop(stop.take()),
            Process::Child(child) => {
                child.kill().unwrap();
                child.wait().unwrap();
            }
        }
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Has a Worker's runtime trust an authority besides the public ones, which Cloudflare's never does.
fn trust(path: &Path, authority: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    let network = "\"private\", \"local\"]";
    assert!(text.contains(network), "{text}");
    let authority = serde_json::Value::from(authority);
    let trusting = format!("{network}, tlsOptions = (trustedCertificates = [{authority}])");
    std::fs::write(path, text.replace(network, &trusting)).unwrap();
}

/// An address that nobody has now.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
