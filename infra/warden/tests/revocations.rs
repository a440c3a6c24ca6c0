//! Bans become revocations, on a real nats-server.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // Tests fail by panicking.

mod support;

use std::time::{Duration, Instant};
use support::{Nats, Warden, ban, ban_in_the_end, key, now};
use tokio::time::sleep;

#[tokio::test]
async fn whoever_is_banned_is_off_the_bus_at_once_and_stays_off() {
    let nats = Nats::start();
    let _node = nats.node().await;
    let warden = Warden::start(nats.warden("a")).await;
    let node = nats.node().await;
    let issued = now();
    let mut banned = nats.person(&key(1), issued).await.unwrap();
    let mut other = nats.person(&key(2), issued).await.unwrap();

    let begun = Instant::now();
    ban(&node, &key(1).public(), issued, true).await;
    banned.thrown_out().await;
    let took = begun.elapsed();
    println!("off the bus after {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(nats.is_refused(&key(1), issued).await);
    assert!(nats.is_refused(&key(1), issued - 5).await);
    assert!(!nats.is_refused(&key(1), issued + 1).await, "a newer credential is another matter");
    assert!(other.is_connected());
    assert!(!nats.is_refused(&key(2), issued).await);

    // The same second, another push: NATS takes both.
    let mut people = Vec::new();
    for n in 10..20 {
        people.push(nats.person(&key(n), issued).await.unwrap());
    }
    for (n, person) in (10..20).zip(&mut people) {
        ban(&node, &key(n).public(), issued, true).await;
        person.thrown_out().await;
    }
    for n in 10..20 {
        assert!(nats.is_refused(&key(n), issued).await, "{n} came back");
    }
    warden.stop().await;
}

#[tokio::test]
async fn whoever_left_is_refused_a_little_later() {
    let nats = Nats::start();
    let _node = nats.node().await;
    let warden = Warden::start(nats.warden("a")).await;
    let node = nats.node().await;
    let issued = now();
    let mut gone = nats.person(&key(1), issued).await.unwrap();
    let begun = Instant::now();
    ban(&node, &key(1).public(), issued, false).await;
    gone.thrown_out().await;
    assert!(begun.elapsed() > Duration::from_millis(400), "{:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    warden.stop().await;
}

#[tokio::test]
async fn a_ban_that_nobody_heard_is_found_in_the_bucket() {
    let nats = Nats::start();
    let _node = nats.node().await;
    Warden::start(nats.warden("a")).await.stop().await;
    let node = nats.node().await;
    // More than one page, and one that has expired already.
    for n in 0..1200 {
        ban(&node, &key(n).public(), now(), false).await;
    }
    ban(&node, &key(5000).public(), 1000, true).await;
    assert!(!nats.is_refused(&key(0), now()).await, "no warden works");
    let issued = now();
    let begun = Instant::now();
    let warden = Warden::start(nats.warden("a")).await;
    println!("ready with 1200 bans after {:?}", begun.elapsed());
    for n in [0, 1, 499, 500, 501, 1000, 1199] {
        assert!(nats.is_refused(&key(n), issued - 10).await, "{n} before it said ready");
    }
    assert!(!nats.is_refused(&key(1200), issued - 10).await);
    assert!(!nats.is_refused(&key(5000), 999).await, "long over");
    warden.stop().await;
}

#[tokio::test]
async fn what_was_revoked_is_revoked_after_nats_and_warden_were_gone() {
    let mut nats = Nats::start();
    let _node = nats.node().await;
    let warden = Warden::start(nats.warden("a")).await;
    let issued = now();
    let mut person = nats.person(&key(1), issued).await.unwrap();
    ban(&nats.node().await, &key(1).public(), issued, true).await;
    person.thrown_out().await;

    // NATS alone: the warden connects again.
    nats.kill();
    nats.run();
    let _node = nats.node().await;
    assert!(nats.is_refused(&key(1), issued).await, "from NATS's own folder");
    let mut second = nats.person(&key(2), issued).await.unwrap();
    let node = nats.node().await;
    // JetStream may be starting still.
    ban_in_the_end(&node, &key(2).public(), issued).await;
    second.thrown_out().await;

    // Both.
    warden.kill().await;
    nats.kill();
    nats.run();
    let _node = nats.node().await;
    let warden = Warden::start(nats.warden("a")).await;
    for n in [1, 2] {
        assert!(nats.is_refused(&key(n), issued).await, "{n} came back");
    }
    warden.stop().await;
}

/// How long a push takes with many in the list; printed, and held to the bar of a kick.
#[tokio::test]
async fn a_push_is_quick_with_as_many_entries_as_there_may_be() {
    let nats = Nats::start();
    let _node = nats.node().await;
    let warden = Warden::start(nats.warden("a")).await;
    let node = nats.node().await;
    let mut written = 0;
    for most in [1000, 5990] {
        while written < most {
            let bans = (written..(written + 100).min(most)).map(|n| {
                let (node, user) = (node.clone(), key(n + 10_000).public());
                tokio::spawn(async move { ban(&node, &user, now(), false).await })
            });
            for ban in bans.collect::<Vec<_>>() {
                ban.await.unwrap();
            }
            written = (written + 100).min(most);
        }
        // So that what is not urgent is pushed already.
        sleep(Duration::from_millis(1500)).await;
        let mut worst = Duration::ZERO;
        for n in 0..5 {
            let issued = now();
            let key = key(most + n);
            let mut person = nats.person(&key, issued).await.unwrap();
            let begun = Instant::now();
            ban(&node, &key.public(), issued, true).await;
            person.thrown_out().await;
            worst = worst.max(begun.elapsed());
            sleep(Duration::from_millis(100)).await;
        }
        for n in [0, most - 1] {
            assert!(nats.is_refused(&key(n + 10_000), now() - 10).await, "{n} of {most}");
        }
        println!("{most} entries: off the bus after {worst:?} at worst");
        assert!(worst < Duration::from_secs(1), "{worst:?}");
    }
    warden.stop().await;
}
