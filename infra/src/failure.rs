//! Why a command ended, in one sentence, and the exit code by which a script can tell.

/// A command's failure. The text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The command line contradicts itself or names something that is not there.
    #[error("{0}")]
    Usage(String),
    /// An address is taken.
    #[error("{0}")]
    PortBusy(String),
    /// Something could not be downloaded.
    #[error("{0}")]
    Download(String),
    /// A program is there in a version that will not do.
    #[error("{0}")]
    WrongVersion(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// The process's exit code: 1 other, 2 usage, 3 port busy, 4 download failed, 5 wrong version.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Other(_) => 1,
            Self::Usage(_) => 2,
            Self::PortBusy(_) => 3,
            Self::Download(_) => 4,
            Self::WrongVersion(_) => 5,
        }
    }

    /// The failure that a child's exit code tells of.
    #[must_use]
    pub fn from_exit_code(code: Option<i32>, sentence: String) -> Self {
        match code {
            Some(3) => Self::PortBusy(sentence),
            Some(4) => Self::Download(sentence),
            Some(5) => Self::WrongVersion(sentence),
            _ => Self::Other(sentence),
        }
    }

    /// For `map_err`: an I/O error with what was being done, such as "write keys.json".
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |error| Self::Other(format!("cannot {what}: {error}"))
    }
}

impl From<conclave_tools::Missing> for Failure {
    fn from(missing: conclave_tools::Missing) -> Self {
        match missing {
            conclave_tools::Missing::TooOld { .. } => Self::WrongVersion(missing.to_string()),
            conclave_tools::Missing::NotInstalled { .. } => Self::Other(missing.to_string()),
        }
    }
}
