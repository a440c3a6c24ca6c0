//! The last way: Debian's compiler builds the standard library, once for each version of it.

use super::{SPIN, layout, said};
use crate::fingerprint;
use crate::place::Place;
use crate::remap;
use crate::run::{command, output, run};
use conclave_tools::Package;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's own compiler, behind rustup's on PATH.
pub const RUSTC: &str = "/usr/bin/rustc";
/// Debian's own cargo.
pub const CARGO: &str = "/usr/bin/cargo";
/// The standard library's sources.
pub const SOURCES: &str = "/usr/lib/rustlib/src/rust";
const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
/// The C library below Rust's for WASI; the stable suites' is too old for its second preview.
const LIBC: Package = Package { name: "wasi-libc", suite: "forky", version: "0.0~git20260423" };
/// What a program for WASI is linked with.
const OBJECTS: [&str; 3] = ["crt1-command.o", "crt1-reactor.o", "libc.a"];
/// Counted up with each change of how it is built.
const RECIPE: &str = "2";

/// The toolchain's folder, if it holds the target's standard library.
pub fn made(place: &Place, target: &str) -> Option<PathBuf> {
    let folder = folder(place)?;
    layout::is_whole(&folder, target).then_some(folder)
}

/// Makes it so.
pub fn make(place: &Place, target: &str) -> Result<PathBuf, String> {
    if ![RUSTC, CARGO, SOURCES].iter().all(|path| Path::new(path).exists()) {
        conclave_tools::install("Debian's Rust", &PACKAGES, &mut |text| println!("{text}"))
            .map_err(|missing| missing.to_string())?;
    }
    let folder = folder(place).ok_or("Debian's rustc does not run, or no other does")?;
    if layout::is_whole(&folder, target) {
        return Ok(folder);
    }
    let libc = (target == SPIN).then(|| libc(place)).transpose()?;
    let work = place.cache.join("wasm-std").join(format!("{target}.work"));
    // A build that was broken off leaves rlibs that clash with the next one's.
    let _ = fs::remove_dir_all(&work);
    let built = build(&work, target, libc.as_deref())?;
    let objects: Vec<PathBuf> =
        libc.iter().flat_map(|dir| OBJECTS.map(|name| dir.join(name))).collect();
    layout::lay_out(&folder, target, &built, &objects)
        .map_err(|error| format!("cannot lay out {}: {error}", folder.display()))?;
    let _ = fs::remove_dir_all(&work);
    Ok(folder)
}

/// Named after what the libraries in it must fit: Debian's compiler, rustup's linker, the C library.
fn folder(place: &Place) -> Option<PathBuf> {
    let about = |rustc: &str| output(Command::new(rustc).arg("-vV"));
    let (debians, linkers) = (about(RUSTC)?, about("rustc")?);
    let print = fingerprint::of(&[RECIPE, LIBC.version, &debians, &linkers]);
    let release = said(Path::new(RUSTC), "release")?;
    Some(place.cache.join("wasm-std").join(format!("{release}-{print}")))
}

/// Where the C library is.
fn libc(place: &Place) -> Result<PathBuf, String> {
    let root = place.cache.join("wasm-std").join(format!("{}-{}", LIBC.name, LIBC.version));
    let dir = root.join("usr/lib").join(SPIN);
    if !dir.join(OBJECTS[2]).exists() {
        println!("unpacking {} {} of Debian's {}", LIBC.name, LIBC.version, LIBC.suite);
        let _ = fs::remove_dir_all(&root);
        LIBC.unpack(&root).map_err(|missing| missing.to_string())?;
    }
    Ok(dir)
}

/// Builds an empty crate with its standard library; where the rlibs are.
fn build(work: &Path, target: &str, libc: Option<&Path>) -> Result<PathBuf, String> {
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
    let commit = super::commit(Path::new(RUSTC))?;
    let mut flags = remap::flags(&remap::sources(Path::new(SOURCES), &commit));
    // Without it the edges could not be linked by LTO.
    flags.push("-Cembed-bitcode=yes".into());
    if let Some(libc) = libc {
        flags.push("-Clink-self-contained=no".into());
        flags.push(format!("-L{}", libc.display()));
    }
    let mut build = command(CARGO, work);
    build
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", RUSTC)
        .env("CARGO_ENCODED_RUSTFLAGS", remap::encoded(&flags))
        .env("CARGO_TARGET_DIR", work.join("target"))
        .env_remove("RUSTUP_TOOLCHAIN")
        .args(["build", "--release", "-Zbuild-std=std,panic_abort", "--target", target]);
    run(&mut build)?;
    Ok(work.join(format!("target/{target}/release/deps")))
}
