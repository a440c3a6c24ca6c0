//! Kicks on every server of a cluster, whichever server the warden is connected to.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // Tests fail by panicking.

mod support;

use conclave_warden::Config;
use std::time::{Duration, Instant};
use support::{Nats, PATIENCE, Warden, ban, ban_in_the_end, key, now};
use tokio::time::sleep;

#[tokio::test]
async fn whoever_is_banned_is_off_every_server_and_refused_by_each() {
    let servers: [Nats; 3] = Nats::cluster();
    let warden =
        Warden::start_when_possible(&Config { replicas: 3, ..servers[0].warden("a") }).await;
    let node = servers[1].node().await;
    let mut worst = Duration::ZERO;
    for round in 0..5 {
        let issued = now();
        let banned = key(round);
        // One credential, a connection on each server.
        let mut people = Vec::new();
        for server in &servers {
            people.push(server.person(&banned, issued).await.unwrap());
        }
        let mut other = servers[2].person(&key(100 + round), issued).await.unwrap();
        let begun = Instant::now();
        ban(&node, &banned.public(), issued, true).await;
        for person in &mut people {
            person.thrown_out().await;
        }
        worst = worst.max(begun.elapsed());
        for server in &servers {
            assert!(server.is_refused(&banned, issued).await, "came back in round {round}");
        }
        assert!(other.is_connected());
    }
    println!("off all three servers after {worst:?} at worst");
    assert!(worst < Duration::from_secs(1), "{worst:?}");
    warden.stop().await;
}

#[tokio::test]
async fn a_server_that_was_down_refuses_as_well_once_it_is_back() {
    let mut servers: [Nats; 3] = Nats::cluster();
    let warden =
        Warden::start_when_possible(&Config { replicas: 3, ..servers[0].warden("a") }).await;
    let node = servers[1].node().await;
    servers[2].kill();
    let issued = now();
    let mut person = servers[1].person(&key(1), issued).await.unwrap();
    // The bucket may be without a leader for a moment.
    ban_in_the_end(&node, &key(1).public(), issued).await;
    person.thrown_out().await;
    servers[2].run();
    let begun = Instant::now();
    // It is up when it takes somebody else, and learns the account from the others.
    while servers[2].is_refused(&key(2), issued).await {
        assert!(begun.elapsed() < PATIENCE, "it does not come back");
        sleep(Duration::from_millis(50)).await;
    }
    let back = Instant::now();
    while !servers[2].is_refused(&key(1), issued).await {
        assert!(back.elapsed() < PATIENCE, "who was banned comes in by the server that was down");
        sleep(Duration::from_millis(50)).await;
    }
    println!("refused {:?} after the server's return", back.elapsed());
    warden.stop().await;
}
