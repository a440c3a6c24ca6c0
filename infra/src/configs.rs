//! The services' configuration files.

use crate::accounts;
use crate::addresses::Addresses;
use crate::failure::Failure;
use crate::keys::{Keys, RetiredToken};
use crate::nats_config::NatsConfig;
use crate::{files, gate};
use conclave_courier::{Config as CourierConfig, Secret, Target};
use conclave_edge_core::settings::{RetiredKey, Settings, StartPage};
use conclave_edge_native::{CONNECTIONS_PER_PEER, Config as EdgeConfig};
use conclave_media_node::Config as NodeConfig;
use conclave_protocol::grant::GrantKey;
use conclave_protocol::ids::NodeId;
use conclave_protocol::limits::MAX_JOIN_TOKEN_SECONDS;
use conclave_protocol::nats_jwt::{Tags, read_account};
use conclave_protocol::roles::BusRole;
use conclave_warden::Config as WardenConfig;
use std::path::{Path, PathBuf};

/// Rooms that the start page may have at a time.
const START_PAGE_ROOMS: u32 = 100;

/// Where the files are.
#[derive(Debug, Clone)]
pub struct Files {
    /// nats-server's.
    pub nats: PathBuf,
    /// The warden's.
    pub warden: PathBuf,
    /// The edge's.
    pub edge: PathBuf,
    /// The media node's.
    pub node: PathBuf,
    /// The courier's, where there is one.
    pub courier: Option<PathBuf>,
    /// The gate's, where there is one.
    pub gate: Option<PathBuf>,
}

/// Writes NATS's configuration: operator, accounts with their templates, listeners, bounds.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_nats(
    state: &Path,
    keys: &Keys,
    addresses: &Addresses,
    now: u64,
) -> Result<PathBuf, Failure> {
    let dir = state.join("nats");
    files::private_dir(&dir)?;
    let operator = dir.join("operator.jwt");
    files::write_private(&operator, accounts::operator(keys, now).as_bytes())?;
    let config = NatsConfig {
        dir: &dir,
        operator: &operator,
        system_account: &keys.system.public(),
        ctrl: &keys.ctrl.public(),
        accounts: &accounts::all(keys, |of| kept(&dir, of), addresses.gate.is_some(), now)?,
        addresses,
    };
    let path = dir.join("nats.json");
    files::write_json(&path, &config.render())?;
    Ok(path)
}

/// Writes the gate's files, where one is asked for.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_gate(
    state: &Path,
    keys: &Keys,
    addresses: &Addresses,
    now: u64,
) -> Result<Option<PathBuf>, Failure> {
    let Some(asked) = &addresses.gate else { return Ok(None) };
    let ctrl = kept(&state.join("nats"), &keys.ctrl.public());
    let issued = ctrl.as_deref().and_then(read_account).unwrap_or_default();
    gate::write(state, keys, asked, issued.revocations, now).map(Some)
}

/// The JWT that NATS has of an account, with whatever was pushed: where NATS keeps it.
fn kept(nats: &Path, account: &str) -> Option<String> {
    std::fs::read_to_string(nats.join("accounts").join(format!("{account}.jwt"))).ok()
}

/// What an operator asked to be kept; by default nothing is.
#[derive(Debug, Clone, Default)]
pub struct Keep {
    /// Who did what when, in `audit.jsonl` of the state folder.
    pub audit: bool,
    /// The course of rooms that allow it, for so many seconds.
    pub history_seconds: Option<u64>,
    /// Whom to tell that there is such a course.
    pub webhook: Option<Target>,
}

/// Writes all of them; also gives the edge's, which a wasm edge is told by other ways.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_all(
    state: &Path,
    keys: &Keys,
    addresses: &Addresses,
    web: Option<PathBuf>,
    keep: &Keep,
    now: u64,
) -> Result<(Files, EdgeConfig), Failure> {
    let url = format!("nats://{}", addresses.nats);
    let node =
        NodeId::parse("n1").map_err(|error| Failure::Other(format!("the node's name: {error}")))?;
    let user = |role, tags: &Tags<'_>| accounts::service(keys, role, tags, &url, now);
    let warden = WardenConfig {
        name: "warden".into(),
        nats: user(BusRole::Warden, &Tags::None)?,
        revoker: user(BusRole::Revoker, &Tags::None)?,
        rooms: accounts::rooms(keys)?,
        replicas: 1,
        history_seconds: keep.history_seconds,
        webhooks: keep.webhook.is_some(),
    };
    let edge = EdgeConfig {
        listen: addresses.listen,
        nats: user(BusRole::Edge, &Tags::None)?,
        web,
        connections_per_peer: CONNECTIONS_PER_PEER,
        settings: settings(keys, addresses, keep)?,
    };
    let node = NodeConfig {
        region: "local".into(),
        ctrl: user(BusRole::NodeCtrl, &Tags::Node(&node))?,
        rooms: user(BusRole::NodeRooms, &Tags::Node(&node))?,
        media: vec![addresses.media],
        advertise: addresses.advertise.into_iter().collect(),
        capacity_packets: 40_000,
        metrics: Some(addresses.metrics),
        grant_key: GrantKey::from_seed(keys.grant_seed()?).public(),
        audit: keep.audit.then(|| state.join("audit.jsonl")),
        history_seconds: keep.history_seconds,
        webhooks: keep.webhook.is_some(),
        node,
    };
    let files = Files {
        nats: write_nats(state, keys, addresses, now)?,
        gate: write_gate(state, keys, addresses, now)?,
        warden: state.join("warden.json"),
        edge: state.join("edge.json"),
        node: state.join("node.json"),
        courier: keep.webhook.as_ref().map(|_| state.join("courier.json")),
    };
    if let (Some(path), Some(target)) = (&files.courier, &keep.webhook) {
        let secret = Secret::try_from(keys.webhook_secret.clone())
            .map_err(|rule| Failure::Other(format!("keys.json: {rule}")))?;
        let nats = user(BusRole::Courier, &Tags::None)?;
        files::write_json(path, &CourierConfig { nats, target: target.clone(), secret })?;
    }
    files::write_json(&files.warden, &warden)?;
    files::write_json(&files.edge, &edge)?;
    files::write_json(&files.node, &node)?;
    Ok((files, edge))
}

fn settings(keys: &Keys, addresses: &Addresses, keep: &Keep) -> Result<Settings, Failure> {
    let seed = |role| keys.scope(role).map(|scope| scope.key().seed());
    Ok(Settings {
        deployment: keys.deployment.clone(),
        token_seed: keys.token_seed.clone(),
        secret: keys.edge_secret.clone(),
        rooms_account: keys.rooms.public(),
        participant_seed: seed(BusRole::Participant)?,
        moderator_seed: seed(BusRole::Moderator)?,
        waiting_seed: seed(BusRole::Waiting)?,
        grant_seed: keys.grant_seed.clone(),
        retired_token_keys: keys.retired_tokens.iter().filter_map(retired).collect(),
        history: keep.history_seconds.is_some(),
        nats_ws_urls: vec![addresses.nats_ws_url.clone()],
        api_keys: [(keys.api_key.clone(), keys.api_secret.clone())].into(),
        start_page: Some(StartPage {
            api_key: keys.start_page_key.clone(),
            max_rooms: START_PAGE_ROOMS,
        }),
        join_token_seconds: MAX_JOIN_TOKEN_SECONDS,
    })
}

/// A key that signed until this `up` has been given its end by now.
fn retired(key: &RetiredToken) -> Option<RetiredKey> {
    Some(RetiredKey { public: key.public.clone(), until: key.until? })
}
