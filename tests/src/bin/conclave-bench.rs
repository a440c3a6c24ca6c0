//! `conclave-bench control|kick|memory|switch`: figures of a running system with callers that
//! have real media, against the bars. `cargo xtask bench` builds what it needs and runs it.
#![allow(clippy::print_stdout)] // Figures are what it is for.

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};
use conclave_tests::bench::{Bar, control, kick, median, memory, switch};
use std::time::Duration;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A join at the control plane: redeem, place, mint.
    Control {
        /// Joins that count.
        #[arg(long, default_value_t = 3000)]
        joins: usize,
        /// Joins a second.
        #[arg(long, default_value_t = 100)]
        per_second: u32,
    },
    /// From a moderator's word to the removed person's silence.
    Kick {
        /// People to remove.
        #[arg(long, default_value_t = 100)]
        kicks: usize,
    },
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
        What::Control { joins, per_second } => bench_control(joins, per_second).await?,
        What::Kick { kicks } => bench_kick(kicks).await?,
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

async fn bench_control(joins: usize, per_second: u32) -> Result<Vec<Bar>> {
    let measured = control::run(joins, per_second).await?;
    let at = |share| measured.percentile(share);
    println!(
        "{} joins at {per_second}/s in {:?}: p50 {:?}, p90 {:?}, p99 {:?}, worst {:?}",
        measured.took.len(),
        measured.whole,
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0),
    );
    Ok(control::bars(&measured))
}

async fn bench_kick(kicks: usize) -> Result<Vec<Bar>> {
    let measured = kick::run(kicks).await?;
    let packets: Vec<_> = measured.iter().map(|kick| kick.last_packet).collect();
    let bus: Vec<_> = measured.iter().map(|kick| kick.off_bus).collect();
    println!(
        "{} kicks: last packet after {:?} median, {:?} worst; off the bus after {:?} median, {:?} worst",
        measured.len(),
        median(&packets).unwrap_or_default(),
        packets.iter().max().copied().unwrap_or_default(),
        median(&bus).unwrap_or_default(),
        bus.iter().max().copied().unwrap_or_default(),
    );
    Ok(kick::bars(&measured))
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
