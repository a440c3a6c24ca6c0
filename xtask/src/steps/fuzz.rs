//! Step `fuzz`: each target of `tests/fuzz` runs over its corpus and for some seconds beyond it. A longer
//! search is a person's: `tests/fuzz/README.md`.

use crate::place::Place;
use crate::run::{command, run};
use std::fs;

/// All of them.
const TARGETS: [&str; 8] = [
    "nats_decoder",
    "nats_session",
    "tokens",
    "proof",
    "nkey",
    "hello",
    "sealed_frame",
    "sealed_message",
];
const SECONDS: u32 = 8;

/// Step `fuzz`.
pub fn fuzz(place: &Place) -> Result<(), String> {
    conclave_tools::CXX.ensure(&mut |text| println!("{text}")).map_err(|why| why.to_string())?;
    let folder = place.root.join("tests/fuzz");
    let results = place.target.join("fuzz");
    for target in TARGETS {
        // What it finds on the way is kept beside the build: it is no part of the checkout.
        let found = results.join("found").join(target);
        fs::create_dir_all(&found)
            .map_err(|error| format!("cannot make {}: {error}", found.display()))?;
        let mut fuzz = command("cargo", &folder);
        fuzz.env("CARGO_TARGET_DIR", &results);
        fuzz.args(["run", "--locked", "--release", "--quiet", "--bin", target, "--"]);
        fuzz.arg(&found).arg(folder.join("corpus").join(target));
        fuzz.args([&format!("-max_total_time={SECONDS}"), "-print_final_stats=1", "-verbosity=0"]);
        run(fuzz.arg(format!("-artifact_prefix={}/", found.display())))?;
    }
    Ok(())
}
