//! Running programs.

use crate::place::Place;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Cargo in the checkout, with results in the cache.
pub fn cargo(place: &Place) -> Command {
    let mut cargo = command("cargo", &place.root);
    cargo.env("CARGO_TARGET_DIR", &place.target);
    cargo
}

/// A program in a folder. What `cargo xtask` set for this process alone is not passed on: it would
/// have other crates built anew.
pub fn command(program: impl AsRef<OsStr>, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(dir).stdin(Stdio::null());
    let own = std::env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    });
    for name in own {
        command.env_remove(name);
    }
    command
}

/// Runs to the end, showing the output.
pub fn run(command: &mut Command) -> Result<(), String> {
    let shown = shown(command);
    eprintln!("$ {shown}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` failed ({status})")),
        Err(error) => Err(format!("`{shown}` cannot be started: {error}")),
    }
}

/// Runs to the end; what it printed on standard output, where it succeeded.
pub fn output(command: &mut Command) -> Option<String> {
    let out = command.stderr(Stdio::null()).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Builds the operator's command; where it is.
pub fn build_conclave(place: &Place, release: bool) -> Result<PathBuf, String> {
    let mut build = cargo(place);
    build.args(["build", "--package", "conclave"]);
    if release {
        build.arg("--release");
    }
    let done = build.status().is_ok_and(|status| status.success());
    if !done {
        return Err("Conclave does not compile".into());
    }
    Ok(place.target.join(if release { "release/conclave" } else { "debug/conclave" }))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
