//! Step `wasm`: `protocol` and `edge/core` compile to WebAssembly. The target's standard library
//! is rustup's where rustup has it or gets it, else built from the sources that Debian packages.

use crate::place::Place;
use crate::run::{cargo, command, output, run};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";
const HOST: &str = "x86_64-unknown-linux-gnu";
const PACKAGES: [&str; 2] = ["conclave-protocol", "conclave-edge-core"];

/// Step `wasm`.
pub fn wasm(place: &Place) -> Result<(), String> {
    let mut build = cargo(place);
    // For trying the last way where the first would do.
    let forced = env::var_os("CONCLAVE_WASM_STD").is_some_and(|way| way == "debian");
    if !forced && installed() {
        println!("the standard library for {TARGET} is rustup's");
    } else if !forced && added() {
        println!("the standard library for {TARGET} was added by rustup");
    } else {
        println!("the standard library for {TARGET} is built from Debian's sources");
        let toolchain = debian(place)?;
        build = command(toolchain.join("bin/cargo"), &place.root);
        build.env("PATH", path_with(&toolchain.join("bin"))?);
        // Another compiler's results; beside ours they would be built anew each time.
        build.env("CARGO_TARGET_DIR", place.cache.join("target-debian"));
        for name in ["RUSTC", "RUSTUP_TOOLCHAIN"] {
            build.env_remove(name);
        }
    }
    // Libraries are not linked, so checking finds what building would, in half the time.
    build.args(["check", "--locked", "--target", TARGET]);
    for package in PACKAGES {
        build.args(["--package", package]);
    }
    run(&mut build)
}

fn installed() -> bool {
    let dir = output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    dir.is_some_and(|dir| holds_std(Path::new(&dir)))
}

fn holds_std(dir: &Path) -> bool {
    fs::read_dir(dir).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn added() -> bool {
    // rustup tries again and again where nothing answers.
    let args = ["60", "rustup", "target", "add", TARGET];
    output(Command::new("timeout").args(args)).is_some() && installed()
}

/// A toolchain folder of Debian's compiler with the target's standard library, made once for each
/// version of that compiler.
fn debian(place: &Place) -> Result<PathBuf, String> {
    let packages = ["rustc-web", "cargo-web", "rust-web-src"];
    let rustc = Path::new("/usr/bin/rustc");
    let sources = Path::new("/usr/lib/rustlib/src/rust/library/std");
    if !(rustc.exists() && Path::new("/usr/bin/cargo").exists() && sources.exists()) {
        conclave_tools::install("Debian's Rust", &packages, &mut |text| println!("{text}"))
            .map_err(|missing| missing.to_string())?;
    }
    let version =
        output(Command::new(rustc).arg("--version")).ok_or("Debian's rustc does not run")?;
    let version = version.split_whitespace().nth(1).unwrap_or("unknown").to_owned();
    let toolchain = place.cache.join(format!("wasm-std/{version}"));
    let libs = toolchain.join(format!("lib/rustlib/{TARGET}/lib"));
    if !holds_std(&libs) {
        let work = place.cache.join(format!("wasm-std/{version}.work"));
        // A build that was broken off leaves rlibs that clash with the next one's.
        let _ = fs::remove_dir_all(&work);
        let built = build_std(&work)?;
        lay_out(&toolchain, &built).map_err(|error| format!("cannot lay out {error}"))?;
        let _ = fs::remove_dir_all(&work);
    }
    Ok(toolchain)
}

/// Builds an empty crate with its standard library; where the rlibs are.
fn build_std(work: &Path) -> Result<PathBuf, String> {
    let write = |name: &str, text: &str| {
        fs::write(work.join(name), text).map_err(|error| format!("cannot write {name}: {error}"))
    };
    fs::create_dir_all(work.join("src"))
        .map_err(|error| format!("cannot make a folder: {error}"))?;
    write("src/lib.rs", "#![no_std]\n")?;
    write(
        "Cargo.toml",
        "[package]\nname = \"conclave-empty\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [profile.release]\nopt-level = 3\ncodegen-units = 1\ndebug = 0\npanic = \"abort\"\n",
    )?;
    let mut build = command("/usr/bin/cargo", work);
    build
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTFLAGS", "-C embed-bitcode=yes")
        .env("CARGO_TARGET_DIR", work.join("target"))
        .env_remove("RUSTUP_TOOLCHAIN")
        .args(["build", "--release", "-Zbuild-std=std,panic_abort", "--target", TARGET]);
    run(&mut build)?;
    Ok(work.join(format!("target/{TARGET}/release/deps")))
}

fn lay_out(toolchain: &Path, built: &Path) -> std::io::Result<()> {
    let _ = fs::remove_dir_all(toolchain);
    let libs = toolchain.join(format!("lib/rustlib/{TARGET}/lib"));
    let host = toolchain.join(format!("lib/rustlib/{HOST}"));
    for dir in [&libs, &host.join("bin"), &toolchain.join("bin")] {
        fs::create_dir_all(dir)?;
    }
    let sysroot = |rustc: &str| output(Command::new(rustc).args(["--print", "sysroot"]));
    let debians = PathBuf::from(sysroot("/usr/bin/rustc").unwrap_or_else(|| "/usr".into()));
    let rustups = PathBuf::from(sysroot("rustc").unwrap_or_default());
    symlink(debians.join(format!("lib/rustlib/{HOST}/lib")), host.join("lib"))?;
    let lld = format!("lib/rustlib/{HOST}/bin/rust-lld");
    symlink(rustups.join(&lld), toolchain.join(&lld))?;
    symlink("/usr/bin/cargo", toolchain.join("bin/cargo"))?;
    let rustc = toolchain.join("bin/rustc");
    fs::write(
        &rustc,
        format!("#!/bin/sh\nexec /usr/bin/rustc --sysroot='{}' \"$@\"\n", toolchain.display()),
    )?;
    fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755))?;
    // The standard library last: its presence says that the rest is there.
    for entry in fs::read_dir(built)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_std = name.starts_with("libstd-");
        if name.ends_with(".rlib") && !name.contains("conclave_empty") && !is_std {
            fs::copy(entry.path(), libs.join(name))?;
        }
    }
    for entry in fs::read_dir(built)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("libstd-") && name.ends_with(".rlib") {
            fs::copy(entry.path(), libs.join(name))?;
        }
    }
    Ok(())
}

fn path_with(first: &Path) -> Result<OsString, String> {
    let rest = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(first.to_owned()).chain(env::split_paths(&rest));
    env::join_paths(all).map_err(|_| "the cache folder's name has a colon in it".to_owned())
}
