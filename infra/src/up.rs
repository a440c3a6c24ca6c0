//! `conclave up`: all of Conclave on one machine.

use crate::addresses::{Addresses, Wishes};
use crate::children::Readiness;
use crate::configs::{self, Files, Keep};
use crate::connection::{Connection, Details, Pids};
use crate::failure::Failure;
use crate::first_room::{self, FirstRoom};
use crate::keys::Keys;
use crate::ports::{self, Named};
use crate::progress::Progress;
use crate::runtimes::{self, Runtime, Start};
use crate::shutdown::Signals;
use crate::specs::Specs;
use crate::supervisor::Supervisor;
use crate::{files, nats_server, random, rotation, run_tool, stale, web};
use serde::Serialize;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What `up` was told.
#[derive(Debug, Clone)]
pub struct Options {
    /// Addresses.
    pub wishes: Wishes,
    /// In which runtime the edge runs.
    pub runtime: Runtime,
    /// Ports that were named.
    pub ports: Named,
    /// State folder.
    pub state: PathBuf,
    /// Cache folder.
    pub cache: PathBuf,
    /// The web application.
    pub web: Option<PathBuf>,
    /// nats-server.
    pub nats_server: Option<PathBuf>,
    /// What is kept beyond a room's end.
    pub keep: Keep,
    /// JSON on standard output.
    pub json: bool,
}

/// The line that `--json` prints.
#[derive(Serialize)]
struct Up<'a> {
    url: &'a str,
    link: &'a str,
    nats_ws_url: &'a str,
    state: &'a Path,
    pids: &'a Pids,
}

/// Starts everything and keeps it running until a signal.
///
/// # Errors
/// Where something does not start or cannot be kept.
pub async fn run(options: Options) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    options.wishes.check()?;
    let state =
        std::path::absolute(&options.state).map_err(Failure::io("find the state folder"))?;
    files::private_dir(&state)?;
    let _lock = files::lock(&state)?;
    let progress = Progress::default();
    let prepared = tokio::select! {
        () = signals.arrived() => return Ok(()),
        prepared = prepare(&options, &state, progress) => prepared?,
    };
    let connection = Arc::new(Connection::new(&state));
    let mut supervisor = Supervisor::new(Arc::clone(&connection), progress);
    let result = tokio::select! {
        () = signals.arrived() => Ok(()),
        result = serve(&options, &prepared, &connection, &mut supervisor, progress) => result,
    };
    supervisor.stop().await;
    result
}

struct Prepared {
    state: PathBuf,
    keys: Keys,
    addresses: Addresses,
    files: Files,
    nats_server: PathBuf,
    /// How to start the edge, where it is none of this program's own.
    wasm_edge: Option<Start>,
}

/// Everything that comes before the first child.
async fn prepare(options: &Options, state: &Path, progress: Progress) -> Result<Prepared, Failure> {
    stale::end(state, progress).await?;
    let ports = ports::choose(&options.wishes, options.ports, state)?;
    let addresses = options.wishes.resolve(ports);
    let logs = state.join("logs");
    files::private_dir(&logs)?;
    let server =
        nats_server::obtain(options.nats_server.as_deref(), &options.cache, progress).await?;
    let web = web::obtain(options.web.as_deref(), &logs, progress).await?;
    let mut keys = Keys::load_or_make(state)?;
    if rotation::settle(&mut keys, random::now()) {
        keys.write(state)?;
    }
    let (files, edge) =
        configs::write_all(state, &keys, &addresses, Some(web), &options.keep, random::now())?;
    let wasm_edge =
        options.runtime.start(&edge, runtimes::variables(&edge)?, &state.join("edge"))?;
    for config in [Some(&files.nats), files.gate.as_ref()].into_iter().flatten() {
        check_nats(&server, config, &logs).await?;
    }
    let state = state.to_owned();
    Ok(Prepared { state, keys, addresses, files, nats_server: server, wasm_edge })
}

/// Has nats-server read its configuration before it is started on it.
async fn check_nats(server: &Path, config: &Path, logs: &Path) -> Result<(), Failure> {
    let args = [OsStr::new("-c"), config.as_os_str(), OsStr::new("-t")];
    let outcome = run_tool::run(server, &args, logs, &logs.join("nats-check.log")).await?;
    if outcome.success {
        return Ok(());
    }
    Err(Failure::Other(format!("nats-server refuses its configuration: {}", outcome.last_line())))
}

/// Starts the children, each after those that it needs.
async fn start(prepared: &Prepared, supervisor: &mut Supervisor) -> Result<(), Failure> {
    let Prepared { files, addresses, nats_server, .. } = prepared;
    let specs = Specs::of(&prepared.state)?;
    let ready = Readiness::Nats(addresses.nats);
    supervisor.start([specs.nats("nats", nats_server, &files.nats, ready)]).await?;
    supervisor.start([specs.service("warden", &files.warden)]).await?;
    let edge = match &prepared.wasm_edge {
        None => specs.service("edge", &files.edge),
        Some(start) => specs.foreign("edge", Readiness::Edge(addresses.local_edge()), start),
    };
    supervisor.start([edge, specs.node(&files.node)]).await?;
    if let Some(config) = &files.courier {
        supervisor.start([specs.service("courier", config)]).await?;
    }
    if let Some((config, gate)) = files.gate.as_ref().zip(addresses.gate.as_ref()) {
        let ready = Readiness::Listens(gate.local());
        supervisor.start([specs.nats("gate", nats_server, config, ready)]).await?;
    }
    Ok(())
}

/// Starts the children, makes the first room, says so, and keeps the room until a child is lost.
async fn serve(
    options: &Options,
    prepared: &Prepared,
    connection: &Connection,
    supervisor: &mut Supervisor,
    progress: Progress,
) -> Result<(), Failure> {
    let step = progress.step("starting NATS, warden, edge and media node");
    start(prepared, supervisor).await?;
    let addresses = &prepared.addresses;
    let first = FirstRoom::make(addresses.local_edge(), &prepared.keys).await?;
    drop(step);
    let link = format!("{}/room#{}", addresses.url, first.fragment());
    connection.publish(Details {
        url: addresses.url.clone(),
        api_key: prepared.keys.api_key.clone(),
        api_secret: prepared.keys.api_secret.clone(),
        nats_ws_url: addresses.nats_ws_url.clone(),
        metrics_url: format!("http://{}/metrics", addresses.metrics),
        link: link.clone(),
    })?;
    if addresses.is_insecure() {
        progress.say(
            "browsers give camera and microphone only to pages that come by https: \
             put a reverse proxy in front and name it with --origin and --nats-ws-url",
        );
    }
    announce(options, prepared, connection, &link);
    tokio::select! {
        failure = supervisor.lost() => Err(failure),
        never = first.keep(first_room::EVERY) => match never {},
    }
}

fn announce(options: &Options, prepared: &Prepared, connection: &Connection, link: &str) {
    let line = if options.json {
        let up = Up {
            url: &prepared.addresses.url,
            link,
            nats_ws_url: &prepared.addresses.nats_ws_url,
            state: &prepared.state,
            pids: &connection.pids(),
        };
        serde_json::to_string(&up).unwrap_or_default()
    } else {
        format!("Conclave is ready: {link}")
    };
    let mut out = std::io::stdout().lock();
    // Nobody reading is no reason to stop: connection.json says the same.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
