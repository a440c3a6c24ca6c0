//! `cargo xtask up`.

use crate::place::Place;
use crate::run;
use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Builds `conclave` and becomes it, so that signals and exit codes are its own.
pub fn up(place: &Place, args: Vec<String>) -> Result<(), String> {
    let release = args.iter().any(|arg| arg == "--release");
    let program = run::build_conclave(place, release)?;
    let mut up = Command::new(&program);
    up.arg("up");
    let names = |arg: &String| arg == "--web" || arg.starts_with("--web=");
    if env::var_os("CONCLAVE_WEB").is_none() && !args.iter().any(names) {
        up.arg("--web").arg(place.root.join("client"));
    }
    up.args(args.into_iter().filter(|arg| arg != "--release"));
    Err(format!("{} cannot be started: {}", program.display(), up.exec()))
}
