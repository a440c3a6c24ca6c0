//! `conclave-bench-edge`: what the edge costs in each runtime, against the bars. `cargo xtask bench edge`
//! builds what it needs and runs it.
// Figures are what it is for.
#![allow(clippy::print_stdout)]

use anyhow::{Context, Result, ensure};
use clap::Parser;
use conclave_contract::bench::{Figures, Measured, measure};
use conclave_contract::{Edge, Kind, Nats};
use conclave_tests::bench::{Bar, median};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const JOIN_P50: Duration = Duration::from_millis(10);
const JOIN_P99: Duration = Duration::from_millis(40);
const JOIN_CPU: Duration = Duration::from_millis(5);
const START: Duration = Duration::from_millis(100);
const WORKER_GZIPPED: usize = 450_000;
const COMPONENT: usize = 1_200_000;

#[derive(Parser)]
struct Arguments {
    /// Requests of each kind that count.
    #[arg(long, default_value_t = 1000)]
    requests: usize,
    /// Joins a second where they come at a steady rate.
    #[arg(long, default_value_t = 50)]
    per_second: u32,
    /// Starts to measure.
    #[arg(long, default_value_t = 11)]
    starts: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { requests, per_second, starts } = Arguments::parse();
    let mut bars = Vec::new();
    let mut native_join = None;
    for kind in Kind::ALL {
        println!("{kind:?}");
        if kind != Kind::Native {
            let start = start_up(kind, starts).await?;
            println!("  start-up, process to first answer, median of {starts}: {start:?}");
            bars.push(Bar::at_most(format!("{kind:?}: start-up"), start, START));
            bars.push(size(kind)?);
        }
        let Measured { create, token, join, steady } = measure(kind, requests, per_second).await?;
        for (what, figures) in [("create", create), ("token", token), ("join", join)] {
            let Figures { p50, p99, per_second, cpu } = figures;
            println!("  {what:<6} p50 {p50:?}, p99 {p99:?}, {per_second:.0}/s, CPU {cpu:?}");
        }
        let (p50, p99) = (steady.percentile(0.5), steady.percentile(0.99));
        println!("  join at {per_second}/s: p50 {p50:?}, p99 {p99:?}");
        let native = *native_join.get_or_insert(p50);
        let ratio = p50.as_secs_f64() / native.as_secs_f64();
        println!("  join, p50, against native: {ratio:.2}");
        if kind != Kind::Native {
            bars.push(Bar::at_most(format!("{kind:?}: join, p50"), p50, JOIN_P50));
            bars.push(Bar::at_most(format!("{kind:?}: join, p99"), p99, JOIN_P99));
            bars.push(Bar::at_most(format!("{kind:?}: join, CPU"), join.cpu, JOIN_CPU));
        }
    }
    for Bar { what, value, bar, met } in &bars {
        println!("{} {what}: {value} ({bar})", if *met { "met   " } else { "MISSED" });
    }
    ensure!(bars.iter().all(|bar| bar.met), "a bar was missed");
    Ok(())
}

/// From the runtime's start to its first answer. The first of them fills the runtime's cache of what it
/// compiled and does not count.
async fn start_up(kind: Kind, starts: usize) -> Result<Duration> {
    let nats = Nats::start().await;
    let mut took = Vec::new();
    for _ in 0..=starts {
        let begun = Instant::now();
        let edge = Edge::start(kind, &nats).await;
        let answer = edge.get("/healthz").await;
        ensure!(answer.status == 200, "{answer:?}");
        took.push(begun.elapsed());
    }
    median(&took[1..]).context("no start was measured")
}

fn size(kind: Kind) -> Result<Bar> {
    let files = files(&kind.build().context("it has no build")?)?;
    let (mut raw, mut gzipped) = (0, 0);
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&bytes)?;
        raw += bytes.len();
        gzipped += gzip.finish()?.len();
    }
    println!("  {raw} bytes, {gzipped} gzipped");
    Ok(match kind {
        Kind::Worker => Bar::at_most("Worker: bytes gzipped", gzipped, WORKER_GZIPPED),
        _ => Bar::at_most("Spin: bytes", raw, COMPONENT),
    })
}

fn files(build: &Path) -> Result<Vec<PathBuf>> {
    if build.is_file() {
        return Ok(vec![build.to_owned()]);
    }
    let entries = fs::read_dir(build).with_context(|| format!("no {}", build.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}
