//! `cargo xtask bench join | control | e2ee | edge | kick | memory | switch`.

use crate::place::Place;
use crate::run::{self, cargo};
use crate::steps::wasm::{wasm, with_edges};
use crate::steps::{browser, web};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Those without a browser.
const RUST: [&str; 4] = ["control", "kick", "memory", "switch"];

/// Where most of them are.
const TESTS: &str = "conclave-tests";

/// Measures with a release build: that is what people run.
pub fn bench(place: &Place, args: &[String]) -> Result<(), String> {
    match args {
        [what, rest @ ..] if what == "join" => {
            let program = run::build_conclave(place, true)?;
            let relay = build(place, &program, TESTS, "conclave-relay")?;
            browser::packages(place)?;
            let mut bench = browser::node(place, &program)?;
            bench.env("CONCLAVE_RELAY", relay).arg("bench-join.mjs").args(rest);
            run::run(&mut bench)
        }
        [what, rest @ ..] if what == "e2ee" => {
            let program = run::build_conclave(place, true)?;
            web::build(place)?;
            browser::packages(place)?;
            run::run(browser::node(place, &program)?.arg("bench-e2ee.mjs").args(rest))
        }
        [what, rest @ ..] if RUST.contains(&what.as_str()) => {
            let program = run::build_conclave(place, true)?;
            let bench = build(place, &program, TESTS, "conclave-bench")?;
            let mut bench = run::command(bench, &place.root);
            run::run(bench.env("CONCLAVE_BIN", &program).arg(what).args(rest))
        }
        [what, rest @ ..] if what == "edge" => {
            let program = run::build_conclave(place, true)?;
            wasm(place)?;
            let bench = build(place, &program, "conclave-contract", "conclave-bench-edge")?;
            let nats = run::output(Command::new(&program).arg("fetch"))
                .ok_or("nats-server cannot be had: `conclave fetch` says why")?;
            let mut bench = run::command(bench, &place.root);
            with_edges(place, &mut bench)?;
            bench.env("CONCLAVE_BIN", &program).env("CONCLAVE_NATS_SERVER", nats);
            run::run(bench.args(rest))
        }
        _ => {
            Err("usage: cargo xtask bench join|control|e2ee|edge|kick|memory|switch [OPTION…]"
                .into())
        }
    }
}

/// Builds a tool of the tests beside `conclave`.
fn build(place: &Place, conclave: &Path, package: &str, tool: &str) -> Result<PathBuf, String> {
    let mut build = cargo(place);
    build.args(["build", "--release", "--package", package, "--bin", tool]);
    run::run(&mut build)?;
    Ok(conclave.with_file_name(tool))
}
