//! What an operator configures an edge with. Parsed once, secrets included.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// An edge's settings, the same on every runtime. `Debug` shows no secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Name of this deployment: the audience of its tokens.
    pub deployment: String,
    /// Ed25519 seed that signs tokens: 32 bytes, base64url.
    pub token_seed: String,
    /// Key of the keyed hashes of room names, tickets and participants: 32 bytes, base64url.
    pub secret: String,
    /// Public key of NATS account ROOMS (`A…`).
    pub rooms_account: String,
    /// Scoped signing key of role participant (`SA…`).
    pub participant_seed: String,
    /// Scoped signing key of role moderator (`SA…`).
    pub moderator_seed: String,
    /// Scoped signing key of role waiting (`SA…`).
    pub waiting_seed: String,
    /// Ed25519 seed that signs grants: 32 bytes, base64url.
    pub grant_seed: String,
    /// Keys that signed tokens before.
    #[serde(default)]
    pub retired_token_keys: Vec<RetiredKey>,
    /// True where the operator keeps past rooms that want it.
    #[serde(default)]
    pub history: bool,
    /// Where browsers reach NATS: `ws://…` or `wss://…`.
    pub nats_ws_urls: Vec<String>,
    /// API keys and their secrets.
    pub api_keys: BTreeMap<String, String>,
    /// Present where anybody may make rooms from the start page.
    #[serde(default)]
    pub start_page: Option<StartPage>,
    /// Seconds that a join token lives, at most 600.
    #[serde(default = "default_join_seconds")]
    pub join_token_seconds: u64,
}

fn default_join_seconds() -> u64 {
    600
}

/// A key that signs no more, and verifies what it signed until that has expired.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetiredKey {
    /// Its public half: 32 bytes, base64url.
    pub public: String,
    /// Seconds since 1970 from which it verifies nothing.
    pub until: u64,
}

/// Rooms that anybody may make.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartPage {
    /// The name under which they are made; not one of `api_keys`, so that no application reaches
    /// them and they reach no application's.
    pub api_key: String,
    /// Rooms at a time.
    pub max_rooms: u32,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("deployment", &self.deployment).finish_non_exhaustive()
    }
}
