//! The cryptography of end-to-end encryption as the web application's encryption worker loads it:
//! `crypto/wasm`, built into `client/sdk/wasm`.

use crate::edge::build::pack;
use crate::place::Place;
use crate::run::{command, run};
use crate::wasm_std::{WORKER, toolchain};
use crate::{fingerprint, tools, wasm_build};
use std::fs;
use std::path::PathBuf;

/// What its files are called.
const NAME: &str = "conclave_crypto";
const PACKAGE: &str = "conclave-crypto-wasm";
/// What it is made of: where none of it changed, what was built serves.
const SOURCES: [&str; 3] = ["crypto", "Cargo.lock", "edge/pack/src"];

/// Builds it where its sources changed; the folder with its files.
pub fn build(place: &Place) -> Result<PathBuf, String> {
    let out = place.root.join("client/sdk/wasm");
    let stamp = out.join(".built-from");
    let sources = SOURCES.map(|source| place.root.join(source));
    let state =
        fingerprint::of_files(&sources).map_err(|error| format!("cannot read crypto: {error}"))?;
    if fs::read_to_string(&stamp).is_ok_and(|built| built == state) {
        return Ok(out);
    }
    let toolchain = toolchain(place, WORKER)?;
    run(wasm_build::cargo(place, &toolchain, PACKAGE, WORKER, &[])?.args(["--profile", "browser"]))?;
    let wasm = toolchain.results.join(WORKER).join("browser");
    let mut second = command(pack(place)?, &place.root);
    second.args(["browser", "--name", NAME]).arg("--out").arg(&out);
    second.arg("--wasm").arg(wasm.join(format!("{}.wasm", PACKAGE.replace('-', "_"))));
    second.arg("--wasm-opt").arg(tools::wasm_opt(place)?);
    run(&mut second)?;
    fs::write(&stamp, state).map_err(|error| format!("cannot write what was built: {error}"))?;
    Ok(out)
}
