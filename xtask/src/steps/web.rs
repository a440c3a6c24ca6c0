//! Step `web`.

use crate::place::Place;
use crate::run::{command, run};
use conclave_tools::{NODE, NPM};
use std::path::Path;

/// Step `web`.
pub fn web(place: &Place) -> Result<(), String> {
    let dir = place.root.join("client");
    for args in
        [&["ci", "--no-audit", "--no-fund"][..], &["run", "check"], &["test"], &["run", "build"]]
    {
        npm(&dir, args)?;
    }
    Ok(())
}

/// npm in a folder.
pub fn npm(dir: &Path, args: &[&str]) -> Result<(), String> {
    let mut say = |text: &str| println!("{text}");
    NODE.ensure(&mut say).map_err(|missing| missing.to_string())?;
    let npm = NPM.ensure(&mut say).map_err(|missing| missing.to_string())?;
    run(command(npm, dir).args(args))
}
