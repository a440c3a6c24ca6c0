//! The command line.

use crate::addresses::{Origin, Wishes};
use crate::failure::Failure;
use crate::ports::Named;
use crate::progress::Progress;
use crate::services::{self, Start};
use crate::up::{self, Options};
use crate::{nats_exec, nats_server};
use clap::{Args, Parser, Subcommand};
use std::env;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
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
    Up(Up),
    /// Make the buckets in NATS and keep them
    Warden(Service),
    /// Answer applications and browsers
    Edge(Service),
    /// Forward media
    Node(Service),
    /// Get nats-server, so that `up` needs no network later, and print where it is
    Fetch,
    /// Become nats-server, for `up`
    #[command(hide = true)]
    NatsServer(NatsServer),
}

#[derive(Debug, Args)]
struct Up {
    /// Where the web application and its API listen [default: 127.0.0.1:8080; with --public-ip
    /// every address, port 8080]
    #[arg(long, value_name = "ADDR:PORT", env = "CONCLAVE_LISTEN")]
    listen: Option<SocketAddr>,
    /// Where keys, configuration, logs and stored state are kept [default:
    /// $XDG_STATE_HOME/conclave/up or ~/.local/state/conclave/up]
    #[arg(long, value_name = "DIR", env = "CONCLAVE_STATE")]
    state: Option<PathBuf>,
    /// The address under which browsers elsewhere reach this machine
    #[arg(long, value_name = "IP", env = "CONCLAVE_PUBLIC_IP")]
    public_ip: Option<IpAddr>,
    /// The media address that browsers are told, where a port is forwarded to this machine
    #[arg(long, value_name = "ADDR:PORT")]
    advertise: Option<SocketAddr>,
    /// Where people open the web application behind a reverse proxy; may be given several times,
    /// the first stands in links
    #[arg(long, value_name = "URL")]
    origin: Vec<Origin>,
    /// Where browsers reach NATS behind a reverse proxy
    #[arg(long, value_name = "URL")]
    nats_ws_url: Option<String>,
    /// NATS's port for browsers [default: a free one, kept]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    nats_ws_port: Option<u16>,
    /// The UDP port for media [default: a free one, kept; with --public-ip 10000]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    media_port: Option<u16>,
    /// The web application: a built folder or the client/ workspace [default: $CONCLAVE_WEB, then
    /// ../share/conclave/web beside the executable, then ./client]
    #[arg(long, value_name = "DIR")]
    web: Option<PathBuf>,
    /// The nats-server to run [default: the one on PATH, if it is new enough, else a pinned one that
    /// is downloaded]
    #[arg(long, value_name = "PATH")]
    nats_server: Option<PathBuf>,
    /// Print one line of JSON instead of a sentence when ready
    #[arg(long)]
    json: bool,
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

#[derive(Debug, Args)]
struct NatsServer {
    #[arg(long)]
    program: PathBuf,
    #[arg(long)]
    config: PathBuf,
    #[arg(long)]
    parent: u32,
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
            Command::Fetch => on(&mut single)?.block_on(fetch()),
            Command::NatsServer(nats) => nats_exec::exec(&nats.program, &nats.config, nats.parent)
                .map(|never| match never {}),
        }
    }
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

impl Up {
    fn options(self) -> Result<Options, Failure> {
        let homeless =
            || Failure::Usage("HOME is not set: name a folder with --state DIR".to_owned());
        Ok(Options {
            wishes: Wishes {
                listen: self.listen,
                public_ip: self.public_ip,
                advertise: self.advertise,
                origins: self.origin,
                nats_ws_url: self.nats_ws_url,
            },
            ports: Named { media: self.media_port, nats_ws: self.nats_ws_port },
            cache: conclave_tools::cache_dir()
                .or_else(|| self.state.as_ref().map(|state| state.join("cache")))
                .ok_or_else(homeless)?,
            state: self.state.or_else(default_state).ok_or_else(homeless)?,
            web: self.web,
            nats_server: self.nats_server,
            json: self.json,
        })
    }
}

fn default_state() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_STATE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/state")))
        .map(|dir| dir.join("conclave/up"))
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
        ] {
            let error = Cli::try_parse_from(["conclave", "up", option, value]).unwrap_err();
            assert!(error.to_string().contains(option), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
