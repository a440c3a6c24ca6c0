//! `-ERR`: what a server refuses. Its texts are nats-server's (`server/errors.go`), which has no
//! codes.

use crate::redact::hidden_debug;

/// A server's `-ERR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerFault {
    /// It does not take the credential, or no longer: wrong, expired or revoked. It closes.
    Refused,
    /// The credential lacks a right. The connection stays.
    Permission(Denied),
    /// A message was larger than it takes. It closes.
    TooLarge,
    /// It closes for another reason: too many connections, too slow, about to stop, an operation
    /// that it does not know. What we cannot tell apart is taken for this.
    Closing,
}

/// What a credential may not do. `Debug` hides the subject, which may name a room.
#[derive(Clone, PartialEq, Eq)]
pub struct Denied {
    act: Act,
    subject: String,
}

hidden_debug!(Denied);

/// What somebody may not do with a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Publish to it.
    Publish,
    /// Have answers sent to it.
    Reply,
    /// Subscribe to it.
    Subscribe,
}

/// In lower case, the longest first: one is another's beginning.
const PERMISSIONS: [(&str, Act); 3] = [
    ("permissions violation for publish with reply of ", Act::Reply),
    ("permissions violation for publish to ", Act::Publish),
    ("permissions violation for subscription to ", Act::Subscribe),
];

impl Denied {
    /// What was denied.
    #[must_use]
    pub fn act(&self) -> Act {
        self.act
    }

    /// With which subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl ServerFault {
    /// Reads what follows `-ERR`: a text in single quotes.
    pub(super) fn read(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let text = text.trim().trim_matches('\'');
        // Clients compare without case, for servers have changed it. ASCII keeps its length, so that
        // places in one text are places in the other.
        let lower = text.to_ascii_lowercase();
        for (beginning, act) in PERMISSIONS {
            if lower.starts_with(beginning) {
                let subject = quoted(&text[beginning.len()..]).to_owned();
                return Self::Permission(Denied { act, subject });
            }
        }
        if lower.starts_with("maximum payload") {
            return Self::TooLarge;
        }
        // A slow handshake says nothing of the credential.
        if lower == "authentication timeout" {
            return Self::Closing;
        }
        if lower.contains("authorization") || lower.contains("authentication") {
            return Self::Refused;
        }
        Self::Closing
    }
}

/// What stands in the first pair of double quotes. Our own subjects hold nothing that a server
/// escapes there (see the encoder), so others need not be undone.
fn quoted(text: &str) -> &str {
    text.split('"').nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_nats_server_are_told_apart() {
        for text in [
            "Authorization Violation",
            "User Authentication Expired",
            "User Authentication Revoked",
            "Account Authentication Expired",
            "authorization violation",
        ] {
            let fault = ServerFault::read(format!(" '{text}'").as_bytes());
            assert_eq!(fault, ServerFault::Refused, "{text}");
        }
        for text in [
            "Stale Connection",
            "Slow Consumer",
            "maximum connections exceeded",
            "Maximum Control Line Exceeded",
            "Authentication Timeout",
            "Server Shutdown",
            "Unknown Protocol Operation",
            "Permissions Violation",
            "",
            "'",
        ] {
            let fault = ServerFault::read(format!(" '{text}'").as_bytes());
            assert_eq!(fault, ServerFault::Closing, "{text}");
        }
        assert_eq!(ServerFault::read(b"'Maximum Payload Violation'"), ServerFault::TooLarge);
    }

    #[test]
    fn a_lacking_right_tells_act_and_subject_but_not_to_logs() {
        for (text, act) in [
            (r#" 'Permissions Violation for Publish to "a.B"'"#, Act::Publish),
            (r#" 'Permissions Violation for Publish with Reply of "a.B"'"#, Act::Reply),
            (r#" 'Permissions Violation for Subscription to "a.B"'"#, Act::Subscribe),
            (
                r#" 'permissions violation for subscription to "a.B" using queue "q"'"#,
                Act::Subscribe,
            ),
        ] {
            let ServerFault::Permission(denied) = ServerFault::read(text.as_bytes()) else {
                panic!("{text}");
            };
            assert_eq!((denied.act(), denied.subject()), (act, "a.B"));
            assert!(!format!("{denied:?}").contains("a.B"));
        }
        let cut = ServerFault::read(b"'Permissions Violation for Publish to ");
        assert_eq!(cut, ServerFault::Closing, "the beginning ends in a blank, which is trimmed");
    }
}
