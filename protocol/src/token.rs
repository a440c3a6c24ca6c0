//! The kinds of token that an edge issues. Each has its own `typ` in the header, so that none is
//! taken for another, and the deployment's name as `aud`.

use crate::encryption::Encryption;
use crate::ids::{DisplayName, Mark, Pid, RoomKey, Sid, UserId};
pub use crate::jwt::ISSUER;
use crate::jwt::{PublicTokenKey, Timed, TokenError, TokenKey, verify};
use crate::limits::CLOCK_SKEW_SECONDS;
use crate::roles::RoomRole;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;

/// What all kinds of claims share.
pub trait Claims: Serialize + DeserializeOwned + Timed {
    /// The `typ` of the token's header.
    const TYP: &'static str;

    /// Signs these claims.
    ///
    /// # Errors
    /// Never for claims of this crate; kept because JSON writing can fail in principle.
    fn sign(&self, key: &TokenKey) -> Result<String, TokenError> {
        key.sign(Self::TYP, self)
    }

    /// Reads and verifies a token of this kind at `now` (seconds since 1970).
    ///
    /// # Errors
    /// [`TokenError`].
    fn read(
        keys: &[PublicTokenKey],
        audience: &str,
        token: &str,
        now: u64,
    ) -> Result<Self, TokenError> {
        verify(keys, Self::TYP, audience, token, now)
    }
}

/// An invite: lives in a link's fragment, may be used many times within its window.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteClaims {
    /// [`ISSUER`].
    pub iss: String,
    /// The deployment.
    pub aud: String,
    /// Seconds since 1970 from which it is invalid.
    pub exp: u64,
    /// Seconds since 1970 before which it is not valid yet.
    pub nbf: u64,
    /// 128 random bits, by which it can be revoked.
    pub jti: String,
    /// The room, whichever life it is in.
    pub room: RoomKey,
    /// What it admits to.
    pub role: RoomRole,
    /// The device of the moderator who asked for it, as it would be refused: with a ban of that
    /// moderator its links go.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Mark>,
}

/// A join token: minutes, redeemed once by one device key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinClaims {
    /// [`ISSUER`].
    pub iss: String,
    /// The deployment.
    pub aud: String,
    /// Seconds since 1970.
    pub iat: u64,
    /// Seconds since 1970 from which it is invalid.
    pub exp: u64,
    /// 128 random bits: the ticket that is redeemed.
    pub jti: String,
    /// The room.
    pub room: RoomKey,
    /// The life of the room for which it was issued.
    pub sid: Sid,
    /// As the room was made: for the lobby, which has nothing else to go by.
    pub encryption: Encryption,
    /// What the person may do.
    pub role: RoomRole,
    /// The application's name for the person.
    pub user: UserId,
    /// The person's name, where whoever issued the token fixed it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<DisplayName>,
    /// True for somebody whom only moderators know of.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub hidden: bool,
    /// The invite that it was exchanged for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invite: Option<UsedInvite>,
}

/// An invite that a join token was exchanged for: revoked, it takes the token with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedInvite {
    /// Its `jti`.
    pub jti: String,
    /// Its end, in seconds since 1970.
    pub exp: u64,
    /// As in [`InviteClaims::by`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Mark>,
}

/// A session token: bound to the device key, for reload, renewal and rejoin. Carries no role.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClaims {
    /// [`ISSUER`].
    pub iss: String,
    /// The deployment.
    pub aud: String,
    /// Seconds since 1970.
    pub iat: u64,
    /// Seconds since 1970 from which it is invalid.
    pub exp: u64,
    /// 128 random bits.
    pub jti: String,
    /// The room.
    pub room: RoomKey,
    /// Its life.
    pub sid: Sid,
    /// Who its holder is in the room.
    pub pid: Pid,
    /// The application's name for the person.
    pub user: UserId,
    /// The person's name.
    pub name: DisplayName,
    /// Confirmation key (RFC 7800): the device key, base64url.
    pub cnf: String,
}

/// A download token: minutes, for one file of one application.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadClaims {
    /// [`ISSUER`].
    pub iss: String,
    /// The deployment.
    pub aud: String,
    /// Seconds since 1970.
    pub iat: u64,
    /// Seconds since 1970 from which it is invalid.
    pub exp: u64,
    /// 128 random bits.
    pub jti: String,
    /// The room.
    pub room: RoomKey,
    /// The life of it whose course is asked for.
    pub sid: Sid,
}

macro_rules! claims {
    ($name:ident, $typ:literal, $not_before:ident, $leeway:expr) => {
        impl Claims for $name {
            const TYP: &'static str = $typ;
        }
        impl Timed for $name {
            fn expires(&self) -> u64 {
                self.exp
            }
            fn not_before(&self) -> u64 {
                self.$not_before.saturating_sub($leeway)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("room", &self.room).finish_non_exhaustive()
            }
        }
    };
}

claims!(InviteClaims, "invite+jwt", nbf, 0);
claims!(JoinClaims, "join+jwt", iat, CLOCK_SKEW_SECONDS);
claims!(SessionClaims, "session+jwt", iat, CLOCK_SKEW_SECONDS);
claims!(DownloadClaims, "download+jwt", iat, CLOCK_SKEW_SECONDS);

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> TokenKey {
        TokenKey::from_seed([3; 32])
    }

    fn invite() -> InviteClaims {
        InviteClaims {
            iss: ISSUER.into(),
            aud: "test".into(),
            exp: 200,
            nbf: 100,
            jti: "j".into(),
            room: crate::ids::room_key(1),
            role: RoomRole::Participant,
            by: None,
        }
    }

    fn read(token: &str, now: u64) -> Result<InviteClaims, TokenError> {
        InviteClaims::read(&[key().public()], "test", token, now)
    }

    #[test]
    fn a_token_is_valid_in_its_window_only_without_leeway() {
        let token = invite().sign(&key()).unwrap();
        assert_eq!(read(&token, 99), Err(TokenError::NotYet));
        assert_eq!(read(&token, 100), Ok(invite()));
        assert_eq!(read(&token, 199), Ok(invite()));
        assert_eq!(read(&token, 200), Err(TokenError::Expired));
    }

    #[test]
    fn an_edge_whose_clock_is_behind_takes_a_fresh_token_and_no_clock_extends_it() {
        let claims = JoinClaims {
            iss: ISSUER.into(),
            aud: "test".into(),
            iat: 100,
            exp: 200,
            jti: "j".into(),
            room: crate::ids::room_key(1),
            sid: Sid::from_random([1; 16]),
            encryption: Encryption::Off,
            role: RoomRole::Participant,
            user: UserId::parse("u").unwrap(),
            name: None,
            hidden: false,
            invite: None,
        };
        let token = claims.sign(&key()).unwrap();
        let read = |now| JoinClaims::read(&[key().public()], "test", &token, now).map(drop);
        assert_eq!(read(94), Err(TokenError::NotYet));
        assert_eq!(read(95), Ok(()));
        assert_eq!(read(199), Ok(()));
        assert_eq!(read(200), Err(TokenError::Expired));
    }

    #[test]
    fn other_kinds_audiences_and_keys_are_refused() {
        let token = invite().sign(&key()).unwrap();
        let keys = [key().public()];
        assert_eq!(JoinClaims::read(&keys, "test", &token, 150), Err(TokenError::WrongKind));
        assert_eq!(InviteClaims::read(&keys, "else", &token, 150), Err(TokenError::Invalid));
        let other = [TokenKey::from_seed([4; 32]).public()];
        assert_eq!(InviteClaims::read(&other, "test", &token, 150), Err(TokenError::Invalid));
    }

    #[test]
    fn an_unsigned_or_altered_token_is_refused() {
        let token = invite().sign(&key()).unwrap();
        let mut parts: Vec<&str> = token.split('.').collect();
        let none = crate::encoding::base64url(br#"{"alg":"none","typ":"invite+jwt"}"#);
        parts[0] = &none;
        assert_eq!(read(&parts.join("."), 150), Err(TokenError::Invalid));
        for index in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[index] = if altered[index] == b'A' { b'B' } else { b'A' };
            if altered == token.as_bytes() {
                continue;
            }
            let altered = String::from_utf8(altered).unwrap();
            // The last character of base64 may hold bits that do not count; they must be zero.
            assert!(read(&altered, 150).is_err(), "altered at {index}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".{0,300}") {
            proptest::prop_assert!(read(&text, 150).is_err());
        }
    }
}
