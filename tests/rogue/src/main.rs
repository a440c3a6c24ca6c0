//! `conclave-rogue-node node --config FILE`: the media node itself, which betrays its people.
//!
//! It takes what `conclave node` takes, so that `conclave up` starts it in its place where
//! `CONCLAVE_NODE_BIN` names it. What it does is said in the environment:
//!
//! | variable | |
//! |---|---|
//! | `CONCLAVE_ROGUE` | `capture`, `strip`, `replay`, `swap`, `inject` or `bitflip` ([`mode::Mode`]) |
//! | `CONCLAVE_ROGUE_CAPTURE` | file that everything is appended to that comes, whatever the mode ([`capture`]) |
//! | `CONCLAVE_ROGUE_TRIGGER` | the betrayal lasts while this file exists; without it, always |
//! | `CONCLAVE_ROGUE_COUNTERS` | file with what was done, as one line of JSON ([`counters`]), renewed four times a second |
//!
//! At its end it prints the same line on standard error.
//!
//! What it changes is above the transport's encryption and below that of the people: just what a node
//! in the wrong hands could do.

mod bitflip;
mod capture;
mod counters;
mod inject;
mod mode;
mod replay;
mod sframe;
mod stream;
mod strip;
mod swap;
mod traitor;
mod vp8;

use clap::{Parser, Subcommand};
use conclave::services::{self, Start};
use counters::Counters;
use mode::{Mode, Settings};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// How often the file of counters is renewed and the trigger is looked for.
const ROUND: Duration = Duration::from_millis(250);

#[derive(Debug, Parser)]
#[command(name = "conclave-rogue-node", version)]
struct Arguments {
    #[command(subcommand)]
    role: Role,
    /// What it does to its people
    #[arg(long, env = "CONCLAVE_ROGUE", global = true, default_value = "capture")]
    mode: Mode,
    #[arg(long, env = "CONCLAVE_ROGUE_CAPTURE", global = true)]
    capture: Option<PathBuf>,
    #[arg(long, env = "CONCLAVE_ROGUE_TRIGGER", global = true)]
    trigger: Option<PathBuf>,
    #[arg(long, env = "CONCLAVE_ROGUE_COUNTERS", global = true)]
    counters: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Forward media
    Node {
        #[arg(long)]
        config: PathBuf,
        #[arg(long)]
        exit_with_parent: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "conclave-rogue-node: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    let Arguments { role: Role::Node { config, exit_with_parent }, .. } = arguments;
    let Arguments { mode, capture, trigger, counters: file, .. } = arguments;
    let counters = Arc::new(Counters::new(mode));
    let capture = capture.map(|path| capture::Tap::open(&path)).transpose();
    let capture = capture.map_err(|error| format!("cannot capture: {error}"))?;
    let settings = Settings { mode, counters: Arc::clone(&counters), capture };
    counters.set_active(trigger.is_none());
    conclave_media_node::rogue::install(move || traitor::betrayal(settings.clone()));

    let looks = Arc::clone(&counters);
    std::thread::spawn(move || {
        loop {
            if let Some(trigger) = &trigger {
                looks.set_active(trigger.exists());
            }
            looks.write(file.as_deref());
            std::thread::sleep(ROUND);
        }
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let start = Start { config: &config, exit_with_parent };
    let ended = runtime.block_on(services::node(start)).map_err(|failure| failure.to_string());
    let _ = writeln!(std::io::stderr(), "{}", counters.line());
    ended
}
