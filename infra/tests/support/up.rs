//! `conclave up` as a person runs it: the real executable, with a page of one line.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

pub fn up(dir: &Path, listen: &str) -> Command {
    fs::write(dir.join("index.html"), "a page").unwrap();
    let mut up = Command::new(env!("CARGO_BIN_EXE_conclave"));
    up.args(["up", "--json", "--listen", listen, "--state"]).arg(dir.join("state"));
    up.arg("--web").arg(dir).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    up
}

/// An `up` that is ready; it ends with this value.
pub struct Up {
    child: Child,
    pub line: Value,
}

impl Up {
    pub fn start(dir: &Path) -> Self {
        Self::start_with(dir, &[])
    }

    /// The same with further arguments.
    pub fn start_with(dir: &Path, arguments: &[&str]) -> Self {
        let mut child = up(dir, "127.0.0.1:0").args(arguments).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line.is_empty() {
            panic!("{}", sentence(&child.wait_with_output().unwrap()));
        }
        Self { line: serde_json::from_str(&line).unwrap(), child }
    }

    pub fn signal(&mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap().code()
    }

    pub fn children(&self) -> Vec<Pid> {
        let pids = self.line["pids"].as_object().unwrap();
        let pid = |value: &Value| Pid::from_raw(i32::try_from(value.as_u64().unwrap()).unwrap());
        pids.iter().filter(|(name, _)| *name != "up").map(|(_, p)| pid(p).unwrap()).collect()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn sentence(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}
