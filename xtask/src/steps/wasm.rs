//! Step `wasm`: the edges for Cloudflare Workers and for hosts of WASI HTTP components, as they are
//! deployed and as later steps run them, and the cryptography for browsers.

use crate::crypto;
use crate::edge::build::{Edge, build, pack};
use crate::place::Place;
use crate::run::run;
use crate::tools;
use crate::wasm_std::{WORKER, toolchain};
use std::process::Command;

/// Step `wasm`.
pub fn wasm(place: &Place) -> Result<(), String> {
    // Both are looked at for the one target whose standard library comes with a clippy.
    let toolchain = toolchain(place, WORKER)?;
    if toolchain.has_clippy() {
        let mut clippy = toolchain.cargo(place)?;
        clippy.args(["clippy", "--locked", "--target", WORKER]);
        clippy.args(["--package", "conclave-edge-spin", "--package", "conclave-edge-worker"]);
        clippy.args(["--package", "conclave-crypto-wasm"]);
        run(clippy.args(["--", "-D", "warnings"]))?;
    } else {
        println!(
            "NOTE: Debian's compiler is without clippy here: the wasm edges are only compiled"
        );
    }
    crypto::build(place)?;
    let pack = pack(place)?;
    Edge::ALL.into_iter().try_for_each(|edge| build(place, edge, &pack).map(drop))
}

/// Tells a program where the runtimes of the wasm edges are, and what they are to run.
pub fn with_edges(place: &Place, command: &mut Command) -> Result<(), String> {
    command
        .env("CONCLAVE_WORKERD", tools::workerd(place)?)
        .env("CONCLAVE_WASMTIME", tools::wasmtime(place)?)
        .env("CONCLAVE_EDGE_WORKER", Edge::Worker.built(place))
        .env("CONCLAVE_EDGE_SPIN", Edge::Wasi.built(place).join(Edge::Wasi.files()[0]));
    Ok(())
}
