//! Waiting for what nobody announces.

use anyhow::{Result, ensure};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// Looks again and again until something is as it must become. A look that fails is repeated: a service
/// that was killed is not there for a moment.
///
/// # Errors
/// Where the deadline comes first.
pub async fn until<T>(
    deadline: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<T>,
    mut holds: impl FnMut(&T) -> bool,
) -> Result<T> {
    let end = Instant::now() + deadline;
    loop {
        let seen = look().await;
        if let Ok(value) = seen {
            if holds(&value) {
                return Ok(value);
            }
            ensure!(Instant::now() < end, "not within {deadline:?}: {what}");
        } else if Instant::now() >= end {
            return seen;
        }
        sleep(LOOK).await;
    }
}
