//! `cargo xtask edge verify`: what is committed, built in two folders, must come out the same.

use super::build::{self, Edge};
use crate::place::Place;
use crate::run::{command, output, run};
use std::fs;
use std::path::Path;

/// Folders whose names differ in length too.
const FOLDERS: [&str; 2] = ["one", "another/folder"];

/// Builds each twice and compares.
pub fn verify(place: &Place, edges: Vec<Edge>) -> Result<(), String> {
    let git = |args: &[&str]| output(command("git", &place.root).args(args));
    let head = git(&["rev-parse", "HEAD"]).ok_or("this is no git checkout")?;
    println!("verifying {head}");
    if git(&["status", "--porcelain"]).is_none_or(|changes| !changes.is_empty()) {
        println!("NOTE: there are changes that are not committed: they are not built");
    }
    let pack = build::pack(place)?;
    let base = place.cache.join("verify");
    let mut made = Vec::new();
    for folder in FOLDERS {
        let copy = copy(place, &base.join(folder))?;
        for &edge in &edges {
            made.push((edge, build::build(&copy, edge, &pack)?));
        }
    }
    let (first, second) = made.split_at(edges.len());
    let mut differing = Vec::new();
    for ((edge, one), (_, another)) in first.iter().zip(second) {
        for file in edge.files() {
            if !same(&one.join(file), &another.join(file)) {
                differing.push(format!("{} of {}", file, edge.name()));
            }
        }
    }
    if !differing.is_empty() {
        let base = base.display();
        return Err(format!("differently built: {} (see {base})", differing.join(", ")));
    }
    println!("both builds are the same");
    fs::remove_dir_all(&base).map_err(|error| format!("cannot remove {}: {error}", base.display()))
}

/// A fresh clone, with results of its own beside it.
fn copy(place: &Place, folder: &Path) -> Result<Place, String> {
    let _ = fs::remove_dir_all(folder);
    let root = folder.join("checkout");
    let mut clone = command("git", &place.root);
    clone.args(["clone", "--quiet"]).arg(&place.root).arg(&root);
    run(&mut clone)?;
    Ok(Place { root, cache: place.cache.clone(), target: folder.join("target") })
}

fn same(one: &Path, another: &Path) -> bool {
    matches!((fs::read(one), fs::read(another)), (Ok(one), Ok(another)) if one == another)
}
