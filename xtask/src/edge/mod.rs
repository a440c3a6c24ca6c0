//! `cargo xtask edge`: what Cloudflare Workers and Spin run, built so that it comes out the same
//! everywhere.

pub mod build;
mod verify;

use crate::place::Place;
use crate::run::run;
use crate::tools;
use build::Edge;

const USAGE: &str = "\
usage: cargo xtask edge build [EDGE…]          build these, or all: worker, for Cloudflare Workers;
                                               spin; wasi, for other hosts of components
       cargo xtask edge verify [EDGE…]         build HEAD twice, in two folders, and compare
       cargo xtask edge tool wasmtime|workerd  install what runs one, and print where it is
       cargo xtask edge wrangler [ARG…]        Cloudflare's own tool, to try and to deploy the Worker";

/// `cargo xtask edge`.
pub fn edge(place: &Place, args: &[String]) -> Result<(), String> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
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

fn named(names: &[&str]) -> Result<Vec<Edge>, String> {
    let find = |name: &&str| Edge::ALL.into_iter().find(|edge| edge.name() == *name);
    if names.is_empty() {
        return Ok(Edge::ALL.to_vec());
    }
    names.iter().map(|name| find(name).ok_or_else(|| USAGE.to_owned())).collect()
}
