//! Why a warden does not start.

/// Why a warden did not start.
#[derive(Debug, thiserror::Error)]
pub enum WardenError {
    /// NATS cannot be reached or refuses the credential.
    #[error(transparent)]
    Bus(#[from] conclave_bus::ConnectError),
    /// The configuration cannot be used.
    #[error("the configuration holds no usable {0}")]
    Config(&'static str),
    /// NATS does not make a bucket.
    #[error("cannot make the bucket {0}: {1}")]
    Bucket(&'static str, String),
    /// The bans that there are do not become revocations.
    #[error("cannot have NATS refuse whom it is to refuse: {0}")]
    Revocations(String),
}
