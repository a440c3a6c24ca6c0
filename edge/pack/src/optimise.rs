//! Binaryen's `wasm-opt` over one core module.

use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::Command;

/// What rustc's two WebAssembly targets may use by default, and the exceptions by which
/// `wasm-bindgen` notices traps. Said one by one rather than as "all", so that no newer encoding
/// is written than the oldest runtime reads.
const FEATURES: [&str; 7] = [
    "bulk-memory",
    "exception-handling",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "sign-ext",
];

/// What it is to become, in the program's words.
#[derive(Debug, Clone, Copy)]
pub enum For {
    /// Paid for by its size at every start.
    Size,
    /// Computes for long.
    Speed,
}

/// Makes `to` of `from`: better, and without the sections that only tools read.
pub fn optimise(wasm_opt: &Path, from: &Path, to: &Path, what: For) -> Result<()> {
    let mut command = Command::new(wasm_opt);
    let level = match what {
        For::Size => "-Oz",
        For::Speed => "-O3",
    };
    command.arg(from).arg(level).arg("-o").arg(to);
    command.args(["--strip-debug", "--strip-producers", "--strip-target-features"]);
    command.args(FEATURES.map(|feature| format!("--enable-{feature}")));
    run(&mut command)
}

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_owned();
    let status =
        command.status().with_context(|| format!("{} cannot be started", program.display()))?;
    ensure!(status.success(), "{} failed ({status})", program.display());
    Ok(())
}
