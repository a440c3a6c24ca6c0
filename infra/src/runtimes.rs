//! The runtimes in which `up` can run the edge: this program itself, Cloudflare's `workerd`, or a host
//! of WASI HTTP components. What a runtime needs is made here as text and arguments.

use crate::failure::Failure;
use crate::files;
use conclave_edge_bus::deployment;
use conclave_edge_native::Config as EdgeConfig;
use serde_json::Value;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Decides what Workers' runtime does where its behaviour has changed over time; the same date stands
/// in wrangler.toml.
pub const COMPATIBILITY_DATE: &str = "2026-11-01";
/// Binary WebSocket messages come as bytes and not as a `Blob`.
pub const COMPATIBILITY_FLAG: &str = "no_websocket_standard_binary_type";

/// In which runtime the edge runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Runtime {
    /// This program.
    #[default]
    Native,
    /// Cloudflare Workers' runtime.
    Worker(Wasm),
    /// A host of WASI HTTP components: `wasmtime serve`.
    Spin(Wasm),
}

/// A program that runs WebAssembly, and what it is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wasm {
    /// `workerd` or `wasmtime`.
    pub host: PathBuf,
    /// What `cargo xtask edge build` made: a folder for a Worker, a file for a component.
    pub build: PathBuf,
}

/// Names and values.
pub type Variables = Vec<(String, String)>;

/// How to start a wasm edge. `Debug` shows the program only.
#[derive(Clone, PartialEq, Eq)]
pub struct Start {
    /// The program.
    pub program: PathBuf,
    /// Its arguments, without secrets.
    pub args: Vec<OsString>,
    /// Its environment, with secrets.
    pub env: Variables,
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Start({})", self.program.display())
    }
}

impl Runtime {
    /// Writes into `dir` what the runtime reads, and says how to start it with these [`variables`].
    /// `None` for the native one.
    ///
    /// # Errors
    /// Where a file is missing or cannot be written.
    pub fn start(
        &self,
        config: &EdgeConfig,
        variables: Variables,
        dir: &Path,
    ) -> Result<Option<Start>, Failure> {
        match self {
            Self::Native => Ok(None),
            Self::Worker(wasm) => worker(wasm, config, variables, dir).map(Some),
            Self::Spin(wasm) => spin(wasm, config, variables, dir).map(Some),
        }
    }
}

/// What a wasm edge is told, by names in upper case: the same as on the platforms.
///
/// # Errors
/// Where the settings cannot be written as JSON.
pub fn variables(config: &EdgeConfig) -> Result<Variables, Failure> {
    let (scheme, address) = config.nats.url.split_once("://").unwrap_or(("tls", &config.nats.url));
    let transport = if scheme == "nats" { "plain" } else { scheme };
    let settings = serde_json::to_string(&config.settings)
        .map_err(|error| Failure::Other(format!("the edge's settings: {error}")))?;
    let all = [
        (deployment::SETTINGS, settings.as_str()),
        (deployment::ADDRESS, address),
        (deployment::TRANSPORT, transport),
        (deployment::JWT, &config.nats.jwt),
        (deployment::SEED, &config.nats.seed),
    ];
    Ok(all.map(|(name, value)| (name.to_ascii_uppercase(), value.to_owned())).into())
}

fn worker(wasm: &Wasm, config: &EdgeConfig, env: Variables, dir: &Path) -> Result<Start, Failure> {
    files::private_dir(dir)?;
    let mut modules = Vec::new();
    for entry in fs::read_dir(&wasm.build).map_err(unreadable(&wasm.build))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".js") || name.ends_with(".wasm") {
            link(&entry.path(), &dir.join(&name))?;
            modules.push(name);
        }
    }
    // The first is where requests go.
    modules.sort_by_key(|name| (name != "index.js", name.clone()));
    let text = capnp(&modules, &env, config.listen, config.web.as_deref());
    let path = dir.join("worker.capnp");
    files::write_private(&path, text.as_bytes())?;
    let args = vec!["serve".into(), path.into()];
    Ok(Start { program: wasm.host.clone(), args, env })
}

/// workerd's configuration. It quotes strings as JSON does.
fn capnp(modules: &[String], env: &Variables, listen: SocketAddr, web: Option<&Path>) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let modules: Vec<String> = modules
        .iter()
        .map(|name| {
            let kind = if name.ends_with(".wasm") { "wasm" } else { "esModule" };
            format!("(name = {0}, {kind} = embed {0})", quoted(name))
        })
        .collect();
    let mut bindings: Vec<String> = env
        .iter()
        .map(|(name, _)| format!("(name = {0}, fromEnvironment = {0})", quoted(name)))
        .collect();
    let mut services = vec![
        "(name = \"edge\", worker = .edge)".to_owned(),
        // NATS may be on this machine or in a private network.
        "(name = \"network\", network = (allow = [\"public\", \"private\", \"local\"]))".to_owned(),
    ];
    if let Some(web) = web {
        let path = quoted(&web.to_string_lossy());
        services.push(format!("(name = \"web\", disk = (path = {path}))"));
        bindings.push("(name = \"ASSETS\", service = \"web\")".to_owned());
    }
    format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\n\
         const config :Workerd.Config = (\n  services = [{}],\n  \
         sockets = [(name = \"http\", address = {}, http = (), service = \"edge\")],\n);\n\
         const edge :Workerd.Worker = (\n  modules = [{}],\n  bindings = [{}],\n  \
         globalOutbound = \"network\",\n  compatibilityDate = \"{COMPATIBILITY_DATE}\",\n  \
         compatibilityFlags = [\"{COMPATIBILITY_FLAG}\"],\n);\n",
        services.join(", "),
        quoted(&listen.to_string()),
        modules.join(", "),
        bindings.join(", "),
    )
}

fn spin(wasm: &Wasm, config: &EdgeConfig, env: Variables, dir: &Path) -> Result<Start, Failure> {
    files::private_dir(dir)?;
    // By a name in the state folder, so that the next `up` knows what this one left behind.
    let component = dir.join("edge.wasm");
    link(&wasm.build, &component)?;
    let mut args: Vec<OsString> = vec!["serve".into(), "--addr".into()];
    args.push(config.listen.to_string().into());
    args.extend(["-S", "cli,inherit-network,allow-ip-name-lookup", "-C", "cache"].map(Into::into));
    // This host takes `Host` out of requests and tells the component nowhere else.
    args.extend(["--header".into(), format!("x-forwarded-host: {}", config.listen).into()]);
    if let Some(web) = &config.web {
        args.push("--dir".into());
        let mut mount = web.clone().into_os_string();
        mount.push("::/web");
        args.push(mount);
    }
    for (name, _) in &env {
        // Without a value: that of our own environment.
        args.push("--env".into());
        args.push(name.into());
    }
    args.push(component.into());
    Ok(Start { program: wasm.host.clone(), args, env })
}

fn link(from: &Path, to: &Path) -> Result<(), Failure> {
    let from = fs::canonicalize(from).map_err(unreadable(from))?;
    let _ = fs::remove_file(to);
    symlink(from, to).map_err(Failure::io(format!("write {}", to.display())))
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    Failure::io(format!("read {}", path.display()))
}
