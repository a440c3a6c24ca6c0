//! Programs that no system's package manager has: from crates.io and npm, pinned, installed into
//! the cache when they are first asked for.

pub mod crates;
pub mod npm;

use crate::place::Place;
use crate::run::command;
use crates::Crate;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const WASMTIME: Crate = Crate {
    package: "wasmtime-cli",
    program: "wasmtime",
    version: "48.0.8",
    // What serving WASI HTTP components takes.
    features: &[
        "--no-default-features",
        "--features",
        "run,serve,compile,cranelift,cache,pooling-allocator,parallel-compilation,component-model,\
         component-model-async,wasi-http,wasi-config,wasi-keyvalue,wat,logging",
    ],
    optimisation: "2",
};
/// The packages that make the Worker's bundle and test it.
const EDGE: &str = "edge/pack/npm";
/// Wrangler, and the Node.js that it wants.
const WRANGLER: &str = "edge/pack/npm-wrangler";

/// `wasmtime`, which runs the component for Spin.
pub fn wasmtime(place: &Place) -> Result<PathBuf, String> {
    crates::install(place, &WASMTIME)
}

/// `workerd`, which runs the Worker: the program itself and not npm's wrapper, so that a signal
/// reaches it.
pub fn workerd(place: &Place) -> Result<PathBuf, String> {
    platforms(&npm::packages(place, EDGE)?.join("@cloudflare"), "workerd-", "bin/workerd")
        .ok_or_else(|| "workerd does not come for this machine".to_owned())
}

/// `wasm-opt`.
pub fn wasm_opt(place: &Place) -> Result<PathBuf, String> {
    Ok(npm::packages(place, EDGE)?.join(".bin/wasm-opt"))
}

/// `esbuild`.
pub fn esbuild(place: &Place) -> Result<PathBuf, String> {
    Ok(npm::packages(place, EDGE)?.join(".bin/esbuild"))
}

/// Wrangler, for people: it takes many times as long to start as `workerd`, which is in it. With
/// the Node.js that comes with it where there is one for this machine, else the system's.
pub fn wrangler(place: &Place) -> Result<Command, String> {
    let packages = npm::packages(place, WRANGLER)?;
    let node = platforms(&packages, "node-", "bin/node").unwrap_or_else(|| "node".into());
    let mut wrangler = command(node, &place.root);
    wrangler.arg(packages.join("wrangler/bin/wrangler.js"));
    wrangler.env("WRANGLER_SEND_METRICS", "false");
    // It asks people, and takes secrets there.
    wrangler.stdin(Stdio::inherit());
    Ok(wrangler)
}

/// A program of the one package that npm chose for this machine of those that differ by platform.
fn platforms(packages: &Path, prefix: &str, program: &str) -> Option<PathBuf> {
    let mut found = fs::read_dir(packages).ok()?.flatten().map(|entry| entry.path());
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(prefix) && path.join(program).exists()
    };
    Some(found.find(named)?.join(program))
}
