//! A gate that `conclave up` runs, and what edges elsewhere are told: the real executable.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

mod support;

use conclave_bus::Kv;
use conclave_protocol::bucket::{READY, ROOMS};
use conclave_protocol::nkey::NatsKey;
use conclave_protocol::subjects::EDGE_INBOX;
use rustix::process::Signal;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use support::gate::{certificate, tls};
use support::up::{Up, sentence, up};
use support::{PATIENCE, connect_with};

/// What `up` is told so that it runs a gate.
fn arguments(dir: &Path) -> [String; 6] {
    let (certificate, key) = certificate(dir);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    [
        "--edges-listen".to_owned(),
        "127.0.0.1:0".to_owned(),
        "--edges-cert".to_owned(),
        text(&certificate),
        "--edges-key".to_owned(),
        text(&key),
    ]
}

fn variables(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conclave"));
    command.arg("edge-variables").arg("--state").arg(dir.join("state")).args(arguments);
    command.output().unwrap()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[tokio::test]
async fn an_edge_elsewhere_is_told_what_lets_it_in() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let arguments = arguments(dir);
    let mut up = Up::start_with(dir, &arguments.each_ref().map(String::as_str));
    assert!(up.line["pids"]["gate"].is_u64(), "{}", up.line);
    for file in ["gate.json", "gate.creds", "operator.jwt"] {
        let mode = fs::metadata(dir.join("state/gate").join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let gate = read(&dir.join("state/gate/gate.json"));
    let address = gate["listen"].as_str().unwrap().replace("127.0.0.1", "localhost");

    let told = variables(dir, &["--nats-addr", &address, "--format", "worker"]);
    assert!(told.status.success(), "{}", sentence(&told));
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(
        (&told["NATS_ADDR"], &told["NATS_TRANSPORT"]),
        (&address.clone().into(), &"tls".into())
    );
    assert!(told["CONCLAVE_SETTINGS"].as_str().unwrap().starts_with('{'));
    let text = |name: &str| told[name].as_str().unwrap();
    let key = NatsKey::from_seed(text("NATS_SEED")).unwrap();
    let url = format!("tls://{}", text("NATS_ADDR"));
    let edge = connect_with(tls(dir), &url, text("NATS_JWT"), key, EDGE_INBOX).await.unwrap();
    let ready = Kv::new(edge.client.clone(), PATIENCE).read(ROOMS, READY).await.unwrap();
    assert!(ready.value.is_some());

    assert_eq!(up.signal(Signal::TERM), Some(0));
    let up = Up::start(dir);
    assert!(up.line["pids"].get("gate").is_none(), "{}", up.line);
    assert!(read(&dir.join("state/nats/nats.json")).get("leafnodes").is_none());
}

#[test]
fn variables_come_as_each_platform_takes_them() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let none = variables(dir, &["--format", "env"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(sentence(&none).contains("conclave up"), "{}", sentence(&none));
    drop(Up::start(dir));

    let there = ["--nats-addr", "nats.example:4223", "--nats-tls-name", "edges.example"];
    let of = |arguments: &[&str], format: &str| {
        let output = variables(dir, &[arguments, &["--format", format]].concat());
        assert!(output.status.success(), "{}", sentence(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let env = of(&there, "env");
    let names: Vec<&str> = env.lines().map(|line| line.split_once('=').unwrap().0).collect();
    let expected = [
        "CONCLAVE_SETTINGS",
        "NATS_ADDR",
        "NATS_JWT",
        "NATS_SEED",
        "NATS_TLS_NAME",
        "NATS_TRANSPORT",
    ];
    assert_eq!(names, expected);
    for line in ["NATS_ADDR=nats.example:4223", "NATS_TLS_NAME=edges.example", "NATS_TRANSPORT=tls"]
    {
        assert!(env.lines().any(|l| l == line), "{line}");
    }
    let worker: Value = serde_json::from_str(&of(&there, "worker")).unwrap();
    for line in env.lines() {
        let (name, value) = line.split_once('=').unwrap();
        assert_eq!(worker[name], value);
        // As a shell reads it.
        for (format, prefix) in [("spin", "SPIN_VARIABLE_"), ("shell", "")] {
            let script = format!("{}\nprintenv {prefix}{name}", of(&there, format));
            let said = Command::new("sh").env_clear().arg("-c").arg(script).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&said.stdout), format!("{value}\n"), "{format}");
        }
    }
    // On this machine an edge goes to NATS itself.
    assert!(of(&[], "env").contains("\nNATS_TRANSPORT=plain\n"));

    let wrong = variables(dir, &["--nats-addr", "nats.example", "--format", "env"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(wrong.stdout.is_empty() && sentence(&wrong).contains("nats_addr"));
}

#[test]
fn a_gate_that_cannot_be_is_one_sentence_and_a_code() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let all = arguments(dir);
    for left_out in [0, 2, 4] {
        let given: Vec<&String> = all
            .iter()
            .enumerate()
            .filter(|(at, _)| at / 2 != left_out / 2)
            .map(|(_, a)| a)
            .collect();
        let output = up(dir, "127.0.0.1:0").args(given).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", sentence(&output));
        assert!(sentence(&output).contains(&all[left_out]), "{}", sentence(&output));
    }
    let none = dir.join("none.pem").to_str().unwrap().to_owned();
    let page = dir.join("index.html").to_str().unwrap().to_owned();
    for (certificate, code, says) in [(none, 2, "none.pem"), (page, 1, "certificate")] {
        let mut arguments = all.clone();
        arguments[3] = certificate;
        let output = up(dir, "127.0.0.1:0").args(arguments).output().unwrap();
        let said = sentence(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.lines().last().unwrap().contains(says), "{said}");
    }
}
