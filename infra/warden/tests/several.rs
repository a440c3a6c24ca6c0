//! Several wardens, of which one works.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // Tests fail by panicking.

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use conclave_protocol::bucket::{LEASE, ROOMS};
use conclave_protocol::nats_jwt::Tags;
use conclave_protocol::roles::BusRole;
use conclave_protocol::subjects::EDGE_INBOX;
use std::time::{Duration, Instant};
use support::{Nats, PATIENCE, Warden, ask, ban, ban_in_the_end, key, now, put};
use tokio::time::sleep;

/// Whose name the lease holds.
async fn holder(edge: &async_nats::Client) -> Option<String> {
    let read = format!(r#"{{"last_by_subj":"{}"}}"#, ROOMS.subject(LEASE));
    let answer = ask(edge, "$JS.API.STREAM.MSG.GET.KV_rooms", &read).await;
    let data = answer.get("message")?.get("data")?.as_str()?;
    let word = String::from_utf8(BASE64.decode(data.as_bytes()).ok()?).ok()?;
    Some(word.splitn(3, '.').nth(2)?.to_owned())
}

const A: &str = "a";
const B: &str = "b";

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
    ban_in_the_end(&node, &key(1).public(), issued).await;
    person.thrown_out().await;
    println!("works again after {:?}", begun.elapsed());
    one.stop().await;
    two.stop().await;
}

/// Edges and nodes may write into the bucket that holds the lease.
#[tokio::test]
async fn what_no_warden_wrote_ends_no_tenure() {
    let nats = Nats::start();
    let edge = nats.service(BusRole::Edge, &Tags::None, EDGE_INBOX).await;
    let warden = Warden::start(nats.warden("a")).await;
    let node = nats.node().await;
    let genuine = put_lease(&edge, "").await;
    for (number, forged) in
        ["", "b", &genuine, &genuine.replace(".a", ".b")].into_iter().enumerate()
    {
        // Without a time to live, and again and again.
        let (forger, forged) = (edge.clone(), forged.to_owned());
        let forging = tokio::spawn(async move {
            loop {
                put_lease(&forger, &forged).await;
                sleep(Duration::from_millis(20)).await;
            }
        });
        // Longer than a lease lives.
        sleep(Duration::from_secs(6)).await;
        let issued = now();
        let banned = key(u32::try_from(number).unwrap());
        let mut person = nats.person(&banned, issued).await.unwrap();
        let begun = Instant::now();
        ban(&node, &banned.public(), issued, true).await;
        person.thrown_out().await;
        assert!(begun.elapsed() < Duration::from_secs(1), "{number}: {:?}", begun.elapsed());
        forging.abort();
    }
    let begun = Instant::now();
    while holder(&edge).await.as_deref() != Some(A) {
        assert!(begun.elapsed() < PATIENCE, "the lease is not its holder's any more");
        sleep(Duration::from_millis(50)).await;
    }
    warden.stop().await;
}

/// Writes over the lease; what was there.
async fn put_lease(edge: &async_nats::Client, forged: &str) -> String {
    let read = format!(r#"{{"last_by_subj":"{}"}}"#, ROOMS.subject(LEASE));
    let answer = ask(edge, "$JS.API.STREAM.MSG.GET.KV_rooms", &read).await;
    let data = answer["message"]["data"].as_str().unwrap_or_default();
    put(edge, &ROOMS.subject(LEASE), &[], forged).await;
    String::from_utf8(BASE64.decode(data.as_bytes()).unwrap()).unwrap()
}
