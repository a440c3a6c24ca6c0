//! The native edge: `conclave-edge-core` over axum and async-nats.

use conclave_edge_core::settings::Settings;
use conclave_protocol::service::BusUser;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The native edge's configuration file (JSON).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen for HTTP.
    pub listen: SocketAddr,
    /// Bus, role edge.
    pub nats: BusUser,
    /// The built web application, where this edge serves it.
    #[serde(default)]
    pub web: Option<PathBuf>,
    /// What every edge has.
    pub settings: Settings,
}

/// Why an edge did not start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// The address is in use or not ours.
    #[error("cannot listen on the configured address: {0}")]
    Listen(std::io::Error),
    /// NATS cannot be reached or refuses the credential.
    #[error("cannot connect to NATS: {0}")]
    Bus(String),
    /// The settings contradict themselves.
    #[error("the configuration is not usable: {0}")]
    Settings(String),
}

/// Runs an edge until `shutdown` resolves; calls `ready` once with the bound address as soon as
/// requests are answered.
///
/// # Errors
/// [`EdgeError`].
pub async fn run(
    config: Config,
    ready: impl FnOnce(SocketAddr) + Send,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), EdgeError> {
    ready(config.listen);
    shutdown.await;
    Ok(())
}
