//! Connecting with a role's credential.

use async_nats::{Client, ConnectOptions, Event};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::service::BusUser;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest pause between two attempts to reconnect.
const MAX_BACKOFF: Duration = Duration::from_secs(2);

/// Pause between two lines about messages that were dropped.
const SAY_SLOW_EVERY: Duration = Duration::from_secs(1);

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
    let slow = Arc::new(Slow::default());
    let mut options = ConnectOptions::with_jwt(user.jwt.clone(), move |nonce| {
        let key = Arc::clone(&key);
        async move { Ok(key.sign(&nonce).to_vec()) }
    })
    .name(name)
    .custom_inbox_prefix(inbox)
    .connection_timeout(Duration::from_secs(5))
    .request_timeout(Some(Duration::from_secs(2)))
    .ping_interval(Duration::from_secs(5))
    .reconnect_delay_callback(backoff)
    .event_callback(move |event| {
        let slow = Arc::clone(&slow);
        async move { log(&event, &slow) }
    });
    // A listener with TLS says nothing before it: nobody in between can talk us out of it.
    if user.url.starts_with("tls://") {
        options = options.require_tls(true).tls_first();
    }
    options.connect(&user.url).await.map_err(|error| ConnectError::Server(error.kind()))
}

fn key_is_user(key: &NatsKey) -> bool {
    conclave_protocol::nkey::is_public(&key.public(), KeyKind::User)
}

fn backoff(attempt: usize) -> Duration {
    let exponent = u32::try_from(attempt.min(8)).unwrap_or(8);
    Duration::from_millis(10 << exponent).min(MAX_BACKOFF)
}

/// Messages that were dropped since this was last said: under a flood there are thousands a second,
/// and each is an event.
#[derive(Debug, Default)]
struct Slow(Mutex<(u64, Option<Instant>)>);

impl Slow {
    /// Counts one; how many there were, where it is time to say so.
    fn count(&self, now: Instant) -> Option<u64> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, said) = &mut *inner;
        *count += 1;
        if said.is_some_and(|said| now.saturating_duration_since(said) < SAY_SLOW_EVERY) {
            return None;
        }
        *said = Some(now);
        Some(std::mem::take(count))
    }
}

fn log(event: &Event, slow: &Slow) {
    match event {
        Event::Connected => tracing::info!("connected to NATS"),
        Event::Disconnected => tracing::warn!("disconnected from NATS"),
        Event::SlowConsumer(_) => {
            if let Some(dropped) = slow.count(Instant::now()) {
                tracing::warn!(dropped, "NATS delivers faster than is read");
            }
        }
        // Errors may quote subjects, and these opaque ids only; still, the kind suffices.
        Event::ServerError(_) | Event::ClientError(_) => tracing::warn!("NATS reports an error"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_line_a_second_and_nothing_goes_uncounted() {
        let slow = Slow::default();
        let begun = Instant::now();
        let said: Vec<u64> = (0..=3000)
            .filter_map(|millis| slow.count(begun + Duration::from_millis(millis)))
            .collect();
        assert_eq!(said, [1, 1000, 1000, 1000]);
    }

    #[test]
    fn backoff_grows_and_is_bounded() {
        assert!(backoff(1) < backoff(3));
        assert_eq!(backoff(usize::MAX), MAX_BACKOFF);
    }
}
