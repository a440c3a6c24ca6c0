//! One delivery over HTTP.

use crate::config::{Config, Target};
use crate::signature::signature;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a receiver may take to answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// The first pause before an entry is tried again; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Delivered,
    /// The receiver says that it will never take any.
    Gone,
    /// To be tried again.
    Failed,
}

pub(crate) struct Deliverer {
    client: Client,
    target: Target,
    secret: crate::config::Secret,
}

impl Deliverer {
    pub(crate) fn new(config: &Config) -> Result<Self, reqwest::Error> {
        // A redirect would carry a body to whom nobody configured.
        let client = Client::builder().timeout(DEADLINE).redirect(Policy::none()).build()?;
        Ok(Self { client, target: config.target.clone(), secret: config.secret.clone() })
    }

    pub(crate) async fn deliver(&self, id: &str, body: Vec<u8>) -> Outcome {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let request = self
            .client
            .post(self.target.url())
            .header("content-type", "application/json")
            .header("user-agent", "conclave-courier")
            .header("webhook-id", id)
            .header("webhook-timestamp", time.to_string())
            .header("webhook-signature", signature(&self.secret, id, time, &body))
            .body(body);
        match request.send().await.map(|answer| answer.status()) {
            Ok(status) if status.is_success() => Outcome::Delivered,
            Ok(StatusCode::GONE) => Outcome::Gone,
            Ok(_) | Err(_) => Outcome::Failed,
        }
    }
}

/// How long to wait before the next try, after so many.
pub(crate) fn pause(tries: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(20)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_bounded() {
        assert_eq!(pause(0), FIRST_PAUSE);
        assert_eq!(pause(1), FIRST_PAUSE);
        assert_eq!(pause(3), FIRST_PAUSE * 4);
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }
}
