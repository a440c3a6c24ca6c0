//! `cargo xtask bench join | control | kick | memory | switch`.

use crate::place::Place;
use crate::run::{self, cargo};
use crate::steps::browser;
use std::path::{Path, PathBuf};

/// Those without a browser.
const RUST: [&str; 4] = ["control", "kick", "memory", "switch"];

/// Measures with a release build: that is what people run.
pub fn bench(place: &Place, args: &[String]) -> Result<(), String> {
    match args {
        [what, rest @ ..] if what == "join" => {
            let program = run::build_conclave(place, true)?;
            let relay = build(place, &program, "conclave-relay")?;
            browser::packages(place)?;
            let mut bench = browser::node(place, &program)?;
            bench.env("CONCLAVE_RELAY", relay).arg("bench-join.mjs").args(rest);
            run::run(&mut bench)
        }
        [what, rest @ ..] if RUST.contains(&what.as_str()) => {
            let program = run::build_conclave(place, true)?;
            let bench = build(place, &program, "conclave-bench")?;
            let mut bench = run::command(bench, &place.root);
            run::run(bench.env("CONCLAVE_BIN", &program).arg(what).args(rest))
        }
        _ => Err("usage: cargo xtask bench join|control|kick|memory|switch [OPTION…]".into()),
    }
}

/// Builds a tool of the tests beside `conclave`.
fn build(place: &Place, conclave: &Path, tool: &str) -> Result<PathBuf, String> {
    let mut build = cargo(place);
    build.args(["build", "--release", "--package", "conclave-tests", "--bin", tool]);
    run::run(&mut build)?;
    Ok(conclave.with_file_name(tool))
}
