//! NATS's keys: a text is a key in one way only.
#![no_main]

use conclave_protocol::nkey::{KeyKind, NatsKey, is_public};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(key) = NatsKey::from_seed(text) {
        assert_eq!(key.seed(), text);
    }
    let kinds = [KeyKind::Operator, KeyKind::Account, KeyKind::User];
    assert!(kinds.into_iter().filter(|kind| is_public(text, *kind)).count() <= 1);
});
