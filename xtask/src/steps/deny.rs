//! Step `deny`: cargo-deny on the dependency tree. Known vulnerabilities are looked up only where
//! their database can be reached; that they were not is said.

use crate::place::Place;
use crate::run::{cargo, command, run};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const VERSION: &str = "0.20.2";
/// How long the database of advisories may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// Step `deny`.
pub fn deny(place: &Place) -> Result<(), String> {
    install(place)?;
    let deny = || {
        let mut deny = command(place.tool("cargo-deny"), &place.root);
        deny.args(["--workspace", "--locked"]);
        deny
    };
    run(deny().args(["check", "bans", "licenses", "sources"]))?;
    if fetched(deny().args(["fetch", "db"])) {
        return run(deny().args(["check", "--disable-fetch", "advisories"]));
    }
    println!(
        "NOTE: the database of advisories cannot be reached from here, so known vulnerabilities \
         were not looked up"
    );
    Ok(())
}

/// Without optimisation: it runs for a second and compiles in a quarter of the time.
fn install(place: &Place) -> Result<(), String> {
    let path = place.tool("cargo-deny");
    let version = Command::new(&path).arg("--version").output();
    let current = version.is_ok_and(|out| {
        String::from_utf8_lossy(&out.stdout).split_whitespace().any(|word| word == VERSION)
    });
    if current {
        return Ok(());
    }
    println!("installing cargo-deny {VERSION} into {}", place.cache.join("tools").display());
    let mut install = cargo(place);
    install
        .args(["install", "cargo-deny", "--version", VERSION, "--locked", "--force", "--root"])
        .arg(place.cache.join("tools"))
        .env("CARGO_TARGET_DIR", place.cache.join("build/cargo-deny"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    run(&mut install)?;
    // 700 MB that only a newer version would look at.
    let _ = std::fs::remove_dir_all(place.cache.join("build/cargo-deny"));
    Ok(())
}

fn fetched(fetch: &mut Command) -> bool {
    fetch.stdout(Stdio::null()).stderr(Stdio::null());
    fetch.spawn().is_ok_and(|child| ends_well(child, PATIENCE))
}

fn ends_well(mut child: Child, patience: Duration) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => sleep(Duration::from_millis(100)),
            Err(_) => return false,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}
