//! Several wardens, of which one works.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // Tests fail by panicking.

mod support;

use conclave_protocol::bucket::{LEASE, ROOMS};
use conclave_protocol::nats_jwt::Tags;
use conclave_protocol::roles::BusRole;
use conclave_protocol::subjects::EDGE_INBOX;
use std::time::{Duration, Instant};
use support::{Nats, PATIENCE, Warden, ask, ban, key, now};
use tokio::time::sleep;

/// Whose name the lease holds.
async fn holder(edge: &async_nats::Client) -> Option<String> {
    let read = format!(r#"{{"last_by_subj":"{}"}}"#, ROOMS.subject(LEASE));
    let answer = ask(edge, "$JS.API.STREAM.MSG.GET.KV_rooms", &read).await;
    Some(answer.get("message")?.get("data")?.as_str()?.to_owned())
}

const A: &str = "YQ==";
const B: &str = "Yg==";

#[tokio::test]
async fn another_takes_over_from_one_that_died_within_seconds() {
    let nats = Nats::start();
    let edge = nats.service(BusRole::Edge, &Tags::None, EDGE_INBOX).await;
    let one = Warden::start(nats.warden("a")).await;
    let two = Warden::start(nats.warden("b")).await;
    let node = nats.node().await;
    assert_eq!(holder(&edge).await.as_deref(), Some(A));

    let issued = now();
    let mut first = nats.person(&key(1), issued).await.unwrap();
    ban(&node, &key(1).public(), issued, true).await;
    first.thrown_out().await;

    one.kill().await;
    let begun = Instant::now();
    let mut second = nats.person(&key(2), issued).await.unwrap();
    ban(&node, &key(2).public(), issued, true).await;
    second.thrown_out().await;
    println!("another warden acted after {:?}", begun.elapsed());
    assert!(begun.elapsed() < PATIENCE);
    assert_eq!(holder(&edge).await.as_deref(), Some(B));
    assert!(nats.is_refused(&key(1), issued).await, "what the first had done holds");

    // The first comes back, and stands by.
    let one = Warden::start(nats.warden("a")).await;
    sleep(Duration::from_secs(2)).await;
    assert_eq!(holder(&edge).await.as_deref(), Some(B));

    // One that is told to stop lets go at once.
    two.stop().await;
    let begun = Instant::now();
    while holder(&edge).await.as_deref() != Some(A) {
        assert!(begun.elapsed() < Duration::from_secs(3), "the lease was not let go");
        sleep(Duration::from_millis(50)).await;
    }
    one.stop().await;
}

#[tokio::test]
async fn a_warden_that_comes_back_need_not_wait_for_its_own_lease() {
    let nats = Nats::start();
    let edge = nats.service(BusRole::Edge, &Tags::None, EDGE_INBOX).await;
    Warden::start(nats.warden("a")).await.kill().await;
    let begun = Instant::now();
    let warden = Warden::start(nats.warden("a")).await;
    let node = nats.node().await;
    let issued = now();
    let mut person = nats.person(&key(1), issued).await.unwrap();
    ban(&node, &key(1).public(), issued, true).await;
    person.thrown_out().await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(holder(&edge).await.as_deref(), Some(A));
    warden.stop().await;
}

#[tokio::test]
async fn after_a_crash_of_nats_one_works_again() {
    let mut nats = Nats::start();
    let _edge = nats.service(BusRole::Edge, &Tags::None, EDGE_INBOX).await;
    let one = Warden::start(nats.warden("a")).await;
    let two = Warden::start(nats.warden("b")).await;
    nats.kill();
    nats.run();
    let node = nats.node().await;
    let issued = now();
    let mut person = nats.person(&key(1), issued).await.unwrap();
    let begun = Instant::now();
    let subject = conclave_protocol::bucket::BANS
        .subject(&conclave_protocol::ban::bus_key(&key(1).public(), issued));
    while node.request(subject.clone(), r#"{"urgent":true}"#.into()).await.is_err() {
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(50)).await;
    }
    person.thrown_out().await;
    println!("works again after {:?}", begun.elapsed());
    one.stop().await;
    two.stop().await;
}
