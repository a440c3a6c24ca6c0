//! How long a join takes at the control plane: redeem the token, place the room, mint the credential.

use crate::bench::Bar;
use crate::person::{OFFER, Person, token};
use crate::system::System;
use anyhow::{Context, Result, ensure};
use conclave_protocol::proof;
use conclave_protocol::session::path;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// People in one room: the first of them has it placed and claimed.
const PEOPLE: usize = 10;
/// Device keys that there are to sign with.
const DEVICES: usize = 250;
/// Joins before those that count, for caches and pools.
const WARM: usize = 50;
const P50_BAR: Duration = Duration::from_millis(5);
const P99_BAR: Duration = Duration::from_millis(25);

/// What was measured.
#[derive(Debug, Clone)]
pub struct Joins {
    /// From the moment at which each join was due to its answer, shortest first.
    pub took: Vec<Duration>,
    /// From the first due join to the last answer.
    pub whole: Duration,
}

impl Joins {
    /// The value below which this share of joins lies.
    #[must_use]
    pub fn percentile(&self, share: f64) -> Duration {
        let index = ((self.took.len() as f64 * share).ceil() as usize).saturating_sub(1);
        self.took.get(index).copied().unwrap_or(Duration::MAX)
    }
}

/// Has `joins` people join, `per_second` of them in each second whether or not earlier ones have been
/// answered (an open loop: a slow answer delays no later join, and its wait is counted).
///
/// # Errors
/// Where the system does not start or a join is refused.
pub async fn run(joins: usize, per_second: u32) -> Result<Joins> {
    self::joins(&System::start("bench-control")?, joins, per_second).await
}

/// The same in a system that runs.
///
/// # Errors
/// Where a join is refused.
pub async fn joins(system: &System, joins: usize, per_second: u32) -> Result<Joins> {
    let c = &system.connection;
    let total = joins + WARM;
    let mut tokens = Vec::with_capacity(total);
    for number in 0..total {
        let room = format!("bench-{}", number / PEOPLE);
        tokens.push(token(c, &room, &format!("user-{number}"), false).await?);
    }
    let client = reqwest::Client::new();
    let url = format!("{}{}", c.url.trim_end_matches('/'), path::JOIN);
    let step = Duration::from_secs(1) / per_second;
    let mut people: Vec<Person> = Vec::with_capacity(DEVICES);
    for seed in 0..DEVICES {
        people.push(Person::new(c, u8::try_from(seed)?.saturating_add(1)));
    }
    let begun = Instant::now() + step;
    let mut running = JoinSet::new();
    for (number, token) in tokens.iter().enumerate() {
        let due = begun + step * u32::try_from(number)?;
        sleep_until(due).await;
        let person = people.get_mut(number % DEVICES).context("no such device")?;
        let body = person.join_body(token, OFFER).to_string().into_bytes();
        let proof = person.proof(path::JOIN, &body);
        let request = client.post(&url).header(proof::HEADER, proof).body(body);
        running.spawn(async move {
            let answer = request.send().await?;
            let status = answer.status().as_u16();
            let body = answer.bytes().await?;
            ensure!(status == 200, "status {status}: {}", String::from_utf8_lossy(&body));
            Ok((number, due.elapsed()))
        });
    }
    let mut took = Vec::with_capacity(joins);
    while let Some(done) = running.join_next().await {
        let (number, elapsed) = done??;
        if number >= WARM {
            took.push(elapsed);
        }
    }
    let whole = (begun + step * u32::try_from(WARM)?).elapsed();
    took.sort_unstable();
    Ok(Joins { took, whole })
}

/// What must be true of it.
#[must_use]
pub fn bars(joins: &Joins) -> Vec<Bar> {
    vec![
        Bar::at_most("join, p50", joins.percentile(0.5), P50_BAR),
        Bar::at_most("join, p99", joins.percentile(0.99), P99_BAR),
    ]
}
