//! What `conclave up` is told on its command line.

use crate::addresses::{EdgesWish, Origin, Wishes};
use crate::configs::Keep;
use crate::failure::Failure;
use crate::ports::Named;
use crate::runtimes::{Runtime, Wasm};
use crate::up::Options;
use clap::{Args, ValueEnum};
use conclave_courier::Target;
use std::env;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Up {
    /// Where the web application and its API listen [default: 127.0.0.1:8080; with --public-ip
    /// every address, port 8080]
    #[arg(long, value_name = "ADDR:PORT", env = "CONCLAVE_LISTEN")]
    listen: Option<SocketAddr>,
    /// Where keys, configuration, logs and stored state are kept [default:
    /// $XDG_STATE_HOME/conclave/up or ~/.local/state/conclave/up]
    #[arg(long, value_name = "DIR", env = "CONCLAVE_STATE")]
    state: Option<PathBuf>,
    /// The address under which browsers elsewhere reach this machine
    #[arg(long, value_name = "IP", env = "CONCLAVE_PUBLIC_IP")]
    public_ip: Option<IpAddr>,
    /// The media address that browsers are told, where a port is forwarded to this machine
    #[arg(long, value_name = "ADDR:PORT")]
    advertise: Option<SocketAddr>,
    /// Where people open the web application behind a reverse proxy; may be given several times,
    /// the first stands in links
    #[arg(long, value_name = "URL")]
    origin: Vec<Origin>,
    /// Where browsers reach NATS behind a reverse proxy
    #[arg(long, value_name = "URL")]
    nats_ws_url: Option<String>,
    /// NATS's port for browsers [default: a free one, kept]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    nats_ws_port: Option<u16>,
    /// The UDP port for media [default: a free one, kept; with --public-ip 10000]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    media_port: Option<u16>,
    /// The web application: a built folder or the client/ workspace [default: $CONCLAVE_WEB, then
    /// ../share/conclave/web beside the executable, then ./client]
    #[arg(long, value_name = "DIR")]
    web: Option<PathBuf>,
    /// The nats-server to run [default: the one on PATH, if it is new enough, else a pinned one that
    /// is downloaded]
    #[arg(long, value_name = "PATH")]
    nats_server: Option<PathBuf>,
    /// In which runtime the edge runs: this program, Cloudflare Workers' or a host of WASI components
    #[arg(long, value_enum, default_value_t = Edge::Native)]
    edge: Edge,
    /// The program of that runtime [default: `workerd` or `wasmtime` on PATH]
    #[arg(long, value_name = "PATH", env = "CONCLAVE_EDGE_HOST")]
    edge_host: Option<PathBuf>,
    /// The edge that was built for it [default: edge/worker/build or edge/spin/build/edge-wasi.wasm]
    #[arg(long, value_name = "PATH", env = "CONCLAVE_EDGE_BUILD")]
    edge_build: Option<PathBuf>,
    /// Where edges on other machines reach NATS: starts a gate, which lets in edges and nobody else
    #[arg(long, value_name = "ADDR:PORT", requires = "edges_cert")]
    edges_listen: Option<SocketAddr>,
    /// The same by WebSocket (wss), for edges that can reach only HTTP's ports
    #[arg(long, value_name = "ADDR:PORT", requires = "edges_listen")]
    edges_wss: Option<SocketAddr>,
    /// By which they know it: a certificate, and the authorities' behind it (PEM)
    #[arg(long, value_name = "FILE", requires = "edges_key")]
    edges_cert: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "edges_listen")]
    edges_key: Option<PathBuf>,
    /// Keep an audit log of who did what when in DIR/audit.jsonl, without content
    #[arg(long)]
    audit: bool,
    /// Keep the course of rooms that are made with analytics for so many days: who was there, when,
    /// how long each spoke
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    keep_history: Option<u32>,
    /// Tell the application by a signed webhook that there is such a course
    #[arg(long, value_name = "URL", value_parser = target, requires = "keep_history")]
    webhook_url: Option<Target>,
    /// Print one line of JSON instead of a sentence when ready
    #[arg(long)]
    json: bool,
}

/// What `--edge` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Edge {
    Native,
    Worker,
    Spin,
}

impl Up {
    pub(crate) fn options(self) -> Result<Options, Failure> {
        let runtime = self.runtime()?;
        let edges = self.edges()?;
        Ok(Options {
            wishes: Wishes {
                listen: self.listen,
                public_ip: self.public_ip,
                advertise: self.advertise,
                origins: self.origin,
                nats_ws_url: self.nats_ws_url,
                edges,
            },
            runtime,
            ports: Named { media: self.media_port, nats_ws: self.nats_ws_port },
            cache: conclave_tools::cache_dir()
                .or_else(|| self.state.as_ref().map(|state| state.join("cache")))
                .ok_or_else(homeless)?,
            state: state(self.state)?,
            web: self.web,
            nats_server: self.nats_server,
            keep: Keep {
                audit: self.audit,
                history_seconds: self.keep_history.map(|days| u64::from(days) * 24 * 3600),
                webhook: self.webhook_url,
            },
            json: self.json,
        })
    }
}

impl Up {
    fn edges(&self) -> Result<Option<EdgesWish>, Failure> {
        let (Some(listen), Some(certificate), Some(key)) =
            (self.edges_listen, &self.edges_cert, &self.edges_key)
        else {
            return Ok(None);
        };
        let file = |path: &Path| {
            // Where links lead changes when a certificate is renewed.
            let opened = std::fs::File::open(path).and_then(|_| std::path::absolute(path));
            opened
                .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))
        };
        let (certificate, key) = (file(certificate)?, file(key)?);
        Ok(Some(EdgesWish { listen, wss: self.edges_wss, certificate, key }))
    }

    /// The edge's runtime, with everything that it needs.
    fn runtime(&self) -> Result<Runtime, Failure> {
        let wasm = |host, build: &str| self.wasm(host, build);
        match self.edge {
            Edge::Native => Ok(Runtime::Native),
            Edge::Worker => wasm("workerd", "edge/worker/build").map(Runtime::Worker),
            Edge::Spin => wasm("wasmtime", "edge/spin/build/edge-wasi.wasm").map(Runtime::Spin),
        }
    }

    fn wasm(&self, host: &str, build: &str) -> Result<Wasm, Failure> {
        let found = self.edge_host.clone().or_else(|| conclave_tools::find(host));
        let missing = || Failure::Usage(format!("{host} is not on PATH: name it with --edge-host"));
        let host = found.ok_or_else(missing)?;
        let build = self.edge_build.clone().unwrap_or_else(|| build.into());
        if !build.exists() {
            let build = build.display();
            return Err(Failure::Usage(format!(
                "there is no {build}: build it with `cargo xtask edge build`, or name it with --edge-build"
            )));
        }
        Ok(Wasm { host, build })
    }
}

/// The state folder, where one was named or not.
pub(crate) fn state(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    named.or_else(default_state).ok_or_else(homeless)
}

fn homeless() -> Failure {
    Failure::Usage("HOME is not set: name a folder with --state DIR".to_owned())
}

fn default_state() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_STATE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/state")))
        .map(|dir| dir.join("conclave/up"))
}

fn target(text: &str) -> Result<Target, &'static str> {
    Target::try_from(text.to_owned())
}
