//! A media node dies: the room's next owner knows what moderators had decided.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave_protocol::event::RoomEvent;
use conclave_protocol::moderation::{Remove, SetRules, kind};
use conclave_protocol::roles::RoomRole;
use conclave_protocol::session::path;
use conclave_protocol::settings::{Locks, Rules};
use conclave_tests::metrics;
use conclave_tests::person::{OFFER, Person, token};
use conclave_tests::room_bus::RoomBus;
use conclave_tests::system::{System, signal};
use serde_json::json;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn roles_rules_and_removals_outlive_their_owner() -> Result<()> {
    let system = System::start("takeover")?;
    let c = &system.connection;
    let mut host = Person::new(c, 1);
    let hosts = host.join(&token(c, "kept", "host", true).await?).await?;
    let mut guest = Person::new(c, 2);
    let guests = guest.join(&token(c, "kept", "guest", false).await?).await?;
    let pest = Person::new(c, 3);
    let pests = pest.join(&token(c, "kept", "pest", false).await?).await?;
    let mut bus = RoomBus::start(host.connect(&hosts.bus).await?, &hosts).await?;

    let rules = Rules { locks: Locks { chat: true, ..Locks::default() }, waiting_room: false };
    bus.moderate(kind::RULES, &SetRules { rules }).await?;
    bus.moderate(kind::REMOVE, &Remove { pid: pests.pid.clone(), ban: false }).await?;
    let gone =
        |event| matches!(event, RoomEvent::Left { ref pid, .. } if *pid == pests.pid).then_some(());
    bus.event(PATIENCE, gone).await.context("nobody was removed")?;
    // What the owner decided last is written within about a second.
    let url = &c.metrics_url;
    let written = metrics::counter(url, "conclave_states_written_total").await?;
    metrics::reaches(url, "conclave_states_written_total", written + 1, PATIENCE).await?;

    signal(system.pid("node").context("no node")?, "KILL");
    let back = returned(&mut host, &hosts.session).await?;
    ensure!(back["role"] == json!(RoomRole::Moderator), "the host is none any more: {back}");
    ensure!(back["snapshot"]["rules"] == json!(rules), "the rules are forgotten: {back}");
    ensure!(back["snapshot"]["epoch"].as_u64() > Some(hosts.snapshot.epoch), "the same owner");
    let back = returned(&mut guest, &guests.session).await?;
    ensure!(back["role"] == json!(RoomRole::Participant), "a guest was raised: {back}");
    let body = json!({ "session": pests.session, "bus_key": pest.bus.public(), "offer": OFFER });
    let refused = pest.post(path::REJOIN, &body).await?;
    ensure!(refused.status == 403, "who was removed came back: {refused:?}");
    Ok(())
}

/// Tries as a page does until the room has an owner again.
async fn returned(person: &mut Person, session: &str) -> Result<serde_json::Value> {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let body = json!({ "session": session, "bus_key": person.bus.public(), "offer": OFFER });
        let answer = person.post(path::REJOIN, &body).await?;
        if answer.status == 200 {
            return Ok(answer.json);
        }
        ensure!(tokio::time::Instant::now() < until, "not back in time: {answer:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
