//! Step `e2e`, and what it shares with the benchmark: Chromium and Firefox driven from `tests/e2e`.

use crate::place::Place;
use crate::run::{build_conclave, cargo, command, run};
use crate::steps::wasm::with_edges;
use crate::tools::npm::npm;
use conclave_tools::{CHROMIUM, FIREFOX, NODE};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Step `e2e`.
pub fn test(place: &Place) -> Result<(), String> {
    let program = build_conclave(place, false)?;
    packages(place)?;
    let mut test = prepared(place, &program, "npm".into())?;
    with_edges(place, &mut test)?;
    // By itself: built together with `conclave`, that would have the seam for a betrayal in it.
    run(cargo(place).args(["build", "--locked", "--package", "conclave-rogue-node"]))?;
    test.env("CONCLAVE_ROGUE_NODE", place.target.join("debug/conclave-rogue-node"));
    run(test.arg("test"))
}

/// Installs the packages of `tests/e2e`.
pub fn packages(place: &Place) -> Result<(), String> {
    npm(&folder(place), &["ci", "--no-audit", "--no-fund"])
}

/// Node.js in `tests/e2e`.
pub fn node(place: &Place, program: &Path) -> Result<Command, String> {
    let node = NODE.ensure(&mut say).map_err(|missing| missing.to_string())?;
    prepared(place, program, node)
}

fn prepared(place: &Place, conclave: &Path, program: PathBuf) -> Result<Command, String> {
    let chromium = CHROMIUM.ensure(&mut say).map_err(|missing| missing.to_string())?;
    let firefox = FIREFOX.ensure(&mut say).map_err(|missing| missing.to_string())?;
    let mut command = command(program, &folder(place));
    command
        .env("CONCLAVE_BIN", conclave)
        .env("CONCLAVE_WEB", place.root.join("client"))
        .env("CHROMIUM", chromium)
        .env("FIREFOX", firefox);
    Ok(command)
}

fn folder(place: &Place) -> PathBuf {
    place.root.join("tests/e2e")
}

fn say(text: &str) {
    println!("{text}");
}
