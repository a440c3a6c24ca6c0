//! What a node says of itself.

use anyhow::{Context, Result};
use std::time::{Duration, Instant};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// The value of a counter at `url`, such as `conclave_rooms`.
///
/// # Errors
/// Where there is no answer or no such counter.
pub async fn counter(url: &str, name: &str) -> Result<u64> {
    let text = reqwest::get(url).await?.error_for_status()?.text().await?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Ok(value.with_context(|| format!("no {name} in {text}"))?.parse()?)
}

/// Waits until a counter is at least so much; its value then.
///
/// # Errors
/// Where the deadline comes first.
pub async fn reaches(url: &str, name: &str, least: u64, deadline: Duration) -> Result<u64> {
    let until = Instant::now() + deadline;
    loop {
        let value = counter(url, name).await?;
        if value >= least {
            return Ok(value);
        }
        anyhow::ensure!(Instant::now() < until, "{name} is {value} and not {least} in time");
        tokio::time::sleep(LOOK).await;
    }
}

/// Resident memory of a process in kilobytes, as the kernel counts it.
///
/// # Errors
/// Where there is no such process.
pub fn resident_kb(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let value = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let value = value.and_then(|value| value.trim().strip_suffix(" kB"));
    Ok(value.with_context(|| format!("no VmRSS of {pid}"))?.parse()?)
}
