//! The services' configuration files.

use crate::accounts;
use crate::addresses::Addresses;
use crate::failure::Failure;
use crate::files;
use crate::keys::Keys;
use crate::nats_config::NatsConfig;
use crate::warden::Config as WardenConfig;
use conclave_edge_core::settings::{Settings, StartPage};
use conclave_edge_native::{CONNECTIONS_PER_PEER, Config as EdgeConfig};
use conclave_media_node::Config as NodeConfig;
use conclave_protocol::ids::NodeId;
use conclave_protocol::limits::MAX_JOIN_TOKEN_SECONDS;
use conclave_protocol::nats_jwt::Tags;
use conclave_protocol::roles::BusRole;
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
        accounts: &accounts::all(keys, now)?,
        addresses,
    };
    let path = dir.join("nats.json");
    files::write_json(&path, &config.render())?;
    Ok(path)
}

/// Writes all of them.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_all(
    state: &Path,
    keys: &Keys,
    addresses: &Addresses,
    web: Option<PathBuf>,
    now: u64,
) -> Result<Files, Failure> {
    let url = format!("nats://{}", addresses.nats);
    let node =
        NodeId::parse("n1").map_err(|error| Failure::Other(format!("the node's name: {error}")))?;
    let user = |role, tags: &Tags<'_>| accounts::service(keys, role, tags, &url, now);
    let warden = WardenConfig { nats: user(BusRole::Warden, &Tags::None)?, replicas: 1 };
    let edge = EdgeConfig {
        listen: addresses.listen,
        nats: user(BusRole::Edge, &Tags::None)?,
        web,
        connections_per_peer: CONNECTIONS_PER_PEER,
        settings: settings(keys, addresses)?,
    };
    let node = NodeConfig {
        region: "local".into(),
        ctrl: user(BusRole::NodeCtrl, &Tags::Node(&node))?,
        rooms: user(BusRole::NodeRooms, &Tags::Node(&node))?,
        media: vec![addresses.media],
        advertise: addresses.advertise.into_iter().collect(),
        capacity_packets: 40_000,
        metrics: Some(addresses.metrics),
        node,
    };
    let files = Files {
        nats: write_nats(state, keys, addresses, now)?,
        warden: state.join("warden.json"),
        edge: state.join("edge.json"),
        node: state.join("node.json"),
    };
    files::write_json(&files.warden, &warden)?;
    files::write_json(&files.edge, &edge)?;
    files::write_json(&files.node, &node)?;
    Ok(files)
}

fn settings(keys: &Keys, addresses: &Addresses) -> Result<Settings, Failure> {
    let seed = |role| keys.scope(role).map(|scope| scope.key().seed());
    Ok(Settings {
        deployment: keys.deployment.clone(),
        token_seed: keys.token_seed.clone(),
        secret: keys.edge_secret.clone(),
        rooms_account: keys.rooms.public(),
        participant_seed: seed(BusRole::Participant)?,
        moderator_seed: seed(BusRole::Moderator)?,
        nats_ws_urls: vec![addresses.nats_ws_url.clone()],
        api_keys: [(keys.api_key.clone(), keys.api_secret.clone())].into(),
        start_page: Some(StartPage {
            api_key: keys.start_page_key.clone(),
            max_rooms: START_PAGE_ROOMS,
        }),
        join_token_seconds: MAX_JOIN_TOKEN_SECONDS,
    })
}
