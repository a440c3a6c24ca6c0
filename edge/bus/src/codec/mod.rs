//! NATS's client protocol, read and written. Knows nothing of connections.

mod decoder;
mod encoder;
mod fault;
mod headers;
mod line;

pub use decoder::{DecodeError, Decoder};
pub use encoder::{EncodeError, connect, pong, publish, subscribe};
pub use fault::{Act, Denied, ServerFault};
pub use headers::MAX_HEADERS;
pub use line::{MAX_INFO, MAX_LINE, MAX_MESSAGE};

use crate::redact::hidden_debug;
use conclave_edge_core::wire::Incoming;
use serde::Deserialize;

/// What a server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerOp {
    /// Who it is and what it wants: its first word, and again whenever that changes.
    Info(Info),
    /// A message to one of our subscriptions (`MSG` or `HMSG`).
    Message(Delivery),
    /// Asks for a sign of life.
    Ping,
    /// Gives a sign of life.
    Pong,
    /// Accepts an operation; only where we asked it to say so.
    Ok,
    /// Refuses an operation, or ends the connection.
    Err(ServerFault),
}

/// What we need of a server's `INFO`; its other fields are ignored. `Debug` hides the nonce.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Info {
    /// What a client has to sign. A server that authenticates by JWT always sends one.
    #[serde(default)]
    pub nonce: Option<String>,
    /// True where it knows headers.
    #[serde(default)]
    pub headers: bool,
    /// Largest message that it takes, in bytes, headers included.
    #[serde(default = "unknown_payload")]
    pub max_payload: usize,
    /// True where it wants TLS, or already speaks it.
    #[serde(default)]
    pub tls_required: bool,
}

fn unknown_payload() -> usize {
    MAX_MESSAGE
}

/// A message that came. `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The subject on which it was published.
    pub subject: String,
    /// Our number of the subscription.
    pub sid: u64,
    /// What it says; `None` where its headers cannot be read. That is no fault of the connection:
    /// servers pass headers on as others wrote them, and one writer must not be able to cut off all
    /// readers.
    pub incoming: Option<Incoming>,
}

hidden_debug!(Info, Delivery);
