//! Identifiers. Opaque ones (`Sid`, `Pid`, `NodeId`) may appear in logs; those that an application
//! or a person chose (`RoomId`, `UserId`, `DisplayName`) print as `…` in `Debug`.

use crate::encoding::{base32_lower, hex, keyed_hash};
use crate::redact::hidden_debug;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not the identifier that it was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct InvalidId {
    what: &'static str,
    rule: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the text against the rule of this identifier.
            ///
            /// # Errors
            /// [`InvalidId`], naming the rule and not the text.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId { what: stringify!($name), rule: $rule })
                }
            }

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

macro_rules! loggable {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id!(
    /// The name that an application gives a room. Never part of a NATS subject.
    RoomId,
    "1 to 64 letters, digits, '-' or '_'",
    |t| (1..=64).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
);
id!(
    /// One life of a room: 128 random bits in lower-case base32. The room's name on the bus.
    Sid,
    "26 characters of lower-case base32",
    is_128_bits
);
id!(
    /// A participant of a room: 128 bits in lower-case base32.
    Pid,
    "26 characters of lower-case base32",
    is_128_bits
);
id!(
    /// A media node, named by its operator.
    NodeId,
    "1 to 32 lower-case letters, digits or '-'",
    |t| (1..=32).contains(&t.len())
        && t.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
);
id!(
    /// The key of a room in the `rooms` bucket: two hexadecimal digits to page by, a keyed hash of
    /// the API key, by which an application's rooms are found and told from others', and a keyed
    /// hash of API key and room id.
    RoomKey,
    "2, 16 and 32 hexadecimal digits with dots between",
    |t| {
        let is_hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let parts: Vec<&str> = t.split('.').collect();
        matches!(parts.as_slice(), [page, app, room]
            if page.len() == 2 && app.len() == 16 && room.len() == 32 && parts.iter().all(|p| is_hex(p)))
    }
);
id!(
    /// Something that a person holds in one room, as a keyed hash in hexadecimal: see
    /// [`crate::ban`].
    Mark,
    "32 lower-case hexadecimal digits",
    |t| t.len() == 32 && t.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
);
id!(
    /// The application's name for a person.
    UserId,
    "1 to 128 characters without control characters",
    |t| !t.is_empty() && t.len() <= 128 && !t.chars().any(char::is_control)
);
id!(
    /// What other people see as a participant's name: nothing in it turns the text around it or
    /// hides, so that no name looks like another by such means.
    DisplayName,
    "1 to 64 visible characters without control characters",
    |t| t.chars().any(|c| !c.is_whitespace() && !is_joiner(c))
        && t.chars().count() <= 64
        && !t.chars().any(|c| c.is_control() || is_invisible(c))
);

loggable!(Sid, Pid, NodeId, RoomKey, Mark);
hidden_debug!(RoomId, UserId, DisplayName);

/// Characters that scripts and emoji need between others, and that show nothing by themselves.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Controls of writing direction, and characters that show nothing.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

fn is_128_bits(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
}

impl Sid {
    /// Names a new life of a room by 128 fresh random bits.
    #[must_use]
    pub fn from_random(bits: [u8; 16]) -> Self {
        Self(base32_lower(&bits))
    }
}

impl Pid {
    /// Takes the first 128 bits of a keyed hash (of token id and device key) as the participant.
    #[must_use]
    pub fn from_hash(hash: &[u8; 32]) -> Self {
        Self(base32_lower(&hash[..16]))
    }
}

impl Mark {
    /// Takes the first 128 bits of a keyed hash.
    #[must_use]
    pub fn from_hash(hash: &[u8; 32]) -> Self {
        Self(hex(&hash[..16]))
    }
}

impl RoomKey {
    /// The key of an application's room; `secret` is the edges' own.
    #[must_use]
    pub fn of(secret: &[u8; 32], api_key: &str, room: &RoomId) -> Self {
        let parts = [b"room", api_key.as_bytes(), room.as_str().as_bytes()];
        Self::join(&application(secret, api_key), &keyed_hash(secret, &parts))
    }

    /// True for a room of this application.
    #[must_use]
    pub fn is_of(&self, secret: &[u8; 32], api_key: &str) -> bool {
        self.0.split('.').nth(1) == Some(&hex(&application(secret, api_key)))
    }

    fn join(application: &[u8; 8], room: &[u8; 32]) -> Self {
        let (application, room) = (hex(application), hex(&room[..16]));
        Self(format!("{}.{application}.{room}", &room[..2]))
    }
}

fn application(secret: &[u8; 32], api_key: &str) -> [u8; 8] {
    let hash = keyed_hash(secret, &[b"application", api_key.as_bytes()]);
    std::array::from_fn(|i| hash[i])
}

/// The key of some room, for tests.
#[cfg(test)]
pub(crate) fn room_key(secret: u8) -> RoomKey {
    RoomKey::of(&[secret; 32], "app", &RoomId("r".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_known_as_one_of_its_application_only() {
        assert!(room_key(1).is_of(&[1; 32], "app"));
        assert!(!room_key(1).is_of(&[1; 32], "other") && !room_key(1).is_of(&[2; 32], "app"));
    }

    #[test]
    fn identifiers_that_people_chose_do_not_print() {
        let name = DisplayName::parse("Ada Lovelace").unwrap();
        assert_eq!(format!("{name:?}"), "DisplayName(…)");
        let room = RoomId::parse("board-meeting").unwrap();
        assert!(!format!("{room:?}").contains("board"));
    }

    #[test]
    fn rules_hold() {
        assert!(RoomId::parse("a.b").is_err());
        assert!(RoomId::parse("").is_err());
        assert!(NodeId::parse("N1").is_err());
        assert!(Sid::parse("*").is_err());
        assert!(DisplayName::parse("  ").is_err());
        assert!(DisplayName::parse("a\nb").is_err());
        assert_eq!(Sid::from_random([0; 16]).as_str().len(), 26);
        assert!(Sid::parse(Sid::from_random([255; 16]).as_str()).is_ok());
        assert!(RoomKey::parse(room_key(1).as_str()).is_ok());
        for bad in ["", "ab", "ab.cd", "ab.0123456789abcdef.>", "..", "*.*.*"] {
            assert!(RoomKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_name_hides_or_turns_its_text() {
        for bad in
            ["A\u{202e}da", "A\u{200b}da", "\u{feff}Ada", "Ada\u{2066}", "A\u{2060}", "A\u{61c}"]
        {
            assert!(DisplayName::parse(bad).is_err(), "{bad:?}");
        }
        assert!(DisplayName::parse("\u{200d}").is_err(), "nothing to see");
        for good in ["\u{1f469}\u{200d}\u{1f4bb}", "\u{645}\u{6cc}\u{200c}\u{62e}", "José"] {
            assert!(DisplayName::parse(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn a_rooms_key_depends_on_all_it_is_made_of() {
        let key = |secret, api_key, room: &str| {
            RoomKey::of(&[secret; 32], api_key, &RoomId::parse(room).unwrap())
        };
        assert_eq!(key(1, "a", "r"), key(1, "a", "r"));
        for other in [key(2, "a", "r"), key(1, "b", "r"), key(1, "a", "s"), key(1, "ar", "r")] {
            assert_ne!(key(1, "a", "r"), other);
        }
        let room = hex(&keyed_hash(&[1; 32], &[b"room", b"a", b"r"])[..16]);
        assert!(key(1, "a", "r").as_str().ends_with(&room), "links outlive a release");
    }

    #[test]
    fn errors_do_not_carry_the_text() {
        let error = RoomId::parse("secret name").unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }
}
