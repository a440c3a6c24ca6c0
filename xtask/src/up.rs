//! `cargo xtask up`.

use crate::edge::build::Edge;
use crate::place::Place;
use crate::{run, tools};
use std::env;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// Builds `conclave` and becomes it, so that signals and exit codes are its own.
pub fn up(place: &Place, args: Vec<String>) -> Result<(), String> {
    let release = args.iter().any(|arg| arg == "--release");
    let program = run::build_conclave(place, release)?;
    let mut up = Command::new(&program);
    up.arg("up");
    edge(place, &args, &mut up)?;
    let names = |arg: &String| arg == "--web" || arg.starts_with("--web=");
    if env::var_os("CONCLAVE_WEB").is_none() && !args.iter().any(names) {
        aside(&["crypto"])?;
        up.arg("--web").arg(place.root.join("client"));
    }
    up.args(args.into_iter().filter(|arg| arg != "--release"));
    Err(format!("{} cannot be started: {}", program.display(), up.exec()))
}

/// Builds the edge that is asked for and gets its runtime, unless the caller names them.
fn edge(place: &Place, args: &[String], up: &mut Command) -> Result<(), String> {
    let names = |name: &str| {
        let value = args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
        let joined = args.iter().find_map(|arg| arg.strip_prefix(&format!("{name}=")));
        value.map(String::as_str).or(joined)
    };
    let edge = match names("--edge") {
        Some("worker") => Edge::Worker,
        Some("spin") => Edge::Wasi,
        // What is no edge's name is told by the program.
        _ => return Ok(()),
    };
    if names("--edge-host").is_none() {
        let (name, host) = match edge {
            Edge::Worker => ("workerd", tools::workerd as fn(&Place) -> Result<PathBuf, String>),
            _ => ("wasmtime", tools::wasmtime as _),
        };
        aside(&["edge", "tool", name])?;
        up.env("CONCLAVE_EDGE_HOST", host(place)?);
    }
    if names("--edge-build").is_none() {
        aside(&["edge", "build", edge.name()])?;
        let folder = edge.built(place);
        let build = if edge == Edge::Wasi { folder.join(edge.files()[0]) } else { folder };
        up.env("CONCLAVE_EDGE_BUILD", build);
    }
    Ok(())
}

/// This program with other arguments, all of whose words go to standard error: on standard output `up
/// --json` has one line.
fn aside(args: &[&str]) -> Result<(), String> {
    let program = env::current_exe().map_err(|error| format!("where is xtask? {error}"))?;
    run::run(Command::new(program).args(args).stdout(io::stderr()))
}
