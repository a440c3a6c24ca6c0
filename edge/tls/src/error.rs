//! What can go wrong, by what there is to do about it. Nothing here carries a name or an address.

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};
use thiserror::Error as ThisError;

/// Why authorities could not be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ThisError)]
pub enum RootsError {
    /// No certificate in the text.
    #[error("there is no certificate in the PEM text of the trusted authorities")]
    Empty,
    /// A certificate, or the PEM around it, does not read.
    #[error("a certificate of the trusted authorities does not read")]
    Malformed,
}

/// Why a connection cannot be, or cannot go on. Every one is final, but [`TlsError::Full`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, ThisError)]
pub enum TlsError {
    /// The name to connect to is neither a DNS name nor an IP address.
    #[error("the server's name is neither a DNS name nor an IP address")]
    BadName,
    /// No trusted authority vouches for the server's certificate.
    #[error("the server's certificate comes from no authority that is trusted here")]
    Untrusted,
    /// The certificate is another server's.
    #[error("the server's certificate does not name this server")]
    WrongName,
    /// The certificate, or one above it, is over.
    #[error("the server's certificate, or one above it, has expired")]
    Expired,
    /// The certificate, or one above it, is of the future; or this clock is wrong.
    #[error("the server's certificate, or one above it, is not valid yet: is the clock right?")]
    NotYetValid,
    /// The certificate is of a kind that cannot be a server's: an authority's own, one for another
    /// purpose, one with an algorithm that is not known here, or one that does not read.
    #[error("the server's certificate cannot be a server's: its kind or algorithm is not accepted")]
    Unacceptable,
    /// What came first is not TLS; nats-server speaks first unless told `handshake_first`.
    #[error("the server does not begin with TLS: is `handshake_first` set?")]
    NotTls,
    /// There is no common ground: TLS 1.3, X25519 and a common cipher suite are needed.
    #[error("the server has no TLS 1.3 with X25519 and a cipher suite that is known here")]
    Incompatible,
    /// The server wants to see a certificate, and there is none to show.
    #[error("the server wants a certificate of its clients, which have none: is `verify` set?")]
    WantsCertificate,
    /// The server said that it ends the connection, by an alert.
    #[error("the server ended the connection by an alert")]
    Refused,
    /// What came is not what TLS allows: damaged, forged or out of order.
    #[error("what the server sent breaks TLS: damaged, forged or out of order")]
    Protocol,
    /// More was to be sent than is kept before the connection is ready. It was not taken.
    #[error("too much was to be sent before the connection was ready")]
    Full,
    /// Something was to be sent after [`crate::Tls::close`].
    #[error("the connection was closed from this side")]
    Closed,
    /// The platform gave no randomness.
    #[error("the platform gave no randomness")]
    Random,
}

impl From<Error> for TlsError {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidCertificate(error) => certificate(&error),
            Error::AlertReceived(alert) => refusal(alert),
            Error::PeerIncompatible(_) => Self::Incompatible,
            Error::InvalidMessage(InvalidMessage::InvalidContentType) => Self::NotTls,
            Error::FailedToGetRandomBytes => Self::Random,
            _ => Self::Protocol,
        }
    }
}

fn certificate(error: &CertificateError) -> TlsError {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsError::Untrusted,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsError::WrongName
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsError::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsError::NotYetValid
        }
        _ => TlsError::Unacceptable,
    }
}

/// Which of RFC 8446's alerts (section 6.2) say more than that it is over.
fn refusal(alert: AlertDescription) -> TlsError {
    match alert {
        AlertDescription::ProtocolVersion
        | AlertDescription::HandshakeFailure
        | AlertDescription::InsufficientSecurity => TlsError::Incompatible,
        AlertDescription::CertificateRequired => TlsError::WantsCertificate,
        _ => TlsError::Refused,
    }
}
