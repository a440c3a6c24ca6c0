//! Why a connection is of no further use.

use crate::codec::DecodeError;
use conclave_edge_core::platform::BusError;

/// For an operator to read; each says whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It could not be made. Ours is the address, or theirs the network.
    #[error("NATS cannot be reached")]
    Unreachable,
    /// The credential is wrong, expired, revoked, or no edge's.
    #[error("NATS refuses the edge's credential")]
    Refused,
    /// The server wants TLS, and the address says none.
    #[error("NATS wants TLS, which the edge's address of it does not")]
    TlsRequired,
    /// It asks for no signature, or knows no headers: it is not one of this deployment, and gets no
    /// credential.
    #[error("what answers is a NATS server, but not this deployment's")]
    Foreign,
    /// It does not speak NATS, or another than we know.
    #[error("what answers does not speak NATS's protocol: {0}")]
    Decode(#[from] DecodeError),
    /// The JWT in the configuration is none.
    #[error("the JWT in the edge's configuration is not valid")]
    Credential,
    /// A message was above what the account allows, though not above what the server said.
    #[error("a message was larger than NATS takes")]
    TooLarge,
    /// The server ended it: it stops, has too many connections, or finds us too slow.
    #[error("NATS ended the connection")]
    Closing,
    /// Far more came than answers what was asked.
    #[error("NATS delivers more than was asked for")]
    Flooded,
    /// It ended without a word.
    #[error("the connection to NATS was lost")]
    Lost,
    /// Not everything was answered in time.
    #[error("not everything was answered in time")]
    Late,
}

/// Codes of ours in [`BusError::Rejected`], as in HTTP; JetStream's own begin at 10,000.
pub mod code {
    /// A subject or a header that cannot be written: our fault.
    pub const INVALID: u64 = 400;
    /// The credential lacks the right.
    pub const DENIED: u64 = 403;
    /// The message is larger than the server takes.
    pub const TOO_LARGE: u64 = 413;
}

impl Fault {
    /// What it means for an operation without an answer, which may have happened if it was `sent`.
    pub(super) fn of_operation(self, sent: bool) -> BusError {
        match self {
            Self::TooLarge => BusError::Rejected(code::TOO_LARGE),
            Self::Late => BusError::Timeout,
            // Whoever speaks nonsense is as good as nobody.
            Self::Closing | Self::Flooded | Self::Lost | Self::Decode(_) if sent => {
                BusError::Timeout
            }
            // A credential that does not hold is nearly always refused before anything else is read;
            // where it ran out under way, the operation may have happened here too.
            _ => BusError::Unavailable,
        }
    }
}
