//! What an edge costs in each runtime: how long it takes, how much it serves, and how much it computes.

use crate::Kind;
use anyhow::{Context, Result, ensure};
use conclave_protocol::encoding::{body_signature, hex};
use conclave_protocol::proof;
use conclave_protocol::session::path;
use conclave_tests::bench::control;
use conclave_tests::person::{OFFER, Person, token};
use conclave_tests::system::{Connection, System};
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use std::time::{Duration, Instant};

/// Callers at a time where throughput is measured; more than the machine's cores, less than a queue.
const CALLERS: usize = 8;
/// People in one room.
const PEOPLE: usize = 10;
/// Requests before those that count, for caches and compilers.
const WARM: usize = 100;

/// What was measured of one kind of request.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// One caller, one request after another.
    pub p50: Duration,
    /// The same.
    pub p99: Duration,
    /// Requests a second with several callers at a time.
    pub per_second: f64,
    /// What the edge's process computed for one.
    pub cpu: Duration,
}

/// What was measured of an edge.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Making rooms.
    pub create: Figures,
    /// Issuing join tokens.
    pub token: Figures,
    /// Joining, the media node's answer to the offer included.
    pub join: Figures,
    /// Joins that come at a steady rate, whether or not earlier ones were answered.
    pub steady: control::Joins,
}

/// Measures an edge of a running system.
///
/// # Errors
/// Where the system does not start or a request is refused.
pub async fn measure(kind: Kind, requests: usize, per_second: u32) -> Result<Measured> {
    let system = start(kind)?;
    let c = &system.connection;
    let edge = system.pid("edge").context("no edge")?;
    let client = Client::new();
    let total = requests + WARM;
    let rooms = |n: usize| {
        let metadata = json!({ "room_title": "T", "room_features": {} });
        signed(
            &client,
            c,
            "/auth/room/create",
            &json!({ "room_id": format!("c{n}"), "metadata": metadata }),
        )
    };
    let create = figures(edge, (0..2 * total).map(rooms).collect()).await?;
    let tokens = |n: usize| {
        let person = json!({ "name": "A", "user_id": format!("u{n}") });
        let room = format!("c{}", n % total);
        signed(
            &client,
            c,
            "/auth/room/getJoinToken",
            &json!({ "room_id": room, "user_info": person }),
        )
    };
    let issue = figures(edge, (0..2 * total).map(tokens).collect()).await?;
    let mut joins = Vec::with_capacity(2 * total);
    for n in 0..2 * total {
        let ticket = token(c, &format!("j{}", n / PEOPLE), &format!("u{n}"), false).await?;
        let person = Person::new(c, u8::try_from(n % 250)?.saturating_add(1));
        joins.push((person, ticket));
    }
    let url = format!("{}{}", c.url.trim_end_matches('/'), path::JOIN);
    let joins = joins.into_iter().map(|(person, ticket)| {
        let body = person.join_body(&ticket, OFFER).to_string().into_bytes();
        let proof = person.proof(path::JOIN, &body);
        client.post(&url).header(proof::HEADER, proof).body(body)
    });
    let join = figures(edge, joins.collect()).await?;
    drop(system);
    let steady = control::joins(&start(kind)?, requests, per_second).await?;
    Ok(Measured { create, token: issue, join, steady })
}

fn start(kind: Kind) -> Result<System> {
    let arguments = kind.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    System::start_with("bench-edge", &arguments)
}

fn signed(
    client: &Client,
    c: &Connection,
    route: &str,
    body: &serde_json::Value,
) -> RequestBuilder {
    let body = body.to_string();
    let signature = hex(&body_signature(c.api_secret.as_bytes(), body.as_bytes()));
    let url = format!("{}{route}", c.url.trim_end_matches('/'));
    client.post(url).header("api-key", &c.api_key).header("hash-signature", signature).body(body)
}

/// The first half one after another, for latency; the second with several callers, for throughput.
async fn figures(edge: u32, mut requests: Vec<RequestBuilder>) -> Result<Figures> {
    let together = requests.split_off(requests.len() / 2);
    let mut took = Vec::with_capacity(requests.len());
    let mut cpu = Duration::ZERO;
    for (number, request) in requests.into_iter().enumerate() {
        if number == WARM {
            cpu = computed(edge)?;
        }
        let begun = Instant::now();
        send(request).await?;
        took.push(begun.elapsed());
    }
    let mut took = took.split_off(WARM);
    let cpu = computed(edge)?.saturating_sub(cpu) / u32::try_from(took.len())?;
    took.sort_unstable();
    let at = |share: f64| {
        let index = ((took.len() as f64 * share).ceil() as usize).saturating_sub(1);
        took.get(index).copied().unwrap_or(Duration::MAX)
    };
    let count = together.len() as f64;
    let begun = Instant::now();
    let sent = stream::iter(together).map(send).buffer_unordered(CALLERS);
    sent.try_collect::<()>().await?;
    let per_second = count / begun.elapsed().as_secs_f64();
    Ok(Figures { p50: at(0.5), p99: at(0.99), per_second, cpu })
}

async fn send(request: RequestBuilder) -> Result<()> {
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let body = answer.bytes().await?;
    ensure!(status == 200, "status {status}: {}", String::from_utf8_lossy(&body));
    Ok(())
}

/// Time that a process has computed, in the kernel too: fields 14 and 15 of proc(5)'s `stat`, in
/// hundredths of a second.
fn computed(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, after) = stat.rsplit_once(')').context("no name in stat")?;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let (user, system) = ticks(11).zip(ticks(12)).context("no times in stat")?;
    Ok(Duration::from_millis(10 * (user + system)))
}
