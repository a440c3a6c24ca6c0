//! Where answers come.
//!
//! Whoever is asked learns the subject of its answer, and a media node may publish to every inbox of
//! edges. Were names counted up, a node could guess those of the questions that follow and answer for
//! JetStream. So each is drawn from a secret that no name shows.

use crate::redact::hidden_debug;
use conclave_protocol::encoding::{base32_lower, keyed_hash};

/// Makes a connection's inbox and the subjects of answers below it, no two of them alike.
pub(super) struct Names {
    secret: [u8; 16],
    inbox: String,
    count: u64,
}

hidden_debug!(Names);

impl Names {
    /// Below `prefix`, from 16 bytes fit for keys that were never used before.
    pub(super) fn new(prefix: &str, secret: [u8; 16]) -> Self {
        let inbox = format!("{prefix}.{}", token(&secret, b"inbox"));
        Self { secret, inbox, count: 0 }
    }

    /// What to subscribe to.
    pub(super) fn all(&self) -> String {
        format!("{}.*", self.inbox)
    }

    /// The subject of the next answer.
    pub(super) fn next(&mut self) -> String {
        self.count += 1;
        format!("{}.{}", self.inbox, token(&self.secret, &self.count.to_be_bytes()))
    }
}

/// 26 characters, from 128 bits that tell nothing of the secret or of another label's.
fn token(secret: &[u8; 16], label: &[u8]) -> String {
    base32_lower(&keyed_hash(secret, &[label])[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_below_the_inbox_and_never_repeat() {
        let mut names = Names::new("_INBOX.edge", [7; 16]);
        let inbox = names.all().strip_suffix('*').unwrap().to_owned();
        assert!(inbox.starts_with("_INBOX.edge."));
        let mut other = Names::new("_INBOX.edge", [8; 16]);
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            let name = names.next();
            let token = name.strip_prefix(&inbox).unwrap();
            assert_eq!(token.len(), 26);
            let other = other.next().rsplit('.').next().unwrap().to_owned();
            assert!(seen.insert(token.to_owned()) && seen.insert(other));
        }
    }
}
