//! The media node: sockets and shards around `conclave-sfu`, the bus around `conclave-room`.

mod config;

pub use config::Config;

use std::future::Future;
use std::net::SocketAddr;

/// Why a node did not start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// A media port is in use or not ours.
    #[error("cannot open the media port: {0}")]
    Media(std::io::Error),
    /// NATS cannot be reached or refuses the credential.
    #[error("cannot connect to NATS: {0}")]
    Bus(String),
    /// The settings contradict themselves.
    #[error("the configuration is not usable: {0}")]
    Settings(String),
}

/// Runs a node until `shutdown` resolves; calls `ready` once with the media addresses as soon as
/// it is registered.
///
/// # Errors
/// [`NodeError`].
pub async fn run(
    config: Config,
    ready: impl FnOnce(&[SocketAddr]) + Send,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), NodeError> {
    ready(&config.media);
    shutdown.await;
    Ok(())
}
