//! `cargo xtask edge`: what Cloudflare Workers and Spin run, built so that the same compiler makes the
//! same of it in every folder.

pub mod build;
mod verify;

use crate::place::Place;
use crate::run::run;
use crate::steps::web;
use crate::tools;
use build::Edge;
use std::path::Path;
use std::{fs, io};

const USAGE: &str = "\
usage: cargo xtask edge build [--web] [EDGE…]  build these, or all: worker, for Cloudflare Workers;
                                               spin; wasi, for other hosts of components; and
                                               the web application, as manifests expect it
       cargo xtask edge verify [EDGE…]         build HEAD twice, in two folders, and compare
       cargo xtask edge tool wasmtime|workerd  install what runs one, and print where it is
       cargo xtask edge wrangler [ARG…]        Cloudflare's own tool, to try and to deploy the Worker";

/// `cargo xtask edge`.
pub fn edge(place: &Place, args: &[String]) -> Result<(), String> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        ["build", "--web", ref names @ ..] => {
            let edges = named(names)?;
            let web = web::build(place)?;
            if edges.contains(&Edge::Spin) {
                let to = place.root.join("edge/spin/build/web");
                // What an earlier build left has other names.
                let _ = fs::remove_dir_all(&to);
                copy(&web, &to)
                    .map_err(|error| format!("cannot copy {}: {error}", web.display()))?;
            }
            let pack = build::pack(place)?;
            edges.into_iter().try_for_each(|edge| build::build(place, edge, &pack).map(drop))
        }
        ["build", ref names @ ..] => {
            let edges = named(names)?;
            let pack = build::pack(place)?;
            edges.into_iter().try_for_each(|edge| build::build(place, edge, &pack).map(drop))
        }
        ["verify", ref names @ ..] => verify::verify(place, named(names)?),
        ["tool", name] => {
            let program = match name {
                "wasmtime" => tools::wasmtime(place),
                "workerd" => tools::workerd(place),
                _ => Err(USAGE.into()),
            };
            println!("{}", program?.display());
            Ok(())
        }
        ["wrangler", ref rest @ ..] => run(tools::wrangler(place)?.args(rest)),
        _ => Err(USAGE.into()),
    }
}

/// A folder with all that is in it: Spin mounts none from outside the manifest's own.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

fn named(names: &[&str]) -> Result<Vec<Edge>, String> {
    let find = |name: &&str| Edge::ALL.into_iter().find(|edge| edge.name() == *name);
    if names.is_empty() {
        return Ok(Edge::ALL.to_vec());
    }
    names.iter().map(|name| find(name).ok_or_else(|| USAGE.to_owned())).collect()
}
