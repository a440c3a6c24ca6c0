//! Ends what an `up` left behind that was killed. Its children end by themselves; this is for those
//! that could not (a service that hangs, a system without parent-death signals).

use crate::connection;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::shutdown::GRACE;
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Waits for, then ends, the processes that `pids.json` of a state folder names. Only those whose
/// command line names that folder: a number may have gone to somebody else.
///
/// # Errors
/// Where the file is damaged.
pub async fn end(state: &Path, progress: Progress) -> Result<(), Failure> {
    let mut left: Vec<u32> = connection::left_behind(state)?.into_values().collect();
    let begun = Instant::now();
    let patience = [(Duration::from_millis(1500), Signal::TERM), (GRACE, Signal::KILL)];
    for (time, signal) in patience {
        while begun.elapsed() < time {
            left.retain(|pid| is_ours(*pid, state));
            if left.is_empty() {
                connection::forget(state);
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        progress.say("ending what an earlier `conclave up` left running");
        for pid in left.iter().filter_map(|pid| Pid::from_raw(i32::try_from(*pid).ok()?)) {
            // Already gone is as good.
            let _ = kill_process(pid, signal);
        }
    }
    connection::forget(state);
    Ok(())
}

fn is_ours(pid: u32, state: &Path) -> bool {
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).or_else(|error| {
        if Path::new("/proc/self").exists() {
            return Err(error);
        }
        let ps = ["-ww", "-o", "command=", "-p", &pid.to_string()];
        Command::new("ps").args(ps).stderr(Stdio::null()).output().map(|out| out.stdout)
    });
    let state = state.as_os_str().as_encoded_bytes();
    command.is_ok_and(|line| line.windows(state.len()).any(|part| part == state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;
    use std::os::unix::process::ExitStatusExt;

    #[tokio::test]
    async fn only_our_own_processes_are_ended() {
        let dir = tempfile::tempdir().unwrap();
        let mut foreign = Command::new("sleep").arg("60").spawn().unwrap();
        let script = format!("exec -a {} sleep 60", dir.path().display());
        let mut ours = Command::new("bash").args(["-c", &script]).spawn().unwrap();
        let pids = connection::Pids::from([
            ("edge".into(), foreign.id()),
            ("node".into(), ours.id()),
            ("up".into(), std::process::id()),
        ]);
        files::write_json(&dir.path().join("pids.json"), &pids).unwrap();
        let waiter = std::thread::spawn(move || ours.wait().unwrap());
        end(dir.path(), Progress::default()).await.unwrap();
        assert_eq!(waiter.join().unwrap().signal(), Some(Signal::TERM.as_raw()));
        assert!(foreign.try_wait().unwrap().is_none());
        foreign.kill().unwrap();
        foreign.wait().unwrap();
        assert!(!dir.path().join("pids.json").exists());
    }
}
