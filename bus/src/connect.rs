//! Connecting with a role's credential.

use async_nats::{Client, ConnectOptions, Event};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::service::BusUser;
use std::sync::Arc;
use std::time::Duration;

/// Longest pause between two attempts to reconnect.
const MAX_BACKOFF: Duration = Duration::from_secs(2);

/// Why a service has no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The configured seed is not a user's.
    #[error("the NATS user seed in the configuration is not valid")]
    Seed,
    /// The server cannot be reached or refuses the credential.
    #[error("NATS cannot be reached or refuses the credential: {0}")]
    Server(async_nats::ConnectErrorKind),
}

/// Connects, and keeps connected for as long as the client lives. Answers arrive below `inbox`,
/// the one place where the role may subscribe for them.
///
/// # Errors
/// [`ConnectError`] where the first connection fails; later ones are retried with back-off.
pub async fn connect(user: &BusUser, inbox: &str, name: &str) -> Result<Client, ConnectError> {
    let key = NatsKey::from_seed(&user.seed)
        .filter(|key| key.public().starts_with('U') && key_is_user(key))
        .ok_or(ConnectError::Seed)?;
    let key = Arc::new(key);
    ConnectOptions::with_jwt(user.jwt.clone(), move |nonce| {
        let key = Arc::clone(&key);
        async move { Ok(key.sign(&nonce).to_vec()) }
    })
    .name(name)
    .custom_inbox_prefix(inbox)
    .connection_timeout(Duration::from_secs(5))
    .request_timeout(Some(Duration::from_secs(2)))
    .ping_interval(Duration::from_secs(5))
    .reconnect_delay_callback(backoff)
    .event_callback(|event| async move { log(&event) })
    .connect(&user.url)
    .await
    .map_err(|error| ConnectError::Server(error.kind()))
}

fn key_is_user(key: &NatsKey) -> bool {
    conclave_protocol::nkey::is_public(&key.public(), KeyKind::User)
}

fn backoff(attempt: usize) -> Duration {
    let exponent = u32::try_from(attempt.min(8)).unwrap_or(8);
    Duration::from_millis(10 << exponent).min(MAX_BACKOFF)
}

fn log(event: &Event) {
    match event {
        Event::Connected => tracing::info!("connected to NATS"),
        Event::Disconnected => tracing::warn!("disconnected from NATS"),
        Event::SlowConsumer(_) => tracing::warn!("NATS delivers faster than is read"),
        // Errors may quote subjects, and these opaque ids only; still, the kind suffices.
        Event::ServerError(_) | Event::ClientError(_) => tracing::warn!("NATS reports an error"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_and_is_bounded() {
        assert!(backoff(1) < backoff(3));
        assert_eq!(backoff(usize::MAX), MAX_BACKOFF);
    }
}
