//! Step `deny`: cargo-deny on the dependency tree. Known vulnerabilities are looked up only where
//! their database can be reached; that they were not is said.

use crate::place::Place;
use crate::run::{command, run};
use crate::tools::crates::{Crate, install};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const DENY: Crate = Crate {
    package: "cargo-deny",
    program: "cargo-deny",
    version: "0.20.2",
    features: &[],
    // It compiles in a quarter of the time, and runs for a second.
    optimisation: "0",
};
/// How long the database of advisories may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// Step `deny`.
pub fn deny(place: &Place) -> Result<(), String> {
    let program = install(place, &DENY)?;
    let deny = || {
        let mut deny = command(&program, &place.root);
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
