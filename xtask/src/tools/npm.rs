//! Packages of npm outside the checkout, as a folder of ours pins them.

use crate::fingerprint;
use crate::place::Place;
use crate::run::{command, run};
use conclave_tools::{NODE, NPM};
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

/// What says which packages.
const FILES: [&str; 3] = [".npmrc", "package.json", "package-lock.json"];

/// Installs the packages of a folder of the checkout, once for each state of its lock file; where
/// they are. Their own scripts are not run: none of them is needed.
pub fn packages(place: &Place, folder: &str) -> Result<PathBuf, String> {
    let from = place.root.join(folder);
    let lock = fs::read_to_string(from.join("package-lock.json"))
        .map_err(|error| format!("cannot read the lock file of {folder}: {error}"))?;
    let name = Path::new(folder).file_name().unwrap_or_default().to_string_lossy();
    let to = place.cache.join("npm").join(format!("{name}-{}", fingerprint::of(&[&lock])));
    let packages = to.join("node_modules");
    if packages.exists() {
        return Ok(packages);
    }
    println!("installing the packages of {folder} into {}", to.display());
    let cannot = |error| format!("cannot make {}: {error}", to.display());
    // At once: what is broken off must not be taken for whole.
    let part = place.cache.join("npm").join(format!("{name}.{}", process::id()));
    fs::create_dir_all(&part).map_err(cannot)?;
    for file in FILES {
        fs::copy(from.join(file), part.join(file)).map_err(cannot)?;
    }
    npm(&part, &["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    fs::rename(&part, &to).map_err(cannot)?;
    Ok(packages)
}

/// npm in a folder.
pub fn npm(dir: &Path, args: &[&str]) -> Result<(), String> {
    let mut say = |text: &str| println!("{text}");
    NODE.ensure(&mut say).map_err(|missing| missing.to_string())?;
    let npm = NPM.ensure(&mut say).map_err(|missing| missing.to_string())?;
    run(command(npm, dir).args(args))
}
