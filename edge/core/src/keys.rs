//! [`Settings`] parsed into typed keys, once, when an edge starts.

use crate::policy::Policy;
use crate::settings::{Settings, StartPage};
use conclave_protocol::encoding::{from_base64url, keyed_hash};
use conclave_protocol::grant::{GrantKey, PublicGrantKey};
use conclave_protocol::ids::{RoomId, RoomKey, Sid};
use conclave_protocol::jwt::{PublicTokenKey, TokenError, TokenKey};
use conclave_protocol::limits::MAX_JOIN_TOKEN_SECONDS;
use conclave_protocol::nkey::{KeyKind, NatsKey, is_public};
use conclave_protocol::seal::SealKey;
use conclave_protocol::token::Claims;
use std::collections::BTreeMap;
use std::fmt;

/// Start rooms that one ledger entry can list.
pub const MAX_START_ROOMS: u32 = 1000;

/// A setting that cannot be used; names the setting, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{setting} must be {rule}")]
pub struct SettingsError {
    setting: &'static str,
    rule: &'static str,
}

/// An edge's keys. `Debug` shows none.
#[derive(Clone)]
pub struct Keys {
    pub(crate) deployment: String,
    pub(crate) tokens: TokenKey,
    trusted: Vec<(PublicTokenKey, u64)>,
    pub(crate) grants: GrantKey,
    pub(crate) granted: PublicGrantKey,
    pub(crate) rooms_account: String,
    pub(crate) participant: NatsKey,
    pub(crate) moderator: NatsKey,
    pub(crate) waiting: NatsKey,
    pub(crate) nats_ws_urls: Vec<String>,
    pub(crate) api_keys: BTreeMap<String, String>,
    pub(crate) start_page: Option<StartPage>,
    pub(crate) join_token_seconds: u64,
    pub(crate) history: bool,
    policy: Policy,
    secret: [u8; 32],
}

impl Keys {
    /// Checks and parses settings.
    ///
    /// # Errors
    /// [`SettingsError`], the first that is found.
    pub fn parse(settings: &Settings) -> Result<Self, SettingsError> {
        let no = |setting, rule| SettingsError { setting, rule };
        if settings.deployment.is_empty() {
            return Err(no("deployment", "a name"));
        }
        let bytes = "32 bytes in base64url";
        let tokens = bytes_32(&settings.token_seed).ok_or(no("token_seed", bytes))?;
        let tokens = TokenKey::from_seed(tokens);
        let secret = bytes_32(&settings.secret).ok_or(no("secret", bytes))?;
        if !is_public(&settings.rooms_account, KeyKind::Account) {
            return Err(no("rooms_account", "a public account nkey (A…)"));
        }
        let seed = "the seed of an account nkey (SA…)";
        let participant =
            account_seed(&settings.participant_seed).ok_or(no("participant_seed", seed))?;
        let moderator = account_seed(&settings.moderator_seed).ok_or(no("moderator_seed", seed))?;
        let waiting = account_seed(&settings.waiting_seed).ok_or(no("waiting_seed", seed))?;
        let grants = bytes_32(&settings.grant_seed).ok_or(no("grant_seed", bytes))?;
        let grants = GrantKey::from_seed(grants);
        let mut trusted = vec![(tokens.public(), u64::MAX)];
        for retired in &settings.retired_token_keys {
            let public = bytes_32(&retired.public)
                .and_then(PublicTokenKey::from_bytes)
                .ok_or(no("retired_token_keys", "public keys of 32 bytes in base64url"))?;
            trusted.push((public, retired.until));
        }
        let is_socket = |url: &String| url.starts_with("ws://") || url.starts_with("wss://");
        if settings.nats_ws_urls.is_empty() || !settings.nats_ws_urls.iter().all(is_socket) {
            return Err(no("nats_ws_urls", "at least one address, each ws:// or wss://"));
        }
        let policy = Policy::new(&settings.nats_ws_urls)
            .map_err(|_| no("nats_ws_urls", "ws:// or wss:// and host:port"))?;
        if settings.api_keys.iter().any(|(key, secret)| key.is_empty() || secret.len() < 16) {
            return Err(no("api_keys", "names with secrets of at least 16 characters"));
        }
        if !(1..=MAX_JOIN_TOKEN_SECONDS).contains(&settings.join_token_seconds) {
            return Err(no("join_token_seconds", "1 to 600"));
        }
        if let Some(start) = &settings.start_page {
            if start.api_key.is_empty() || settings.api_keys.contains_key(&start.api_key) {
                return Err(no("start_page.api_key", "a name that is not one of api_keys"));
            }
            if !(1..=MAX_START_ROOMS).contains(&start.max_rooms) {
                return Err(no("start_page.max_rooms", "1 to 1000"));
            }
        }
        Ok(Self {
            deployment: settings.deployment.clone(),
            trusted,
            granted: grants.public(),
            grants,
            tokens,
            rooms_account: settings.rooms_account.clone(),
            participant,
            moderator,
            waiting,
            nats_ws_urls: settings.nats_ws_urls.clone(),
            api_keys: settings.api_keys.clone(),
            start_page: settings.start_page.clone(),
            join_token_seconds: settings.join_token_seconds,
            history: settings.history,
            policy,
            secret,
        })
    }

    /// What browsers are told to forbid.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Keyed hash for one `purpose`.
    pub(crate) fn hash(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut all = vec![purpose.as_bytes()];
        all.extend_from_slice(parts);
        keyed_hash(&self.secret, &all)
    }

    /// The keys whose tokens count at `now`: the one that signs, and retired ones in their time.
    pub(crate) fn trusted(&self, now: u64) -> Vec<PublicTokenKey> {
        let counts = |(key, until): &(PublicTokenKey, u64)| (now < *until).then(|| key.clone());
        self.trusted.iter().filter_map(counts).collect()
    }

    /// Reads a token of this deployment.
    pub(crate) fn read<C: Claims>(&self, token: &str, now: u64) -> Result<C, TokenError> {
        C::read(&self.trusted(now), &self.deployment, token, now)
    }

    /// Seals and opens the title of a room.
    pub(crate) fn title_key(&self) -> SealKey {
        SealKey::derive(&self.secret, &[b"title"])
    }

    /// Seals and opens what owners of one life of a room leave each other.
    pub(crate) fn state_key(&self, sid: &Sid) -> SealKey {
        SealKey::derive(&self.secret, &[b"state", sid.as_str().as_bytes()])
    }

    /// Where the room of an API key's application stands in bucket `rooms`.
    pub(crate) fn room(&self, api_key: &str, room: &RoomId) -> RoomKey {
        RoomKey::of(&self.secret, api_key, room)
    }

    /// True for a room of this API key's application.
    pub(crate) fn owns(&self, api_key: &str, room: &RoomKey) -> bool {
        room.is_of(&self.secret, api_key)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

fn bytes_32(text: &str) -> Option<[u8; 32]> {
    from_base64url(text)?.try_into().ok()
}

fn account_seed(text: &str) -> Option<NatsKey> {
    NatsKey::from_seed(text).filter(|key| key.public().starts_with('A'))
}
