//! A room's course: kept only where room and operator want it, told by webhook, fetched by API, and
//! without content.

#![allow(clippy::unwrap_used, clippy::panic)] // Tests fail by panicking.

use anyhow::{Context, Result, ensure};
use conclave_protocol::event::{RoomEvent, from};
use conclave_protocol::history::Course;
use conclave_protocol::moderation::kind;
use conclave_test_client::Shape;
use conclave_tests::caller::{Caller, all_meet};
use conclave_tests::person::call;
use conclave_tests::receiver::Receiver;
use conclave_tests::system::{Connection, System};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_course_is_told_and_fetched_without_content() -> Result<()> {
    let mut receiver = Receiver::start(1).await?;
    let hook = format!("http://{}/hook", receiver.address);
    let system = System::start_with("analytics", &["--keep-history", "1", "--webhook-url", &hook])?;
    let c = &system.connection;
    let sid = meet(c, "kept", true).await?;

    let first = receiver.next(PATIENCE).await.context("the delivery that is refused")?;
    let again = receiver.next(PATIENCE).await.context("the same once more")?;
    ensure!(first.headers["webhook-id"] == again.headers["webhook-id"], "another id");
    let secret = system.config("courier.json")?["secret"].as_str().unwrap_or_default().to_owned();
    ensure!(verified(&secret, &again.headers, &again.body), "a wrong signature");
    let told: Value = serde_json::from_slice(&again.body)?;
    ensure!(told["event"] == "analytics_ready" && told["sid"] == json!(sid), "{told}");

    let list = call(c, "/auth/analytics/fetch", &json!({ "room_ids": ["kept"] })).await?;
    let listed = &list.json["result"]["analytics_list"][0];
    ensure!(listed["file_id"] == told["file_id"], "{list:?}");
    let ask = json!({ "file_id": told["file_id"] });
    let token = call(c, "/auth/analytics/getDownloadToken", &ask).await?;
    let token = token.json["token"].as_str().context("no token")?.to_owned();
    let url = format!("{}/download/analytics/{token}", c.url.trim_end_matches('/'));
    let text = reqwest::get(&url).await?.error_for_status()?.text().await?;
    let course: Course = serde_json::from_str(&text)?;
    ensure!(course.sid.as_str() == sid, "another room's course");
    let spoke = |user: &str| {
        let stays = course.stays.iter().filter(|stay| stay.user.as_str() == user);
        stays.map(|stay| stay.spoke).sum::<u64>()
    };
    ensure!(spoke("caller-1") >= 1, "nobody spoke: {text}");
    ensure!(
        course.stays.iter().all(|stay| stay.left >= stay.joined && stay.joined >= course.began)
    );
    ensure!(!text.contains("a secret text"), "content was kept");
    Ok(())
}

/// As the API tells. That the bucket itself holds nothing, and no webhook waits, is looked at with the
/// operator's rights in `tests/attack/tests/canary.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_of_a_room_that_does_not_want_it() -> Result<()> {
    let system = System::start_with("no-analytics", &["--keep-history", "1"])?;
    let c = &system.connection;
    meet(c, "unkept", false).await?;
    // A room that wants it shows that the way was open.
    meet(c, "kept", true).await?;
    let fetch = |room: &'static str| async move {
        let list = call(c, "/auth/analytics/fetch", &json!({ "room_ids": [room] })).await?;
        let count = list.json["result"]["analytics_list"].as_array().map_or(0, Vec::len);
        anyhow::Ok(count)
    };
    let until = tokio::time::Instant::now() + PATIENCE;
    while fetch("kept").await? == 0 {
        ensure!(tokio::time::Instant::now() < until, "the other room's course was not kept");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ensure!(fetch("unkept").await? == 0, "collected all the same");
    Ok(())
}

/// Two people meet, one speaks and writes, the host ends it. The room's `sid`.
async fn meet(c: &Connection, room: &str, analytics: bool) -> Result<String> {
    let features = json!({ "enable_analytics": analytics });
    let create = json!({ "room_id": room,
        "metadata": { "room_title": "A title", "room_features": features } });
    let created = call(c, "/auth/room/create", &create).await?;
    ensure!(created.status == 200, "create: {created:?}");
    let mut host = Caller::join(c, room, 0, Shape::default()).await?;
    let mut guest = Caller::join(c, room, 1, Shape::default()).await?;
    host.connect_bus().await?;
    guest.connect_bus().await?;
    all_meet(&[&host, &guest], 150, PATIENCE).await?;
    let bus = guest.bus.as_ref().context("no bus")?;
    bus.say(from::CHAT, &json!({ "text": "a secret text" })).await?;
    host.bus.as_ref().context("no bus")?.moderate(kind::END, &json!({})).await?;
    let over = |event| matches!(event, RoomEvent::Ended { .. }).then_some(());
    guest.bus.as_mut().context("no bus")?.event(PATIENCE, over).await?;
    Ok(guest.joined.sid.to_string())
}

/// As a receiver verifies it by the specification of Standard Webhooks.
fn verified(
    secret: &str,
    headers: &std::collections::BTreeMap<String, String>,
    body: &[u8],
) -> bool {
    let key = BASE64.decode(secret.trim_start_matches("whsec_").as_bytes()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    for part in [
        headers["webhook-id"].as_bytes(),
        b".",
        headers["webhook-timestamp"].as_bytes(),
        b".",
        body,
    ] {
        mac.update(part);
    }
    headers["webhook-signature"] == format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
}
