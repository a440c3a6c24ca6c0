//! `conclave-edge-pack`: makes of compiled WebAssembly what a runtime takes: of the edges, and of the
//! cryptography for browsers. It is the second half of `cargo xtask edge build`, in a crate of its own because xtask has no
//! dependencies: `wasm-bindgen`'s generator comes from the workspace's lock file here, so its
//! version cannot differ from the library's and nobody has to install it.

// Printing is what it does.
#![allow(clippy::print_stdout)]

mod browser;
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
    /// Makes a module, its JavaScript and its types, for browsers.
    Browser {
        #[command(flatten)]
        files: Files,
        /// What they are called.
        #[arg(long)]
        name: String,
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
    /// Where the result goes: a folder for the Worker and for browsers, a file for Spin.
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
        Command::Browser { files, name } => {
            browser::make(&files.wasm, &files.out, &name, &files.wasm_opt)?
        }
        Command::Spin { files } => component::make(&files.wasm, &files.out, &files.wasm_opt)?,
    };
    report::print(&made)
}
