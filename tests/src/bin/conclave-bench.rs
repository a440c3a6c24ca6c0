//! `conclave-bench memory` and `conclave-bench switch`: figures of a running system with callers that
//! have real media, against the bars. `cargo xtask bench` builds what it needs and runs it.
#![allow(clippy::print_stdout)] // Figures are what it is for.

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};
use conclave_tests::bench::{Bar, median, memory, switch};
use std::time::Duration;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Resident memory of a media node: idle, and each person in a room of ten.
    Memory {
        /// Fresh systems to measure.
        #[arg(long, default_value_t = 5)]
        runs: usize,
    },
    /// What a viewer sees when another source comes into its slot, without and with loss.
    Switch {
        /// Switches through each link.
        #[arg(long, default_value_t = 40)]
        switches: usize,
        /// One-way delay of the links in milliseconds.
        #[arg(long, default_value_t = 10)]
        delay_ms: u64,
        /// Shares of datagrams lost.
        #[arg(long, value_delimiter = ',', default_value = "0,0.05")]
        loss: Vec<f32>,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    let bars = match Arguments::parse().what {
        What::Memory { runs } => bench_memory(runs).await?,
        What::Switch { switches, delay_ms, loss } => {
            bench_switch(switches, Duration::from_millis(delay_ms), &loss).await?
        }
    };
    for Bar { what, value, bar, met } in &bars {
        println!("{} {what}: {value} ({bar})", if *met { "met   " } else { "MISSED" });
    }
    ensure!(bars.iter().all(|bar| bar.met), "a bar was missed");
    Ok(())
}

async fn bench_memory(runs: usize) -> Result<Vec<Bar>> {
    let mut measured = Vec::new();
    for number in 1..=runs {
        let run = memory::run(number).await?;
        let memory::Run { idle, full, person } = run;
        println!("run {number}: idle {idle} kB, ten people {full} kB, each {person} kB");
        measured.push(run);
    }
    Ok(memory::bars(&measured))
}

async fn bench_switch(switches: usize, delay: Duration, loss: &[f32]) -> Result<Vec<Bar>> {
    let mut bars = Vec::new();
    for &loss in loss {
        let seen = switch::run(switches, delay, loss).await?;
        let worst = seen.gaps.iter().max().copied().unwrap_or_default();
        println!(
            "{:.0} % loss, {delay:?} each way: {} switches, gap median {:?}, worst {worst:?}; \
             new picture after {:?} median; longest gap anywhere {:?}, {} freezes, \
             {} of {} pictures lost",
            loss * 100.0,
            seen.gaps.len(),
            median(&seen.gaps).unwrap_or_default(),
            median(&seen.waits).unwrap_or_default(),
            seen.worst,
            seen.freezes,
            seen.lost,
            seen.pictures as u64 + seen.lost,
        );
        bars.extend(switch::bars(&seen, switches));
    }
    Ok(bars)
}
