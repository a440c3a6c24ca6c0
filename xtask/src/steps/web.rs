//! Step `web`, and the web application for whoever deploys it.

use crate::crypto;
use crate::place::Place;
use crate::tools::npm::npm;
use std::path::PathBuf;

/// Step `web`.
pub fn web(place: &Place) -> Result<(), String> {
    crypto::build(place)?;
    run(place, &[INSTALL, &["run", "check"], &["test"], BUILD])
}

/// Builds the web application; the folder with its files.
pub fn build(place: &Place) -> Result<PathBuf, String> {
    crypto::build(place)?;
    run(place, &[INSTALL, BUILD])?;
    Ok(place.root.join("client/web/dist"))
}

const INSTALL: &[&str] = &["ci", "--no-audit", "--no-fund"];
const BUILD: &[&str] = &["run", "build"];

fn run(place: &Place, steps: &[&[&str]]) -> Result<(), String> {
    let dir = place.root.join("client");
    steps.iter().try_for_each(|args| npm(&dir, args))
}
