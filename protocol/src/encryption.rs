//! Whether a room is end-to-end encrypted, and what servers hold of it then: a salt, and ciphertext
//! that they relay. No server ever has a key.

use crate::encoding::{base64url, from_base64url};
use crate::limits::{MAX_HELLO_CHARS, MAX_SEALED_CHAT_CHARS};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether a room is end-to-end encrypted: fixed when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Said", into = "Said")]
pub enum Encryption {
    /// Servers could read what they relay.
    #[default]
    Off,
    /// Only who has the room's key can read it.
    E2ee {
        /// Goes into the derivation of keys from passphrases.
        salt: RoomSalt,
    },
}

impl Encryption {
    /// True for an end-to-end encrypted room.
    #[must_use]
    pub fn is_on(self) -> bool {
        self != Self::Off
    }
}

/// The same as it is written. Serde's own tagged form would have a reader of any value in each edge.
#[derive(Serialize, Deserialize)]
struct Said {
    mode: Mode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<RoomSalt>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Off,
    E2ee,
}

impl TryFrom<Said> for Encryption {
    type Error = &'static str;
    fn try_from(said: Said) -> Result<Self, Self::Error> {
        match (said.mode, said.salt) {
            (Mode::Off, _) => Ok(Self::Off),
            (Mode::E2ee, Some(salt)) => Ok(Self::E2ee { salt }),
            (Mode::E2ee, None) => Err("an encrypted room has a salt"),
        }
    }
}

impl From<Encryption> for Said {
    fn from(encryption: Encryption) -> Self {
        match encryption {
            Encryption::Off => Self { mode: Mode::Off, salt: None },
            Encryption::E2ee { salt } => Self { mode: Mode::E2ee, salt: Some(salt) },
        }
    }
}

/// 128 random bits that an edge draws when it makes a room. No secret. As text: base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoomSalt([u8; 16]);

impl RoomSalt {
    /// Takes 128 fresh random bits.
    #[must_use]
    pub fn from_random(bits: [u8; 16]) -> Self {
        Self(bits)
    }
}

impl TryFrom<String> for RoomSalt {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = from_base64url(&text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("a salt must be 16 bytes in base64url")
    }
}

impl From<RoomSalt> for String {
    fn from(salt: RoomSalt) -> Self {
        base64url(&salt.0)
    }
}

/// What a participant has encrypted for the others: 1 to `MOST` characters of base64url without
/// padding. `Debug` does not print it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ciphertext<const MOST: usize>(String);

/// Something written.
pub type SealedChat = Ciphertext<MAX_SEALED_CHAT_CHARS>;
/// With which keys a participant sends, and under which name it wants to be known.
pub type SealedHello = Ciphertext<MAX_HELLO_CHARS>;

impl<const MOST: usize> Ciphertext<MOST> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MOST: usize> TryFrom<String> for Ciphertext<MOST> {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = (1..=MOST).contains(&text.len()) && from_base64url(&text).is_some();
        if fits {
            Ok(Self(text))
        } else {
            Err(format!("must be 1 to {MOST} characters of base64url"))
        }
    }
}

impl<const MOST: usize> From<Ciphertext<MOST>> for String {
    fn from(text: Ciphertext<MOST>) -> Self {
        text.0
    }
}

impl<const MOST: usize> fmt::Debug for Ciphertext<MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ciphertext(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_written_as_clients_know_it() {
        let salt = RoomSalt::from_random([0xff; 16]);
        for (mode, text) in [
            (Encryption::Off, r#"{"mode":"off"}"#),
            (Encryption::E2ee { salt }, r#"{"mode":"e2ee","salt":"_____________________w"}"#),
        ] {
            assert_eq!(serde_json::to_string(&mode).unwrap(), text);
            assert_eq!(serde_json::from_str::<Encryption>(text).unwrap(), mode);
            assert_eq!(mode.is_on(), mode != Encryption::Off);
        }
    }

    #[test]
    fn no_mode_is_guessed() {
        for bad in [
            r#"{"mode":"e2ee"}"#,
            r#"{"mode":"e2ee","salt":""}"#,
            r#"{"mode":"e2ee","salt":"_____________________x"}"#,
            r#"{"mode":"e2ee","salt":"AAAAAAAAAAAAAAAAAAAAAAA"}"#,
            r#"{"mode":"E2EE","salt":"_____________________w"}"#,
            r#"{"mode":"none"}"#,
            "{}",
            "null",
        ] {
            assert!(serde_json::from_str::<Encryption>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ciphertext_is_bounded_is_base64url_and_does_not_print() {
        let read = |text: &str| SealedHello::try_from(text.to_owned());
        assert!(read("AA").is_ok() && read(&"A".repeat(MAX_HELLO_CHARS)).is_ok());
        for bad in
            ["", "A", "AA==", "AB", "A+", "A/", "A A", "\u{e9}A", &"A".repeat(MAX_HELLO_CHARS + 2)]
        {
            assert!(read(bad).is_err(), "{bad:?}");
        }
        assert_eq!(format!("{:?}", read("AA").unwrap()), "Ciphertext(…)");
    }

    proptest::proptest! {
        #[test]
        fn what_was_sealed_is_relayed_as_it_is(bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..1500)) {
            let text = base64url(&bytes);
            let read = SealedHello::try_from(text.clone()).unwrap();
            assert_eq!(String::from(read), text);
        }

        #[test]
        fn no_text_panics_and_what_is_taken_is_within_the_bounds(text: String) {
            if let Ok(read) = SealedHello::try_from(text.clone()) {
                assert!(read.as_str() == text && text.len() <= MAX_HELLO_CHARS);
            }
            if let Ok(salt) = RoomSalt::try_from(text.clone()) {
                assert_eq!(String::from(salt), text);
            }
        }
    }
}
