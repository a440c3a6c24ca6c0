//! One child process: started, awaited until it is ready, ended.

use crate::failure::Failure;
use crate::files;
use crate::ready::Ready;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// How long a child may take until it is ready.
const DEADLINE: Duration = Duration::from_secs(20);

/// Asks an edge whether it is well.
const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Bytes of a child's log; older ones are beside it, in a file of that size.
pub const LARGEST_LOG: u64 = 5 << 20;

/// What to start.
#[derive(Clone)]
pub struct Spec {
    /// `nats`, `warden`, `edge`, `node`, `courier` or `gate`.
    pub name: &'static str,
    /// The executable.
    pub program: PathBuf,
    /// Its arguments; no secrets, for everybody on the machine sees them.
    pub args: Vec<OsString>,
    /// What its environment has beyond ours; here secrets may be.
    pub env: Vec<(String, String)>,
    /// How it is known to be ready.
    pub readiness: Readiness,
    /// Where its standard error goes, behind what an earlier start of it said.
    pub log: PathBuf,
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spec({})", self.name)
    }
}

impl Spec {
    /// What people call it.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self.name {
            "nats" => "NATS server",
            "node" => "media node",
            name => name,
        }
    }
}

/// How a child is known to be ready.
#[derive(Debug, Clone, Copy)]
pub enum Readiness {
    /// It prints a line ([`Ready`]).
    Line,
    /// It greets at this address as NATS does.
    Nats(SocketAddr),
    /// It answers at this address that it is well, as an edge does.
    Edge(SocketAddr),
    /// It takes connections at this address, and says nothing to whoever does not begin with TLS.
    Listens(SocketAddr),
}

/// A child that is ready. Dropped, it is killed.
#[derive(Debug)]
pub struct Running {
    process: Child,
    /// Held open: where it closes, the child knows that its parent is gone.
    _input: Option<ChildStdin>,
    _output: Option<Lines<BufReader<ChildStdout>>>,
}

/// Starts a child and waits until it is ready; `started` is told its process id at once.
///
/// # Errors
/// The last line of what it said, where it ends instead; or that it took too long.
pub async fn start(
    spec: &Spec,
    started: impl FnOnce(u32) -> Result<(), Failure>,
) -> Result<Running, Failure> {
    let unwritable = || Failure::io(format!("write {}", spec.log.display()));
    let log = files::append_private(&spec.log).map_err(unwritable())?;
    files::bound_log(&spec.log, LARGEST_LOG).map_err(unwritable())?;
    let before = log.metadata().map_err(unwritable())?.len();
    let mut process = Command::new(&spec.program)
        .arg0("conclave")
        .args(&spec.args)
        .envs(spec.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        // Ctrl-C at a terminal goes to the whole foreground group: children end in our order.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(Failure::io(format!("start {}", spec.program.display())))?;
    if let Some(pid) = process.id() {
        started(pid)?;
    }
    let input = process.stdin.take();
    let mut output = process.stdout.take().map(|out| BufReader::new(out).lines());
    let ready = async {
        match spec.readiness {
            Readiness::Line => line(spec.name, output.as_mut()).await,
            Readiness::Nats(address) => answers(address, b"", b"INFO ").await,
            Readiness::Edge(address) => answers(address, HEALTH, b"HTTP/1.1 200").await,
            Readiness::Listens(address) => answers(address, b"", b"").await,
        }
    };
    tokio::select! {
        () = ready => {}
        status = process.wait() => {
            return Err(early_exit(spec, before, status.ok()));
        }
        () = sleep(DEADLINE) => {
            return Err(Failure::Other(format!(
                "the {} was not ready within {} seconds: see {}",
                spec.title(), DEADLINE.as_secs(), spec.log.display()
            )));
        }
    }
    Ok(Running { process, _input: input, _output: output })
}

impl Running {
    /// Resolves when the child ends by itself, with how.
    pub async fn ended(&mut self) -> String {
        match self.process.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Asks the child to end, and ends it where it has not by `deadline`.
    pub async fn stop(mut self, deadline: Instant) {
        let pid = self.process.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(pid) = pid {
            // Already gone is as good, here and below.
            let _ = kill_process(pid, Signal::TERM);
        }
        if timeout_at(deadline, self.process.wait()).await.is_err() {
            let _ = self.process.kill().await;
        }
    }
}

/// Resolves when the child says that it is ready; never, where it stops speaking: then it ends.
async fn line(name: &str, output: Option<&mut Lines<BufReader<ChildStdout>>>) {
    if let Some(output) = output {
        while let Ok(Some(text)) = output.next_line().await {
            if Ready::parse(&text).is_some_and(|line| line.ready == name) {
                return;
            }
        }
    }
    std::future::pending().await
}

/// Resolves when what listens there, asked like this, answers like that.
async fn answers(address: SocketAddr, asked: &[u8], answer: &[u8]) {
    loop {
        let ask = async {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(asked).await?;
            let mut begins = vec![0; answer.len()];
            stream.read_exact(&mut begins).await?;
            Ok::<_, std::io::Error>(begins == answer)
        };
        if let Ok(Ok(true)) = timeout(Duration::from_secs(1), ask).await {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

fn early_exit(spec: &Spec, before: u64, status: Option<ExitStatus>) -> Failure {
    let how = status.map_or_else(|| "it ended".to_owned(), |status| status.to_string());
    let why = last_line(&spec.log, before).unwrap_or(how);
    let why = why.strip_prefix("conclave: ").unwrap_or(&why).to_owned();
    let sentence = format!("the {} did not start: {why}", spec.title());
    Failure::from_exit_code(status.and_then(|status| status.code()), sentence)
}

/// The last line that is not empty, behind what the log said `before`.
fn last_line(log: &Path, before: u64) -> Option<String> {
    let text = std::fs::read(log).ok()?;
    let text = String::from_utf8_lossy(text.get(usize::try_from(before).ok()?..)?);
    text.lines().rfind(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(dir: &Path, script: &str) -> Spec {
        Spec {
            name: "edge",
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            env: Vec::new(),
            readiness: Readiness::Line,
            log: dir.join("log"),
        }
    }

    #[tokio::test]
    async fn a_child_is_ready_when_it_says_so_and_ends_when_told() {
        let dir = tempfile::tempdir().unwrap();
        let script = r#"echo noise; echo '{"ready":"edge"}'; read line"#;
        let running = start(&spec(dir.path(), script), |_| Ok(())).await.unwrap();
        running.stop(Instant::now() + Duration::from_secs(5)).await;
    }

    #[tokio::test]
    async fn a_child_that_does_not_listen_is_killed_at_the_deadline() {
        let dir = tempfile::tempdir().unwrap();
        let script = r#"trap '' TERM; echo '{"ready":"edge"}'; while :; do read line; done"#;
        let running = start(&spec(dir.path(), script), |_| Ok(())).await.unwrap();
        let begun = Instant::now();
        running.stop(begun + Duration::from_millis(300)).await;
        assert!(begun.elapsed() < Duration::from_secs(3));
    }

    #[tokio::test]
    async fn an_early_exit_is_told_by_its_last_line_and_code() {
        let dir = tempfile::tempdir().unwrap();
        let script = "echo one >&2; echo 'conclave: the port is taken' >&2; exit 3";
        let error = start(&spec(dir.path(), script), |_| Ok(())).await.unwrap_err();
        assert_eq!(error.to_string(), "the edge did not start: the port is taken");
        assert_eq!(error.exit_code(), 3);
        let error = start(&spec(dir.path(), "exit 1"), |_| Ok(())).await.unwrap_err();
        assert!(!error.to_string().contains("port"), "an earlier start's words: {error}");
    }

    #[tokio::test]
    async fn a_childs_last_words_outlive_its_next_start() {
        let dir = tempfile::tempdir().unwrap();
        for word in ["one", "two"] {
            let script = format!("echo {word} >&2; echo '{{\"ready\":\"edge\"}}'; read line");
            let running = start(&spec(dir.path(), &script), |_| Ok(())).await.unwrap();
            running.stop(Instant::now() + Duration::from_secs(5)).await;
        }
        assert_eq!(std::fs::read_to_string(dir.path().join("log")).unwrap(), "one\ntwo\n");
    }
}
