//! A running system: `conclave up` in a state folder of its own, ended on drop.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a start may take, the download of nats-server included.
const START_DEADLINE: Duration = Duration::from_secs(120);

/// What `up` writes into `connection.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct Connection {
    /// Where the edge answers.
    pub url: String,
    /// The application's key.
    pub api_key: String,
    /// And its secret.
    pub api_secret: String,
    /// Where browsers reach NATS.
    pub nats_ws_url: String,
    /// Where the media node shows its counters.
    pub metrics_url: String,
    /// A link into a first room.
    pub link: String,
    /// Processes by name.
    pub pids: BTreeMap<String, u32>,
}

/// A running `conclave up`.
#[derive(Debug)]
pub struct System {
    up: Child,
    /// Its state folder.
    pub state: PathBuf,
    /// How to reach it.
    pub connection: Connection,
    _turn: MutexGuard<'static, ()>,
}

/// One system at a time in a process: several say what must be over within a second.
static TURN: Mutex<()> = Mutex::new(());

impl System {
    /// Starts one and waits until it is ready.
    ///
    /// # Errors
    /// Where it does not become ready; the error holds what it said.
    pub fn start(name: &str) -> Result<Self> {
        Self::start_with(name, &[])
    }

    /// The same with further arguments of `up`.
    ///
    /// # Errors
    /// As [`System::start`].
    pub fn start_with(name: &str, arguments: &[&str]) -> Result<Self> {
        Self::start_program(&binary()?, name, arguments, &[])
    }

    /// The same with another build of `conclave`, or in another environment.
    ///
    /// # Errors
    /// As [`System::start`].
    pub fn start_program(
        program: &Path,
        name: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Self> {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let state = std::env::temp_dir().join(format!("conclave-{name}-{}", std::process::id()));
        let web = state.join("web");
        std::fs::create_dir_all(&web)?;
        std::fs::write(web.join("index.html"), "<!doctype html><title>Conclave</title>")?;
        let log = std::fs::File::create(state.join("up.log"))?;
        let mut up = Command::new(program)
            .args(["up", "--json", "--listen", "127.0.0.1:0", "--state"])
            .arg(&state)
            .arg("--web")
            .arg(&web)
            .args(edge()?)
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("`conclave` does not start")?;
        let line = first_line(&mut up, START_DEADLINE);
        let connection = line.and_then(|_| {
            let text = std::fs::read_to_string(state.join("connection.json"))?;
            Ok(serde_json::from_str(&text)?)
        });
        match connection {
            Ok(connection) => Ok(Self { up, state, connection, _turn: turn }),
            Err(error) => {
                let said = std::fs::read_to_string(state.join("up.log")).unwrap_or_default();
                terminate(&mut up);
                bail!("`conclave up` is not ready: {error}; it said: {said}");
            }
        }
    }

    /// The address of the edge, without a scheme.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.connection.url.trim_start_matches("http://").trim_end_matches('/')
    }

    /// One of its processes.
    #[must_use]
    pub fn pid(&self, name: &str) -> Option<u32> {
        self.connection.pids.get(name).copied()
    }

    /// The configuration that `up` wrote for one of its services.
    ///
    /// # Errors
    /// Where there is none.
    pub fn config(&self, file: &str) -> Result<serde_json::Value> {
        let text = std::fs::read_to_string(self.state.join(file))
            .with_context(|| format!("no {file} in the state folder"))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Ends it as a person would.
    pub fn stop(&mut self) {
        terminate(&mut self.up);
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.stop();
        let _removed = std::fs::remove_dir_all(&self.state);
    }
}

/// In which runtime the edge of every system runs: `$CONCLAVE_TEST_EDGE`, `worker` or `spin`, else the
/// native one.
fn edge() -> Result<Vec<String>> {
    let Ok(edge) = std::env::var("CONCLAVE_TEST_EDGE") else { return Ok(Vec::new()) };
    let (host, build) = match edge.as_str() {
        "worker" => ("CONCLAVE_WORKERD", "CONCLAVE_EDGE_WORKER"),
        "spin" => ("CONCLAVE_WASMTIME", "CONCLAVE_EDGE_SPIN"),
        _ => bail!("CONCLAVE_TEST_EDGE must be worker or spin"),
    };
    let named = |name: &str| std::env::var(name).with_context(|| format!("{name} is not set"));
    let (host, build) = (named(host)?, named(build)?);
    let words = ["--edge", &edge, "--edge-host", &host, "--edge-build", &build];
    Ok(words.map(str::to_owned).into())
}

/// Sends a signal by name, such as `TERM` or `KILL`, to a process that a test started.
pub fn signal(pid: u32, name: &str) {
    let _sent = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status();
}

/// Waits until `holds`, polling; false where the deadline came first.
pub fn wait_until(deadline: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let until = Instant::now() + deadline;
    while !holds() {
        if Instant::now() > until {
            return false;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    true
}

/// The `conclave` to test: `$CONCLAVE_BIN`, or the one that was built beside this test.
///
/// # Errors
/// Where there is none.
pub fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CONCLAVE_BIN") {
        return Ok(path.into());
    }
    let test = std::env::current_exe()?;
    let folder = test.ancestors().find(|f| f.join("conclave").is_file()).map(Path::to_owned);
    folder
        .map(|f| f.join("conclave"))
        .context("build it first: cargo build -p conclave, or set CONCLAVE_BIN")
}

fn first_line(up: &mut Child, deadline: Duration) -> Result<String> {
    let stdout = up.stdout.take().context("no standard output")?;
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stdout).lines();
        if let Some(Ok(line)) = lines.next() {
            let _late = sender.send(line);
        }
        // Keeps the pipe open, so that a later line does not end `up`.
        lines.for_each(drop);
    });
    receiver.recv_timeout(deadline).context("it ended or printed nothing in time")
}

fn terminate(up: &mut Child) {
    signal(up.id(), "TERM");
    if !wait_until(Duration::from_secs(15), || matches!(up.try_wait(), Ok(Some(_)))) {
        let _killed = up.kill();
    }
    let _reaped = up.wait();
}
