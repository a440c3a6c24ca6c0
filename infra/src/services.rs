//! The services as commands: read the configuration, say when ready, stop when told.

use crate::failure::Failure;
use crate::ready::Ready;
use crate::{files, shutdown};
use conclave_edge_native::EdgeError;
use conclave_media_node::NodeError;
use serde::de::DeserializeOwned;
use std::io::{Error, ErrorKind, IsTerminal, stderr};
use std::path::Path;
use tracing_subscriber::EnvFilter;

/// What is logged unless told otherwise. The bus's library says at length what `conclave-bus` says
/// in a line.
const LOG: &str = "info,async_nats=warn";

/// How a service was started.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// Its configuration.
    pub config: &'a Path,
    /// True where it ends when its standard input closes.
    pub exit_with_parent: bool,
}

/// `conclave warden`.
///
/// # Errors
/// Where it does not start.
pub async fn warden(start: Start<'_>) -> Result<(), Failure> {
    log();
    let stop = shutdown::of_service(start.exit_with_parent)?;
    let ready = || Ready::announce("warden", None);
    conclave_warden::run(read(start.config)?, ready, stop)
        .await
        .map_err(|error| Failure::Other(error.to_string()))
}

/// `conclave edge`.
///
/// # Errors
/// Where it does not start.
pub async fn edge(start: Start<'_>) -> Result<(), Failure> {
    log();
    let stop = shutdown::of_service(start.exit_with_parent)?;
    let ready = |address: std::net::SocketAddr| {
        Ready::announce("edge", Some(address.to_string()));
    };
    conclave_edge_native::run(read(start.config)?, ready, stop).await.map_err(
        |error| match &error {
            EdgeError::Listen(cause) => listening(&error, cause),
            _ => Failure::Other(error.to_string()),
        },
    )
}

/// `conclave node`.
///
/// # Errors
/// Where it does not start.
pub async fn node(start: Start<'_>) -> Result<(), Failure> {
    log();
    let stop = shutdown::of_service(start.exit_with_parent)?;
    let ready = |media: &[std::net::SocketAddr]| {
        Ready::announce("node", media.first().map(ToString::to_string));
    };
    conclave_media_node::run(read(start.config)?, ready, stop).await.map_err(|error| match &error {
        NodeError::Media(cause) | NodeError::Metrics(cause) => listening(&error, cause),
        _ => Failure::Other(error.to_string()),
    })
}

/// `conclave courier`.
///
/// # Errors
/// Where it does not start.
pub async fn courier(start: Start<'_>) -> Result<(), Failure> {
    log();
    let stop = shutdown::of_service(start.exit_with_parent)?;
    let ready = || Ready::announce("courier", None);
    conclave_courier::run(read(start.config)?, ready, stop)
        .await
        .map_err(|error| Failure::Other(error.to_string()))
}

fn listening(error: &impl ToString, cause: &Error) -> Failure {
    match cause.kind() {
        ErrorKind::AddrInUse => Failure::PortBusy(error.to_string()),
        _ => Failure::Other(error.to_string()),
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    files::read_json(path)?
        .ok_or_else(|| Failure::Usage(format!("there is no file {}", path.display())))
}

/// Logs go to standard error; `CONCLAVE_LOG` says what, as in `info,conclave_edge_core=debug`.
fn log() {
    let filter = EnvFilter::try_from_env("CONCLAVE_LOG").unwrap_or_else(|_| EnvFilter::new(LOG));
    // Fails only where a log is set up already, which is as good.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        .try_init();
}
