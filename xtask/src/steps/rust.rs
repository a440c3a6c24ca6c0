//! Steps `fmt`, `clippy` and `rust`.

use crate::place::Place;
use crate::run::{cargo, output, run};
use crate::steps::wasm::with_edges;
use std::process::Command;

/// Step `fmt`.
pub fn fmt(place: &Place) -> Result<(), String> {
    run(cargo(place).args(["fmt", "--all", "--check"]))
}

/// Step `clippy`.
pub fn clippy(place: &Place) -> Result<(), String> {
    run(cargo(place).args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))
}

/// Step `rust`. Tests of crates below `conclave` need the nats-server that `conclave` fetches, the search
/// for traces a build that leaks on purpose, and the contract of the edges the wasm ones.
pub fn test(place: &Place) -> Result<(), String> {
    let tests = || {
        let mut test = cargo(place);
        test.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
        test
    };
    run(tests().arg("--no-run"))?;
    let leaky = ["build", "--locked", "-p", "conclave", "--features", "leak"];
    run(cargo(place).args(leaky).args(["--bin", "conclave-leaky"]))?;
    let conclave = place.target.join("debug/conclave");
    let nats_server = output(Command::new(&conclave).arg("fetch"))
        .ok_or("nats-server cannot be had: `conclave fetch` says why")?;
    let mut all = tests();
    with_edges(place, &mut all)?;
    run(all.env("CONCLAVE_NATS_SERVER", &nats_server))?;
    // What tokens and calls are attacked with does not care where the edge runs; the edge must not.
    for edge in ["worker", "spin"] {
        let mut attacks = cargo(place);
        attacks.args(["test", "--locked", "--package", "conclave-attack"]);
        attacks.args(["--test", "tokens", "--test", "control_plane"]);
        with_edges(place, &mut attacks)?;
        attacks.env("CONCLAVE_TEST_EDGE", edge).env("CONCLAVE_NATS_SERVER", &nats_server);
        run(&mut attacks)?;
    }
    Ok(())
}
