//! Everything that a request can be refused for, with its HTTP status, its word for programs and
//! its sentence for people. The pair of status and word tells every case apart that a client
//! treats differently. No sentence names a secret, a person or an address.

use crate::http::Response;
use crate::platform::{BusError, NoRandomness};
use conclave_protocol::api::{Status, StatusCode};
use conclave_protocol::jwt::TokenError;
use conclave_protocol::moderation::Service;
use conclave_protocol::node::Refusal;
use conclave_protocol::proof::ProofError;

/// Why a request was not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No such path.
    #[error("there is nothing at this path")]
    NoSuchPath,
    /// Another method; the one that is allowed.
    #[error("this path takes another method")]
    WrongMethod(&'static str),
    /// Body above [`conclave_protocol::limits::MAX_BODY`].
    #[error("the request's body is larger than 64 kB")]
    TooLarge,
    /// The body did not arrive in time.
    #[error("the request did not arrive in time")]
    TooSlow,
    /// A page of another site posts here.
    #[error("requests from other sites are not taken")]
    CrossSite,
    /// The body is not the JSON that the route takes.
    #[error("the body is not the JSON that this path takes")]
    Malformed,
    /// A rule for a parameter; the text names the rule and not the value.
    #[error("{0}")]
    Invalid(String),
    /// A parameter is missing.
    #[error("{0}")]
    Missing(String),
    /// Unknown API key or wrong signature: nobody learns which.
    #[error("the API key or the signature is not valid")]
    Signature,
    /// The proof of the device key.
    #[error("{0}")]
    Proof(ProofError),
    /// The proof has been used.
    #[error("this request was received before: sign it again")]
    Replayed,
    /// The token.
    #[error("{0}")]
    Token(TokenError),
    /// The join token belongs to another device.
    #[error("this join token was used on another device: ask for a new one")]
    Redeemed,
    /// The session token belongs to another device.
    #[error("this session belongs to another device")]
    OtherDevice,
    /// A service that would need to read an encrypted room.
    #[error("the room is end-to-end encrypted, so that no server can read it: {} is refused", .0.name())]
    Encrypted(Service),
    /// A service that there is not.
    #[error("{} does not exist in this version", .0.name())]
    NoService(Service),
    /// The room exists, and is encrypted where it was asked for unencrypted, or the other way round.
    #[error(
        "the room exists with another encryption mode, which stays as it is until the room ends"
    )]
    OtherEncryption,
    /// A moderator took the person out, or banned it.
    #[error("you were removed from this room")]
    Blocked,
    /// Only moderators may.
    #[error("only a moderator of the room may do this")]
    NotModerator,
    /// Too many credentials for the bus in too short a time.
    #[error("too many credentials were asked for: try again in some minutes")]
    TooOften,
    /// No such room, or it is over, or this is another life of it.
    #[error("the room is not active")]
    RoomNotActive,
    /// No such file of this application, or its time is over.
    #[error("there is no such file")]
    NoSuchFile,
    /// The room may go on, without this person.
    #[error("you are not in this room any more: join it again")]
    NotMember,
    /// The bus lost its memory a moment ago, and owners are putting their rooms back: nobody can say
    /// whether this one is there.
    #[error("rooms are being restored: try again in a moment")]
    Restoring,
    /// The room has as many people as it may.
    #[error("the room is full")]
    RoomFull,
    /// The node could not read the offer.
    #[error("the offer is not an SDP offer of the expected shape")]
    BadOffer,
    /// As many start rooms as the operator allows.
    #[error("as many meetings as this server allows are open: try again later")]
    StartFull,
    /// No media node takes rooms or people.
    #[error("no media server has room right now: try again in a moment")]
    NoNode,
    /// The bus did not answer in time, or requests compete.
    #[error("the service is busy or restarting: try again in a moment")]
    Unavailable,
    /// A fault of ours: foreign data in a bucket, no randomness.
    #[error("an internal error")]
    Internal,
}

impl Problem {
    /// HTTP status and word.
    #[must_use]
    pub fn status(&self) -> (u16, StatusCode) {
        match self {
            Self::NoSuchPath | Self::NoSuchFile | Self::NoService(_) => (404, StatusCode::NotFound),
            Self::WrongMethod(_) => (405, StatusCode::NotFound),
            Self::TooLarge => (413, StatusCode::InvalidParameters),
            Self::TooSlow => (408, StatusCode::InvalidParameters),
            Self::CrossSite | Self::Encrypted(_) | Self::NotModerator => {
                (403, StatusCode::PermissionDenied)
            }
            Self::Blocked => (403, StatusCode::UserBlocked),
            Self::TooOften => (429, StatusCode::PermissionDenied),
            Self::Malformed | Self::Invalid(_) | Self::BadOffer => {
                (400, StatusCode::InvalidParameters)
            }
            Self::Missing(_) => (400, StatusCode::MissingRequiredParameter),
            Self::Signature | Self::Proof(_) | Self::Token(_) => {
                (401, StatusCode::InvalidTokenOrSignature)
            }
            Self::Redeemed | Self::OtherDevice => (403, StatusCode::InvalidTokenOrSignature),
            Self::Replayed => (409, StatusCode::InvalidTokenOrSignature),
            Self::RoomFull | Self::OtherEncryption => (409, StatusCode::Conflict),
            Self::RoomNotActive => (404, StatusCode::RoomNotActive),
            Self::StartFull => (429, StatusCode::Conflict),
            Self::NotMember => (404, StatusCode::UserNotActive),
            Self::NoNode | Self::Unavailable | Self::Restoring => {
                (503, StatusCode::InternalServerError)
            }
            Self::Internal => (500, StatusCode::InternalServerError),
        }
    }

    /// The answer that says so.
    #[must_use]
    pub fn response(&self) -> Response {
        let (status, word) = self.status();
        let mut response = Response::json(status, &Status::failure(word, self.to_string()));
        match self {
            Self::NoNode | Self::Unavailable | Self::Restoring => {
                response.header("retry-after", "1");
            }
            Self::StartFull | Self::TooOften => response.header("retry-after", "60"),
            Self::WrongMethod(allowed) => response.header("allow", allowed),
            _ => {}
        }
        response
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<ProofError> for Problem {
    fn from(error: ProofError) -> Self {
        Self::Proof(error)
    }
}

impl From<BusError> for Problem {
    fn from(error: BusError) -> Self {
        match error {
            BusError::Timeout | BusError::Unavailable | BusError::Conflict => Self::Unavailable,
            BusError::Rejected(_) | BusError::Malformed => Self::Internal,
        }
    }
}

impl From<NoRandomness> for Problem {
    fn from(_: NoRandomness) -> Self {
        Self::Internal
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RoomFull => Self::RoomFull,
            Refusal::RoomEnded => Self::RoomNotActive,
            Refusal::NotMember => Self::NotMember,
            Refusal::Removed => Self::Blocked,
            Refusal::NotModerator => Self::NotModerator,
            Refusal::TooOften => Self::TooOften,
            Refusal::BadOffer => Self::BadOffer,
            Refusal::NodeFull => Self::NoNode,
            Refusal::Unavailable => Self::Unavailable,
            // Said of services alone: whoever asks for one reads it.
            Refusal::Encrypted | Refusal::NoService => Self::Internal,
        }
    }
}
