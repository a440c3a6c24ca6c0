//! `conclave-edge-pack`: makes of the edges' compiled WebAssembly what a runtime takes. It is the
//! second half of `cargo xtask edge build`, in a crate of its own because xtask has no
//! dependencies: `wasm-bindgen`'s generator comes from the workspace's lock file here, so its
//! version cannot differ from the library's and nobody has to install it.

// Printing is what it does.
#![allow(clippy::print_stdout)]

mod component;
mod optimise;
mod report;
mod worker;

use anyhow::Result;
use clap::{Args, Parser};
use std::path::PathBuf;

#[derive(Parser)]
enum Command {
    /// Makes `index.js` and `index.wasm` of the module, for Cloudflare Workers.
    Worker {
        #[command(flatten)]
        files: Files,
        /// The program `esbuild`.
        #[arg(long)]
        esbuild: PathBuf,
    },
    /// Makes the component smaller, for Spin and other hosts of WASI HTTP.
    Spin {
        #[command(flatten)]
        files: Files,
    },
}

#[derive(Args)]
struct Files {
    /// What cargo built.
    #[arg(long)]
    wasm: PathBuf,
    /// Where the result goes: a folder for the Worker, a file for Spin.
    #[arg(long)]
    out: PathBuf,
    /// The program `wasm-opt`.
    #[arg(long)]
    wasm_opt: PathBuf,
}

fn main() -> Result<()> {
    let made = match Command::parse() {
        Command::Worker { files, esbuild } => {
            worker::make(&files.wasm, &files.out, &files.wasm_opt, &esbuild)?
        }
        Command::Spin { files } => component::make(&files.wasm, &files.out, &files.wasm_opt)?,
    };
    report::print(&made)
}
