//! The standard libraries of the WebAssembly targets: rustup's where rustup has one or gets it,
//! else built from the sources that Debian packages.

mod debian;
mod layout;

use crate::place::Place;
use crate::run::{cargo, command, output};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Of Cloudflare Workers.
pub const WORKER: &str = "wasm32-unknown-unknown";
/// Of Spin.
pub const SPIN: &str = "wasm32-wasip2";

/// A compiler with the standard library of a target.
pub struct Toolchain {
    /// Where its programs are, if they are not those on PATH.
    bin: Option<PathBuf>,
    /// Cargo's results. Another compiler's have a folder of their own: they would be built anew at
    /// each change, and those of another standard library must never be used.
    pub results: PathBuf,
    /// Where the sources of its standard library are, if they are on this machine.
    pub sources: PathBuf,
    /// The commit that it was built from.
    pub commit: String,
}

impl Toolchain {
    /// Whether it has clippy: rustup's has, as far as rustup was not told otherwise.
    pub fn has_clippy(&self) -> bool {
        self.bin.is_none()
    }

    /// Cargo in the checkout.
    pub fn cargo(&self, place: &Place) -> Result<Command, String> {
        let Some(bin) = &self.bin else { return Ok(cargo(place)) };
        let mut cargo = command(bin.join("cargo"), &place.root);
        cargo.env("PATH", path_with(bin)?).env("CARGO_TARGET_DIR", &self.results);
        for name in ["RUSTC", "RUSTUP_TOOLCHAIN"] {
            cargo.env_remove(name);
        }
        Ok(cargo)
    }
}

/// A toolchain for the target; says which it took.
pub fn toolchain(place: &Place, target: &str) -> Result<Toolchain, String> {
    // `debian` is for trying the last way where the first would do; `offline` for machines on which
    // nothing is downloaded but packages.
    let way = env::var_os("CONCLAVE_WASM_STD").unwrap_or_default();
    let forced = way == "debian";
    if !forced && installed(target) {
        println!("the standard library for {target} is rustup's");
        return rustups(place);
    }
    let made = debian::made(place, target);
    // Where nothing answers rustup takes its time to say so: it is asked once.
    if !forced && way != "offline" && made.is_none() && added(target) {
        println!("the standard library for {target} was added by rustup");
        return rustups(place);
    }
    let folder = match made {
        Some(folder) => {
            println!("the standard library for {target} was built from Debian's sources before");
            folder
        }
        None => {
            println!("the standard library for {target} is built from Debian's sources");
            debian::make(place, target)?
        }
    };
    let name = folder.file_name().ok_or("the toolchain's folder has no name")?;
    let results = place.target.join("debian").join(name);
    forget_others(&results);
    Ok(Toolchain {
        bin: Some(folder.join("bin")),
        results,
        sources: debian::SOURCES.into(),
        commit: commit(Path::new(debian::RUSTC))?,
    })
}

/// Nothing will ask for the results of a standard library that was replaced.
fn forget_others(results: &Path) {
    let siblings = results.parent().and_then(|dir| fs::read_dir(dir).ok());
    for sibling in siblings.into_iter().flatten().flatten().map(|entry| entry.path()) {
        if sibling != results {
            let _ = fs::remove_dir_all(sibling);
        }
    }
}

fn rustups(place: &Place) -> Result<Toolchain, String> {
    let rustc = Path::new("rustc");
    let sysroot = sysroot(rustc).ok_or("rustc does not run")?;
    Ok(Toolchain {
        bin: None,
        results: place.target.clone(),
        sources: sysroot.join("lib/rustlib/src/rust"),
        commit: commit(rustc)?,
    })
}

fn installed(target: &str) -> bool {
    let dir = output(Command::new("rustc").args(["--print", "target-libdir", "--target", target]));
    dir.is_some_and(|dir| layout::holds_std(Path::new(&dir)))
}

fn added(target: &str) -> bool {
    // rustup tries again and again where nothing answers.
    let args = ["60", "rustup", "target", "add", target];
    output(Command::new("timeout").args(args)).is_some() && installed(target)
}

/// Where a compiler looks for standard libraries.
fn sysroot(rustc: &Path) -> Option<PathBuf> {
    output(Command::new(rustc).args(["--print", "sysroot"])).map(PathBuf::from)
}

/// A field of what a compiler says of itself.
fn said(rustc: &Path, field: &str) -> Option<String> {
    let said = output(Command::new(rustc).arg("-vV"))?;
    let found = said.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(": "))?;
    Some(found.to_owned())
}

fn commit(rustc: &Path) -> Result<String, String> {
    said(rustc, "commit-hash").ok_or_else(|| format!("{} does not run", rustc.display()))
}

fn path_with(first: &Path) -> Result<OsString, String> {
    let rest = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(first.to_owned()).chain(env::split_paths(&rest));
    env::join_paths(all).map_err(|_| "the cache folder's name has a colon in it".to_owned())
}
