//! Shapes of the requests that a browser makes to an edge.

use crate::encryption::Encryption;
use crate::event::{Publishing, Slots, Snapshot};
use crate::ids::{DisplayName, NodeId, Pid, Sid};
use crate::moderation::Service;
use crate::redact::hidden_debug;
use crate::roles::RoomRole;
use crate::settings::Features;
use serde::{Deserialize, Serialize};

/// Paths.
pub mod path {
    /// What the start page may do: `GET`, answered by [`super::StartPage`].
    pub const CONFIG: &str = "/v1/config";
    /// Makes a room from the start page.
    pub const START: &str = "/v1/start";
    /// Exchanges an invite for a join token.
    pub const INVITE: &str = "/v1/invite";
    /// Joins.
    pub const JOIN: &str = "/v1/join";
    /// Comes back after a reload or a lost connection.
    pub const REJOIN: &str = "/v1/rejoin";
    /// Asks for a new bus credential.
    pub const RENEW: &str = "/v1/renew";
    /// Says that the page goes away.
    pub const LEAVE: &str = "/v1/leave";
    /// A moderator asks for a fresh link into the room.
    pub const LINK: &str = "/v1/link";
    /// A moderator asks for a service of the server's.
    pub const SERVICE: &str = "/v1/service";
    /// The public keys of tokens (RFC 7517): `GET`.
    pub const JWKS: &str = "/.well-known/jwks.json";
}

/// Whether this edge has a start page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartPage {
    /// True where anybody may make a room.
    pub start_page: bool,
}

/// `POST /v1/start`.
#[derive(Clone, Deserialize)]
pub struct StartRequest {
    /// The room's title; may be empty, and is where it shall stay in the link's fragment.
    #[serde(default)]
    pub title: String,
    /// False where servers shall be able to read what they relay.
    #[serde(default = "yes")]
    pub encrypted: bool,
}

fn yes() -> bool {
    true
}

/// A new room's invites.
#[derive(Clone, Serialize, Deserialize)]
pub struct Started {
    /// For everybody: belongs into the link's fragment.
    pub invite: String,
    /// For whoever made the room: admits as moderator.
    pub host_invite: String,
}

/// `POST /v1/invite`.
#[derive(Clone, Deserialize)]
pub struct InviteRequest {
    /// From the link.
    pub invite: String,
}

/// A join token and what the lobby shows.
#[derive(Clone, Serialize, Deserialize)]
pub struct Invited {
    /// The join token.
    pub token: String,
    /// Seconds that it lives.
    pub expires_in: u64,
    /// The room's title.
    pub title: String,
    /// True where people come in muted.
    pub mute_on_start: bool,
    /// True where the room's owner may let the person wait before the door.
    pub waiting_room: bool,
    /// As the room was made.
    pub encryption: Encryption,
}

/// `POST /v1/join`, with a proof of the device key.
#[derive(Clone, Deserialize)]
pub struct JoinRequest {
    /// The join token.
    pub token: String,
    /// Public nkey of the page's bus connection.
    pub bus_key: String,
    /// SDP.
    pub offer: String,
    /// The person's name, where the token has none.
    #[serde(default)]
    pub name: Option<DisplayName>,
    /// What is switched on.
    #[serde(default)]
    pub media: Publishing,
}

/// `POST /v1/rejoin`, with a proof of the device key.
#[derive(Clone, Deserialize)]
pub struct RejoinRequest {
    /// The session token.
    pub session: String,
    /// Public nkey of the page's bus connection.
    pub bus_key: String,
    /// SDP.
    pub offer: String,
    /// What is switched on.
    #[serde(default)]
    pub media: Publishing,
}

/// `POST /v1/renew` and `POST /v1/leave`, with a proof of the device key.
#[derive(Clone, Deserialize)]
pub struct SessionRequest {
    /// The session token.
    pub session: String,
    /// Public nkey of the page's bus connection.
    pub bus_key: String,
}

/// A credential for the bus.
#[derive(Clone, Serialize, Deserialize)]
pub struct BusCredential {
    /// WebSocket addresses.
    pub urls: Vec<String>,
    /// NATS user JWT.
    pub jwt: String,
    /// Seconds that it lives.
    pub expires_in: u64,
}

/// The answer to a join or rejoin.
#[derive(Clone, Serialize, Deserialize)]
pub struct JoinedRoom {
    /// SDP.
    pub answer: String,
    /// The room's life.
    pub sid: Sid,
    /// Who the browser is.
    pub pid: Pid,
    /// Who owns the room.
    pub node: NodeId,
    /// Role now.
    pub role: RoomRole,
    /// The person's name.
    pub name: DisplayName,
    /// The room's title.
    pub title: String,
    /// What is switched on after the room's rules.
    pub media: Publishing,
    /// What the room can be used for; the rules are in the snapshot.
    pub features: Features,
    /// As the room was made.
    pub encryption: Encryption,
    /// Session token.
    pub session: String,
    /// Bus.
    pub bus: BusCredential,
    /// First page of the roster.
    pub snapshot: Snapshot,
    /// Who is in which slot.
    pub slots: Slots,
}

/// The answer to a join or rejoin, status 202: the person waits before the door. On `admitted` it
/// comes in by a rejoin.
#[derive(Clone, Serialize, Deserialize)]
pub struct WaitingAtDoor {
    /// The room's life.
    pub sid: Sid,
    /// Who the browser is.
    pub pid: Pid,
    /// Who owns the room.
    pub node: NodeId,
    /// The person's name.
    pub name: DisplayName,
    /// The room's title.
    pub title: String,
    /// As the room was made.
    pub encryption: Encryption,
    /// Session token.
    pub session: String,
    /// Bus, with the rights of somebody who waits.
    pub bus: BusCredential,
}

/// `POST /v1/link`, with a proof of the device key.
#[derive(Clone, Deserialize)]
pub struct LinkRequest {
    /// A moderator's session token.
    pub session: String,
    /// An invite to this room that shall be refused from now on.
    #[serde(default)]
    pub revoke: Option<String>,
}

/// The answer: a fresh invite for participants.
#[derive(Clone, Serialize, Deserialize)]
pub struct Linked {
    /// Belongs into the link's fragment.
    pub invite: String,
}

/// `POST /v1/service`, with a proof of the device key.
#[derive(Clone, Deserialize)]
pub struct ServiceRequest {
    /// A moderator's session token.
    pub session: String,
    /// Which.
    pub service: Service,
    /// True where it begins.
    pub on: bool,
}

/// The answer to a renewal.
#[derive(Clone, Serialize, Deserialize)]
pub struct Renewed {
    /// Role now.
    pub role: RoomRole,
    /// Session token.
    pub session: String,
    /// Bus.
    pub bus: BusCredential,
}

hidden_debug!(
    StartRequest,
    Started,
    InviteRequest,
    Invited,
    JoinRequest,
    RejoinRequest,
    SessionRequest,
    BusCredential,
    JoinedRoom,
    WaitingAtDoor,
    LinkRequest,
    Linked,
    ServiceRequest,
    Renewed
);
