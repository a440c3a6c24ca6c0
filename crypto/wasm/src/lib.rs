//! `conclave-crypto` for the browser's encryption worker. Frames and messages are sealed and opened by the
//! browser's own AES-GCM, which is ten times faster than WebAssembly's for a large frame: for those this
//! gives keys, nonces and headers. Hellos are sealed and opened here.

#![cfg(target_family = "wasm")]

mod receiving;
mod room;
mod sending;

pub use receiving::{Heard, Receiving};
pub use room::Room;
pub use sending::Sending;

use conclave_crypto::Stream;
use conclave_crypto::frame::{self, Codec};
use wasm_bindgen::prelude::*;

/// How many bytes of a frame that is to be sealed stay clear, of which `head` are the first; -1 where it is none of
/// this codec.
#[wasm_bindgen(js_name = clearBytes)]
#[must_use]
pub fn clear_bytes(codec: u8, head: &[u8]) -> i32 {
    let clear = Codec::of(codec).and_then(|codec| frame::clear_bytes(codec, head));
    clear.and_then(|clear| i32::try_from(clear).ok()).unwrap_or(-1)
}

/// What the worker itself got wrong: never the fault of anybody whose bytes it handles.
fn misuse(what: &str) -> JsError {
    JsError::new(what)
}

fn stream(number: u8) -> Result<Stream, JsError> {
    Stream::of(number).ok_or_else(|| misuse("no such stream"))
}
