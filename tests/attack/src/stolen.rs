//! Stolen credentials of services: what each may do, what can be done with JetStream's answers to what it
//! may ask, and writes in its name.

use crate::intruder::{Intruder, Rights, credential};
use crate::overseer::{self, Overseer};
use crate::raw::Raw;
use anyhow::{Context, Result, ensure};
use conclave_protocol::bucket::Bucket;
use conclave_protocol::ids::NodeId;
use conclave_protocol::nats_jwt::Tags;
use conclave_protocol::roles::BusRole;
use conclave_tests::system::System;
use serde_json::json;
use std::time::Duration;

/// How long NATS may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The node whose credential is stolen: not the one that runs.
#[must_use]
#[allow(clippy::expect_used)] // A name that is one.
pub fn node() -> NodeId {
    NodeId::parse("n2").expect("a node's name")
}

/// The tags of a stolen credential of `role`.
#[must_use]
pub fn tags(role: BusRole, node: &NodeId) -> Tags<'_> {
    match role {
        BusRole::NodeCtrl | BusRole::NodeRooms => Tags::Node(node),
        _ => Tags::None,
    }
}

/// Somebody with a service's stolen credential.
///
/// # Errors
/// Where NATS refuses.
pub async fn thief(system: &System, role: BusRole) -> Result<Intruder> {
    Intruder::of(system, role, &tags(role, &node()), rights(role)).await
}

/// What each may do, as DESIGN lists it.
#[must_use]
pub fn rights(role: BusRole) -> Rights {
    let (publish, hear): (&[&str], &[&str]) = match role {
        BusRole::Edge => (
            &[
                "node.*.req",
                "$KV.rooms.>",
                "$KV.tickets.>",
                "$JS.API.STREAM.MSG.GET.KV_rooms",
                "$JS.API.STREAM.MSG.GET.KV_tickets",
                "$JS.API.STREAM.MSG.GET.KV_bans",
                "$JS.API.DIRECT.GET.KV_nodes",
                "$JS.API.DIRECT.GET.KV_history",
            ],
            &["_INBOX.edge.>"],
        ),
        BusRole::NodeCtrl => (
            &[
                "$KV.nodes.n2",
                "$KV.rooms.>",
                "$KV.rs.n2.>",
                "$KV.bans.>",
                "$KV.history.>",
                "$KV.outkeys.>",
                "outbox.>",
                "$JS.API.STREAM.MSG.GET.KV_rooms",
                "$JS.API.STREAM.MSG.GET.KV_rs",
                "_INBOX.edge.>",
            ],
            &["node.n2.req", "_INBOX.node.n2.>"],
        ),
        BusRole::NodeRooms => {
            (&["room.*.n2.all.>", "room.*.n2.to.>"], &["room.*.n2.from.>", "room.*.n2.mod.>"])
        }
        BusRole::Courier => (
            &[
                "$JS.API.CONSUMER.INFO.OUTBOX.courier",
                "$JS.API.CONSUMER.MSG.NEXT.OUTBOX.courier",
                "$JS.ACK.OUTBOX.courier.>",
                "$JS.API.STREAM.MSG.GET.KV_outkeys",
                "$KV.outkeys.>",
            ],
            &["_INBOX.courier.>"],
        ),
        BusRole::Warden => (
            &[
                "$JS.API.STREAM.CREATE.*",
                "$JS.API.STREAM.UPDATE.*",
                "$JS.API.STREAM.INFO.*",
                "$JS.API.CONSUMER.CREATE.OUTBOX.courier",
                "$JS.API.DIRECT.GET.KV_rooms.$KV.rooms.warden",
                "$JS.API.DIRECT.GET.KV_rooms.$KV.rooms.ready",
                "$JS.API.DIRECT.GET.KV_bans",
                "$KV.rooms.ready",
                "$KV.rooms.warden",
            ],
            &["_INBOX.warden.>", "$KV.bans.bus.>"],
        ),
        _ => {
            (&["$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"], &["_INBOX.revoker.>"])
        }
    };
    let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
    Rights { publish: texts(publish), hear: texts(hear) }
}

/// A question with an answer that NATS sends to whatever subject the asker names: subject and payload.
pub type Weapon = (&'static str, &'static str);

const LAST: &str = r#"{"last_by_subj":"$KV.rooms.ready"}"#;
const PULL: &str = r#"{"batch":1,"no_wait":true}"#;

/// All of a role's. What a stream captures is acknowledged, what JetStream is asked is answered, be it by an
/// error, and an acknowledgement can ask for the next message.
#[must_use]
pub fn weapons(role: BusRole) -> &'static [Weapon] {
    match role {
        BusRole::Edge => &[
            ("$JS.API.STREAM.MSG.GET.KV_rooms", LAST),
            ("$JS.API.STREAM.MSG.GET.KV_tickets", LAST),
            ("$JS.API.STREAM.MSG.GET.KV_bans", LAST),
            ("$JS.API.DIRECT.GET.KV_nodes", r#"{"multi_last":["$KV.nodes.>"]}"#),
            ("$JS.API.STREAM.MSG.GET.KV_bans", r#"{"next_by_subj":"$KV.bans.>","seq":1}"#),
            ("$JS.API.DIRECT.GET.KV_history", r#"{"multi_last":["$KV.history.>"]}"#),
            ("$KV.rooms.probe", "x"),
            ("$KV.tickets.probe", "x"),
            ("node.n1.req", "x"),
        ],
        BusRole::NodeCtrl => &[
            ("$JS.API.STREAM.MSG.GET.KV_rooms", LAST),
            ("$JS.API.STREAM.MSG.GET.KV_rs", LAST),
            ("$KV.rooms.probe", "x"),
            ("$KV.rs.n2.probe", "x"),
            ("$KV.nodes.n2", "x"),
            ("$KV.bans.probe", "x"),
            ("$KV.history.probe", "x"),
            ("$KV.outkeys.probe", "x"),
            ("outbox.probe.x", "x"),
        ],
        BusRole::Courier => &[
            ("$JS.API.CONSUMER.INFO.OUTBOX.courier", ""),
            ("$JS.API.CONSUMER.MSG.NEXT.OUTBOX.courier", PULL),
            ("$JS.ACK.OUTBOX.courier.1.1.1.1.0", r#"+NXT {"batch":1,"no_wait":true}"#),
            ("$JS.API.STREAM.MSG.GET.KV_outkeys", LAST),
            ("$KV.outkeys.probe", "x"),
        ],
        _ => &[],
    }
}

/// Has NATS answer to each of `replies`. A last answer goes to where the overseer sees it, beyond the
/// asker's rights too: it shows that this question is answered, and, since NATS answers in order, that the
/// other answers are on their way.
///
/// # Errors
/// Where nobody answers.
pub async fn fire(
    thief: &mut Intruder,
    ctrl: &mut Overseer,
    (subject, payload): Weapon,
    replies: &[String],
) -> Result<()> {
    // A node answers nobody but edges.
    let seen = if subject.starts_with("node.") { "_INBOX.edge" } else { "seen" };
    let seen = format!("{seen}.{}", thief.mark());
    for reply in replies.iter().chain([&seen]) {
        thief.raw.publish_with(subject, Some(reply), &[], payload.as_bytes()).await?;
    }
    ensure!(thief.raw.sync().await?, "thrown out after asking {subject}");
    let answered = ctrl.carried_until(PATIENCE, |message| message.subject == seen).await;
    answered.map(drop).with_context(|| format!("{subject} is not answered"))
}

/// A write by a role; JetStream has decided when this returns.
///
/// # Errors
/// Where the role may not.
pub async fn put(
    system: &System,
    role: BusRole,
    bucket: Bucket,
    key: &str,
    headers: &[(&str, &str)],
    value: &[u8],
) -> Result<()> {
    let (jwt, user) = credential(system, role, &tags(role, &node()), None)?;
    let mut raw = Raw::connect(&overseer::nats_url(system)?, &jwt, Some(&user))
        .await?
        .map_err(anyhow::Error::msg)?;
    let inbox = if role == BusRole::Edge { "_INBOX.edge.put" } else { "_INBOX.node.n2.put" };
    let answer = raw.ask(inbox, &bucket.subject(key), headers, value).await?;
    ensure!(answer.is_some(), "{role:?} may not write into {}", bucket.name);
    Ok(())
}

/// Keys of a bucket.
///
/// # Errors
/// Where there is no such bucket.
pub async fn keys(overseer: &mut Overseer, bucket: Bucket) -> Result<Vec<String>> {
    let ask = json!({ "subjects_filter": bucket.subject(">") });
    let info = overseer.ask(&format!("$JS.API.STREAM.INFO.{}", bucket.stream()), &ask).await?;
    let subjects = info["state"]["subjects"].as_object().context("no keys")?;
    let prefix = bucket.subject("");
    Ok(subjects
        .keys()
        .filter_map(|subject| Some(subject.strip_prefix(&prefix)?.to_owned()))
        .collect())
}

/// Headers as they stand in a row of the table.
#[must_use]
pub fn shown(headers: &[(&str, &str)]) -> String {
    headers.iter().map(|(name, value)| format!(" with {name}: {value}")).collect()
}
