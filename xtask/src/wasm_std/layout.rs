//! The folder of a toolchain: Debian's compiler, rustup's linkers, and the standard library of
//! each target that was built.

use super::{debian, said, sysroot};
use std::fs;
use std::io::{Error, Result};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// True where a target's folder has a standard library.
pub fn holds_std(dir: &Path) -> bool {
    fs::read_dir(dir).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

/// True where the folder holds the target's standard library and what it links to is still there.
pub fn is_whole(folder: &Path, target: &str) -> bool {
    let linked = |path: &Path| fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
    let host = host().unwrap_or_default();
    holds_std(&folder.join(format!("lib/rustlib/{target}/lib")))
        && folder.join("bin/rustc").exists()
        && folder.join("bin/cargo").exists()
        && ["bin", "lib"]
            .iter()
            .all(|dir| linked(&folder.join(format!("lib/rustlib/{host}/{dir}"))))
}

/// Lays out the folder, then puts the rlibs of `built` into it, and what else a program of the
/// target is linked with.
pub fn lay_out(folder: &Path, target: &str, built: &Path, objects: &[PathBuf]) -> Result<()> {
    programs(folder)?;
    let dir = folder.join("lib/rustlib").join(target);
    let part = folder.join("lib/rustlib").join(format!("{target}.part"));
    for old in [&dir, &part] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
    }
    fs::create_dir_all(part.join("lib/self-contained"))?;
    for entry in fs::read_dir(built)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.contains("conclave_empty") {
            fs::copy(entry.path(), part.join("lib").join(name))?;
        }
    }
    for object in objects {
        let name = object.file_name().unwrap_or_default();
        fs::copy(object, part.join("lib/self-contained").join(name))?;
    }
    // At once: what is broken off must not be taken for whole.
    fs::rename(part, dir)
}

fn programs(folder: &Path) -> Result<()> {
    let missing = |what: &str| Error::other(format!("{what} is missing"));
    let host = host().ok_or_else(|| missing("Debian's rustc"))?;
    let own = folder.join("lib/rustlib").join(&host);
    for dir in [&own, &folder.join("bin")] {
        fs::create_dir_all(dir)?;
    }
    let debians = sysroot(Path::new(debian::RUSTC)).ok_or_else(|| missing("Debian's rustc"))?;
    let rustups = sysroot(Path::new("rustc")).ok_or_else(|| missing("rustup's rustc"))?;
    let rustlib = Path::new("lib/rustlib").join(&host);
    if !rustups.join(&rustlib).join("bin/rust-lld").exists() {
        return Err(missing("rust-lld, which comes with rustup's rustc,"));
    }
    link(&debians.join(&rustlib).join("lib"), &own.join("lib"))?;
    // The linkers: `rust-lld`, and `wasm-component-ld`, which calls it.
    link(&rustups.join(&rustlib).join("bin"), &own.join("bin"))?;
    link(Path::new(debian::CARGO), &folder.join("bin/cargo"))?;
    let rustc = folder.join("bin/rustc");
    let text =
        format!("#!/bin/sh\nexec {} --sysroot='{}' \"$@\"\n", debian::RUSTC, folder.display());
    fs::write(&rustc, text)?;
    fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755))
}

fn link(to: &Path, at: &Path) -> Result<()> {
    if at.symlink_metadata().is_ok() {
        fs::remove_file(at)?;
    }
    symlink(to, at)
}

/// The machine that Debian's compiler runs on, as Rust names it.
fn host() -> Option<String> {
    said(Path::new(debian::RUSTC), "host")
}
