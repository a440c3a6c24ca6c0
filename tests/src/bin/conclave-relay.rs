//! `conclave-relay --delay-ms 50 --tcp LISTEN=TARGET --udp LISTEN=TARGET`: a slow link on one
//! machine, for benches. Prints `ready` and runs until its standard input ends.
#![allow(clippy::print_stdout)] // Its one line tells the bench that it listens.

use anyhow::{Context, Result};
use clap::Parser;
use conclave_tests::relay::{Ends, Link, start};
use std::time::Duration;
use tokio::io::AsyncReadExt;

#[derive(Parser)]
struct Arguments {
    /// One-way delay in milliseconds.
    #[arg(long, default_value_t = 50)]
    delay_ms: u64,
    /// Share of datagrams lost, 0.0 to 1.0.
    #[arg(long, default_value_t = 0.0)]
    loss: f32,
    /// Streams to relay: LISTEN=TARGET.
    #[arg(long, value_parser = ends)]
    tcp: Vec<Ends>,
    /// Datagrams to relay: LISTEN=TARGET.
    #[arg(long, value_parser = ends)]
    udp: Vec<Ends>,
}

fn ends(text: &str) -> Result<Ends> {
    let (listen, target) = text.split_once('=').context("expected LISTEN=TARGET")?;
    Ok(Ends { listen: listen.parse()?, target: target.parse()? })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let delay = Duration::from_millis(arguments.delay_ms);
    let link = Link { delay, loss: arguments.loss, seed: 1, ..Link::default() };
    start(link, &arguments.tcp, &arguments.udp).await?;
    println!("ready");
    let mut end = Vec::new();
    tokio::io::stdin().read_to_end(&mut end).await?;
    Ok(())
}
