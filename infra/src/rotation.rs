//! A fresh key for tokens. The old one signs none any more from the next `up` on, and verifies those
//! that it signed for as long as one of them may be valid.

use crate::failure::Failure;
use crate::keys::{Keys, RetiredToken};
use crate::random;
use conclave_protocol::jwt::TokenKey;
use conclave_protocol::limits::SESSION_SECONDS;
use std::path::Path;

/// How long the tokens live that live longest, in seconds: sessions, and the invites of links.
const LONGEST_SECONDS: u64 = SESSION_SECONDS;
/// Keys that may verify at a time; the oldest goes first.
const MOST: usize = 8;

/// `conclave keys rotate`.
///
/// # Errors
/// Where the folder holds no keys, or they cannot be written.
pub fn rotate(state: &Path) -> Result<(), Failure> {
    let mut keys = Keys::load(state)?.ok_or_else(|| {
        Failure::Usage(format!("{} holds no keys: `conclave up` makes them", state.display()))
    })?;
    let old = TokenKey::from_seed(keys.token_seed()?).public();
    keys.retired_tokens.push(RetiredToken { public: old.to_text(), until: None });
    let too_many = keys.retired_tokens.len().saturating_sub(MOST);
    keys.retired_tokens.drain(..too_many);
    keys.token_seed = random::secret()?;
    keys.write(state)
}

/// At the start of an `up`, at `now`: from here on retired keys sign nothing, and those whose tokens
/// have all ended are forgotten. True where something changed.
pub fn settle(keys: &mut Keys, now: u64) -> bool {
    let before = keys.retired_tokens.clone();
    keys.retired_tokens.retain(|key| key.until.is_none_or(|until| now < until));
    for key in &mut keys.retired_tokens {
        key.until.get_or_insert(now.saturating_add(LONGEST_SECONDS));
    }
    keys.retired_tokens != before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_key_is_kept_until_its_longest_token_has_ended() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(rotate(dir.path()).unwrap_err().exit_code(), 2);
        let first = Keys::load_or_make(dir.path()).unwrap();
        rotate(dir.path()).unwrap();
        let mut keys = Keys::load_or_make(dir.path()).unwrap();
        assert_ne!(keys.token_seed, first.token_seed);
        let old = TokenKey::from_seed(first.token_seed().unwrap()).public();
        assert_eq!(keys.retired_tokens[0].public, old.to_text());
        let written = std::fs::read_to_string(dir.path().join("keys.json")).unwrap();
        assert!(!written.contains(&first.token_seed), "the old seed is still there");

        // It signs until the next `up`, whenever that is.
        assert!(settle(&mut keys, 1000));
        assert_eq!(keys.retired_tokens[0].until, Some(1000 + 86_400));
        assert!(!settle(&mut keys, 1000 + 86_399));
        assert!(settle(&mut keys, 1000 + 86_400));
        assert!(keys.retired_tokens.is_empty());
    }

    #[test]
    fn there_are_not_endlessly_many() {
        let dir = tempfile::tempdir().unwrap();
        Keys::load_or_make(dir.path()).unwrap();
        for _ in 0..MOST + 2 {
            rotate(dir.path()).unwrap();
        }
        assert_eq!(Keys::load(dir.path()).unwrap().unwrap().retired_tokens.len(), MOST);
    }
}
