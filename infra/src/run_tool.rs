//! Runs a program of somebody else's (pip, npm, nats-server's own check) to its end, its output in a log.

use crate::failure::Failure;
use crate::files;
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// How a program ended.
#[derive(Debug)]
pub struct Outcome {
    /// True for exit code 0.
    pub success: bool,
    /// Everything it said on both streams.
    pub output: String,
    /// Where that is kept.
    pub log: PathBuf,
}

impl Outcome {
    /// The last line of the output that is not empty.
    #[must_use]
    pub fn last_line(&self) -> &str {
        self.output.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("(no output)")
    }
}

/// Runs `program` in `dir`, its output going to the file `log`. Where the returned future is
/// dropped, the program and all that it started end.
///
/// # Errors
/// Where it cannot be started.
pub async fn run(
    program: &Path,
    args: &[&OsStr],
    dir: &Path,
    log: &Path,
) -> Result<Outcome, Failure> {
    let name = program.display();
    let file =
        files::create_private(log).map_err(Failure::io(format!("write {}", log.display())))?;
    let also = file.try_clone().map_err(Failure::io(format!("write {}", log.display())))?;
    let mut child = Command::new(program)
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(also)
        .process_group(0)
        .spawn()
        .map_err(Failure::io(format!("start {name}")))?;
    let mut group = Group(child.id());
    let status = child.wait().await.map_err(Failure::io(format!("wait for {name}")))?;
    group.0 = None;
    let output = std::fs::read(log).unwrap_or_default();
    Ok(Outcome {
        success: status.success(),
        output: String::from_utf8_lossy(&output).into_owned(),
        log: log.to_owned(),
    })
}

/// A process group that ends with this value.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let pid = self.0.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // Already gone is as good.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}
