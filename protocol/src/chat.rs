//! What people write to each other: plain in rooms that servers could read, sealed in encrypted ones.

use crate::encryption::SealedChat;
use crate::ids::Pid;
use crate::limits::MAX_CHAT_CHARS;
use crate::redact::hidden_debug;
use serde::{Deserialize, Serialize};

/// What somebody writes: 1 to [`MAX_CHAT_CHARS`] characters, no control characters but tab and line
/// feed, and something to see.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChatText(String);

impl ChatText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ChatText {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
        let valid = text.chars().count() <= MAX_CHAT_CHARS
            && text.chars().all(plain)
            && text.chars().any(|c| !c.is_whitespace());
        if valid { Ok(Self(text)) } else { Err("ChatText must be 1 to 2000 visible characters") }
    }
}

impl From<ChatText> for String {
    fn from(text: ChatText) -> Self {
        text.0
    }
}

/// A message's content, by what the room is made for: the owner relays one of the two and declines
/// the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ChatBody {
    /// For rooms that are not encrypted.
    Plain {
        /// What.
        text: ChatText,
    },
    /// For encrypted rooms.
    Sealed {
        /// What, for those alone who have the room's key.
        sealed: SealedChat,
    },
}

impl ChatBody {
    /// True for what servers cannot read.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        matches!(self, Self::Sealed { .. })
    }

    /// What was written, as it is on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Plain { text } => text.as_str(),
            Self::Sealed { sealed } => sealed.as_str(),
        }
    }
}

/// Writes to everyone, or to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// What.
    #[serde(flatten)]
    pub body: ChatBody,
    /// To whom; everyone where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Pid>,
}

/// Something that was written to one person: sent to both, which tells the writer that it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Counts the receiver's mail of this epoch from 1, own mail included: each number once.
    pub number: u64,
    /// Who wrote it.
    pub from: Pid,
    /// To whom.
    pub to: Pid,
    /// What.
    #[serde(flatten)]
    pub body: ChatBody,
}

hidden_debug!(ChatText);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_SEALED_CHAT_CHARS;

    #[test]
    fn a_text_is_bounded_and_does_not_print() {
        let read = |text: &str| ChatText::try_from(text.to_owned());
        assert!(read("hello\n\tworld").is_ok());
        for bad in ["", " \n", "a\u{7}", &"x".repeat(MAX_CHAT_CHARS + 1)] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
        assert_eq!(format!("{:?}", read("secret").unwrap()), "ChatText(…)");
    }

    #[test]
    fn a_message_is_plain_or_sealed_and_returns_as_it_was() {
        let to = Pid::from_hash(&[1; 32]);
        let plain = r#"{"text":"hello"}"#.to_owned();
        let sealed = format!(r#"{{"sealed":"AAAA","to":"{to}"}}"#);
        for (text, is_sealed) in [(plain, false), (sealed, true)] {
            let read: Write = serde_json::from_str(&text).unwrap();
            assert_eq!(read.body.is_sealed(), is_sealed);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
        let mail = format!(r#"{{"number":1,"from":"{to}","to":"{to}","sealed":"AAAA"}}"#);
        let read: Mail = serde_json::from_str(&mail).unwrap();
        assert_eq!((read.body.as_str(), serde_json::to_string(&read).unwrap()), ("AAAA", mail));
    }

    #[test]
    fn a_message_that_is_neither_is_none() {
        let long = format!(r#"{{"sealed":"{}"}}"#, "A".repeat(MAX_SEALED_CHAT_CHARS + 4));
        for bad in ["{}", r#"{"text":""}"#, r#"{"sealed":""}"#, r#"{"sealed":"a b"}"#, &long] {
            assert!(serde_json::from_str::<Write>(bad).is_err(), "{bad}");
        }
    }
}
