//! What is known of the other senders.

use conclave_crypto::frame::{Codec, clear_bytes};
use conclave_crypto::{HelloError, Keyring, Label, Opening, Refused, Root};
use wasm_bindgen::prelude::*;

/// What is known of the other senders.
#[wasm_bindgen]
pub struct Receiving {
    sid: String,
    keyring: Keyring,
    /// What [`Receiving::begin`] found last.
    opening: Option<Opening>,
}

/// What came of a hello.
#[wasm_bindgen(getter_with_clone)]
pub struct Heard {
    /// The sender's name.
    pub name: String,
    /// Key ids of its streams, where the instance is new.
    pub kids: Vec<f64>,
    /// The stream of each.
    pub streams: Vec<u8>,
    /// 32 bytes for each.
    pub keys: Vec<u8>,
    /// Key ids that count no more.
    pub retired: Vec<f64>,
}

/// What [`Receiving::begin`] says.
#[wasm_bindgen]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It can be opened: see `kid`, `clear`, `header`, `nonce`.
    Ready,
    /// It is not sealed.
    Malformed,
    /// Nobody known sealed it.
    UnknownKey,
    /// It was seen before.
    Replayed,
}

impl Receiving {
    pub(crate) fn new(root: Root) -> Self {
        Self { sid: root.sid().to_owned(), keyring: Keyring::new(root), opening: None }
    }

    fn begun(&mut self, outcome: Result<Opening, Refused>) -> Begun {
        let begun = match &outcome {
            Ok(_) => Begun::Ready,
            Err(Refused::UnknownKey) => Begun::UnknownKey,
            Err(Refused::Replayed) => Begun::Replayed,
            Err(Refused::Malformed | Refused::Tampered) => Begun::Malformed,
        };
        self.opening = outcome.ok();
        begun
    }
}

// Key ids and counters are below 2^40: numbers of JavaScript hold them exactly.
#[wasm_bindgen]
impl Receiving {
    /// Takes a hello; throws the word `malformed`, `other_key`, `stale` or `full`.
    pub fn hear(&mut self, pid: &str, hello: &[u8], now: f64) -> Result<Heard, JsValue> {
        let heard = self.keyring.hear(pid, hello, now as u64).map_err(|error| {
            JsValue::from_str(match error {
                HelloError::Malformed => "malformed",
                HelloError::OtherKey => "other_key",
                HelloError::Stale => "stale",
                HelloError::Full => "full",
            })
        })?;
        Ok(Heard {
            name: heard.name,
            kids: heard.new.iter().map(|source| source.kid as f64).collect(),
            streams: heard.new.iter().map(|source| source.stream.number()).collect(),
            keys: heard.new.iter().flat_map(|source| source.key).collect(),
            retired: heard.retired.iter().map(|kid| *kid as f64).collect(),
        })
    }

    /// Reads the beginning of a frame of `length` bytes: at least 27 of them, where it has so many.
    pub fn begin(&mut self, codec: u8, head: &[u8], length: usize) -> Begun {
        let clear = Codec::of(codec).and_then(|codec| clear_bytes(codec, head));
        let outcome = clear.ok_or(Refused::Malformed);
        let outcome = outcome.and_then(|clear| self.keyring.begin(head, clear, length));
        self.begun(outcome)
    }

    /// Reads the beginning of a message, as `begin` does.
    #[wasm_bindgen(js_name = beginMessage)]
    pub fn begin_message(&mut self, head: &[u8], length: usize) -> Begun {
        let outcome = self.keyring.begin(head, 0, length);
        self.begun(outcome)
    }

    /// Whose key opens what was begun last.
    pub fn kid(&self) -> f64 {
        self.opening.as_ref().map_or(-1.0, |opening| opening.kid as f64)
    }

    /// Its counter.
    pub fn counter(&self) -> f64 {
        self.opening.as_ref().map_or(-1.0, |opening| opening.counter as f64)
    }

    /// Its clear bytes.
    pub fn clear(&self) -> usize {
        self.opening.as_ref().map_or(0, |opening| opening.clear)
    }

    /// The bytes of its header.
    pub fn header(&self) -> usize {
        self.opening.as_ref().map_or(0, |opening| opening.header)
    }

    /// AES-GCM's nonce.
    pub fn nonce(&self) -> Vec<u8> {
        self.opening.as_ref().map_or_else(Vec::new, |opening| opening.nonce.to_vec())
    }

    /// Takes note of what proved genuine; false where it must not be shown after all.
    pub fn accept(&mut self, kid: f64, counter: f64) -> bool {
        self.keyring.accept(kid as u64, counter as u64)
    }

    /// What is authenticated with a message after its header.
    pub fn label(&self, from: &str, kind: &str, to: Option<String>) -> Vec<u8> {
        Label { sid: &self.sid, from, kind, to: to.as_deref() }.bytes()
    }
}
