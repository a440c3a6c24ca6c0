//! Programs that cargo installs.

use crate::place::Place;
use crate::run::{cargo, run};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A program of a crate.
pub struct Crate {
    /// The crate.
    pub package: &'static str,
    /// The program.
    pub program: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What cargo is told of features.
    pub features: &'static [&'static str],
    /// As much as pays: what runs for a second need not be compiled for minutes.
    pub optimisation: &'static str,
}

/// Installs it if it is not there in that version; where it is.
pub fn install(place: &Place, program: &Crate) -> Result<PathBuf, String> {
    let path = place.tool(program.program);
    let said = Command::new(&path).arg("--version").output();
    let current = said.is_ok_and(|out| {
        String::from_utf8_lossy(&out.stdout).split_whitespace().any(|word| word == program.version)
    });
    if current {
        return Ok(path);
    }
    let root = place.cache.join("tools");
    let results = place.cache.join("build").join(program.package);
    println!("installing {} {} into {}", program.package, program.version, root.display());
    let mut install = cargo(place);
    install
        .args(["install", program.package, "--version", program.version])
        .args(["--locked", "--force"])
        .args(program.features)
        .arg("--root")
        .arg(&root)
        .env("CARGO_TARGET_DIR", &results)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", program.optimisation)
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    run(&mut install)?;
    // Some 700 MB that only a newer version would look at.
    let _ = fs::remove_dir_all(results);
    Ok(path)
}
