//! The native edge: `conclave-edge-core` over axum and async-nats. Also serves the built web
//! application, where it is told to.

mod api;
mod bus;
mod peers;
mod platform;
mod server;
mod web;

use crate::api::Edge;
use crate::peers::Peers;
use crate::platform::Native;
use crate::web::Web;
use conclave_edge_core::keys::Keys;
use conclave_edge_core::settings::Settings;
use conclave_protocol::service::BusUser;
use conclave_protocol::subjects::EDGE_INBOX;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;

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
    /// Connections that one peer may have at a time: an address, or an IPv6 network of 64 bits. Not
    /// for peers on this machine, since a reverse proxy brings everybody's from there; one on another
    /// machine needs a higher bound here.
    #[serde(default = "default_connections")]
    pub connections_per_peer: usize,
    /// What every edge has.
    pub settings: Settings,
}

/// A family or an office behind one address, and not more than a small part of the whole.
pub const CONNECTIONS_PER_PEER: usize = 256;

fn default_connections() -> usize {
    CONNECTIONS_PER_PEER
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
/// requests are answered. Requests that are under way at the end are answered, within seconds.
///
/// # Errors
/// [`EdgeError`].
pub async fn run(
    config: Config,
    ready: impl FnOnce(SocketAddr) + Send,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), EdgeError> {
    let keys =
        Keys::parse(&config.settings).map_err(|error| EdgeError::Settings(error.to_string()))?;
    let web = config.web.as_deref().map(Web::new).transpose()?;
    let listener = TcpListener::bind(config.listen).await.map_err(EdgeError::Listen)?;
    let address = listener.local_addr().map_err(EdgeError::Listen)?;
    let client = conclave_bus::connect(&config.nats, EDGE_INBOX, "edge")
        .await
        .map_err(|error| EdgeError::Bus(error.to_string()))?;
    let edge = Edge::new(Native::new(keys, client), web);
    ready(address);
    server::serve(listener, edge.router(), Peers::new(config.connections_per_peer), shutdown).await;
    Ok(())
}
