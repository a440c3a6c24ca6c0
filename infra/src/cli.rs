//! The command line.

use crate::edge_variables::EdgeVariables;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::services::{self, Start};
use crate::up_args::{Up, state};
use crate::{audit, exec, nats_server, rotation, up};
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::runtime::Builder;

/// Video meetings whose privacy the infrastructure enforces.
///
/// Exit codes: 0 stopped as asked, 1 other failure, 2 usage, 3 a port is busy, 4 a download failed,
/// 5 a program is there in a wrong version.
#[derive(Debug, Parser)]
#[command(name = "conclave", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything on this machine and print a link to a first room
    Up(Box<Up>),
    /// Make the buckets in NATS and keep them
    Warden(Service),
    /// Answer applications and browsers
    Edge(Service),
    /// Forward media
    Node(Service),
    /// Deliver webhooks
    Courier(Service),
    /// Look after the keys of `up`
    #[command(subcommand)]
    Keys(Keys),
    /// Look after an audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Print what an edge on Cloudflare Workers, Spin or another platform has to be told. These are
    /// secrets
    EdgeVariables(EdgeVariables),
    /// Get nats-server, so that `up` needs no network later, and print where it is
    Fetch,
    /// Become another program that ends with its parent, for `up`
    #[command(hide = true)]
    Exec(Exec),
}

#[derive(Debug, Args)]
struct Service {
    /// Configuration file (JSON)
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// End when standard input closes
    #[arg(long)]
    exit_with_parent: bool,
}

#[derive(Debug, Subcommand)]
enum Keys {
    /// Make a fresh key for tokens; the next `up` signs with it, and verifies what the old one signed
    /// for a day more
    Rotate {
        /// The state folder [default: as for `up`]
        #[arg(long, value_name = "DIR", env = "CONCLAVE_STATE")]
        state: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Find a line that was removed, reordered or edited
    Verify {
        /// The log
        file: PathBuf,
        /// The head that an earlier verification printed, noted elsewhere: only with it lines are
        /// missed that were cut off at the end
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
    },
}

#[derive(Debug, Args)]
struct Exec {
    #[arg(long)]
    parent: u32,
    program: PathBuf,
    #[arg(last = true)]
    args: Vec<OsString>,
}

/// The whole program: what the command line says, and the exit code.
#[must_use]
pub fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "conclave: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

impl Cli {
    /// Does what the command line says.
    ///
    /// # Errors
    /// One sentence and an exit code.
    pub fn run(self) -> Result<(), Failure> {
        // One thread: the system ends nats-server with the thread that started it.
        let mut single = Builder::new_current_thread();
        let mut threaded = Builder::new_multi_thread();
        let on = |builder: &mut Builder| {
            builder.enable_all().build().map_err(Failure::io("start the runtime"))
        };
        match self.command {
            Command::Up(up) => on(&mut single)?.block_on(up::run(up.options()?)),
            Command::Warden(warden) => on(&mut single)?.block_on(services::warden(warden.start())),
            Command::Edge(edge) => on(&mut threaded)?.block_on(services::edge(edge.start())),
            Command::Node(node) => on(&mut threaded)?.block_on(services::node(node.start())),
            Command::Courier(courier) => {
                on(&mut single)?.block_on(services::courier(courier.start()))
            }
            Command::Keys(Keys::Rotate { state: named }) => {
                rotation::rotate(&state(named)?)?;
                Progress::default().say("the next `conclave up` signs with a fresh key");
                Ok(())
            }
            Command::Audit(Audit::Verify { file, head }) => verify(&file, head.as_deref()),
            Command::EdgeVariables(wanted) => print_variables(&wanted),
            Command::Fetch => on(&mut single)?.block_on(fetch()),
            Command::Exec(it) => {
                exec::exec(&it.program, &it.args, it.parent).map(|never| match never {})
            }
        }
    }
}

#[allow(clippy::print_stdout)] // The verdict is what was asked for.
fn verify(file: &std::path::Path, head: Option<&str>) -> Result<(), Failure> {
    let verified = audit::verify(file, head)?;
    println!("{} lines, none removed, reordered or edited; head {}", verified.lines, verified.head);
    Ok(())
}

#[allow(clippy::print_stdout)] // They are what was asked for.
fn print_variables(wanted: &EdgeVariables) -> Result<(), Failure> {
    print!("{}", wanted.text(&state(wanted.state.clone())?)?);
    Ok(())
}

#[allow(clippy::print_stdout)] // The path is what was asked for.
async fn fetch() -> Result<(), Failure> {
    let homeless = || Failure::Usage("set HOME or CONCLAVE_CACHE".to_owned());
    let cache = conclave_tools::cache_dir().ok_or_else(homeless)?;
    let path = nats_server::obtain(None, &cache, Progress::default()).await?;
    println!("{}", path.display());
    Ok(())
}

impl Service {
    fn start(&self) -> Start<'_> {
        Start { config: &self.config, exit_with_parent: self.exit_with_parent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_values_are_refused_by_name() {
        for (option, value) in [
            ("--listen", "8080"),
            ("--public-ip", "here"),
            ("--origin", "a/b"),
            ("--media-port", "0"),
            ("--keep-history", "0"),
            ("--webhook-url", "http://example.org/"),
        ] {
            let error = Cli::try_parse_from(["conclave", "up", option, value]).unwrap_err();
            assert!(error.to_string().contains(option), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
