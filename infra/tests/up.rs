//! `conclave up` as a person runs it: the real executable, with a page of one line.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

mod support;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use support::up::{Up, sentence, up};

const PATIENCE: Duration = Duration::from_secs(30);

fn gone(pids: &[Pid]) {
    let begun = Instant::now();
    while pids.iter().any(|pid| test_kill_process(*pid).is_ok()) {
        assert!(begun.elapsed() < PATIENCE, "children are left");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn it_starts_stops_and_starts_again_however_it_ended() {
    let dir = tempfile::tempdir().unwrap();
    let connection = dir.path().join("state/connection.json");

    let mut first = Up::start(dir.path());
    let told: Value = serde_json::from_slice(&fs::read(&connection).unwrap()).unwrap();
    for key in ["url", "api_key", "api_secret", "nats_ws_url", "metrics_url", "link"] {
        assert!(told[key].is_string(), "{key}");
    }
    assert!(told["link"].as_str().unwrap().contains("/room#i="));
    assert!(first.line.get("api_secret").is_none(), "a secret on standard output");
    let children = first.children();
    assert_eq!(children.len(), 4);

    let second = up(dir.path(), "127.0.0.1:0").output().unwrap();
    assert!(!second.status.success());
    assert!(sentence(&second).contains("another `conclave up`"), "{}", sentence(&second));

    assert_eq!(first.signal(Signal::TERM), Some(0));
    gone(&children);
    assert!(!connection.exists());

    let mut third = Up::start(dir.path());
    let children = third.children();
    assert_eq!(third.signal(Signal::KILL), None);
    let fourth = Up::start(dir.path());
    gone(&children);
    drop(fourth);
}

#[test]
fn a_child_that_dies_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start(dir.path());
    let node = up.line["pids"]["node"].as_i64().unwrap();
    let pid = Pid::from_raw(i32::try_from(node).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    let begun = Instant::now();
    loop {
        // Written whole or not at all, so that it can be read at any time.
        let file = fs::read(dir.path().join("state/connection.json")).unwrap();
        let told: Value = serde_json::from_slice(&file).unwrap();
        if told["pids"]["node"] != node {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the node did not come back");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_cannot_work_is_one_sentence_and_a_code() {
    let dir = tempfile::tempdir().unwrap();
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = busy.local_addr().unwrap().to_string();
    let old = dir.path().join("old");
    fs::write(&old, "#!/bin/sh\necho nats-server: v2.9.10\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&old, mode).unwrap();

    let mut wrong = up(dir.path(), "127.0.0.1:0");
    wrong.arg("--nats-server").arg(&old);
    let mut private = up(dir.path(), "0.0.0.0:0");
    for (command, code) in [(&mut up(dir.path(), &listen), 3), (&mut wrong, 5), (&mut private, 2)] {
        let output = command.output().unwrap();
        let said = sentence(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("conclave: ") && !said.contains("panicked"), "{said}");
    }
}
