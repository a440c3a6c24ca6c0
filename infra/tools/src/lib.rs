//! Finds the programs that Conclave needs of its machine, and installs what is missing through the
//! system's package manager where it may. Standard library only: xtask is built on it and has to
//! be compiled before anything else can be.

mod apt;
mod find;
mod suite;
mod version;

pub use apt::install;
pub use find::{cache_dir, find, version_of};
pub use suite::Package;
pub use version::Version;

use std::fmt;
use std::path::PathBuf;

/// A program that comes with the operating system.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// What people call it.
    pub what: &'static str,
    /// Names under which it may be found on PATH, the best first.
    pub programs: &'static [&'static str],
    /// Debian and Ubuntu packages that bring it.
    pub packages: &'static [&'static str],
    /// The oldest version that will do.
    pub at_least: Option<Version>,
    /// Arguments for which it succeeds if it is whole.
    pub probe: &'static [&'static str],
}

/// Node.js, which builds the web application.
pub const NODE: Tool = Tool {
    what: "Node.js",
    programs: &["node"],
    packages: &["nodejs", "npm"],
    at_least: Some(Version(20, 19, 0)),
    probe: &["--version"],
};
/// npm, which comes with Node.js.
pub const NPM: Tool = Tool {
    what: "npm",
    programs: &["npm"],
    packages: &["npm"],
    at_least: None,
    probe: &["--version"],
};
/// Python with pip, by which nats-server comes.
pub const PIP: Tool = Tool {
    what: "Python's pip",
    programs: &["python3", "python"],
    packages: &["python3-pip"],
    at_least: None,
    probe: &["-m", "pip", "--version"],
};
/// A C++ compiler, for the fuzzer.
pub const CXX: Tool = Tool {
    what: "a C++ compiler",
    programs: &["c++", "g++", "clang++"],
    packages: &["g++"],
    at_least: None,
    probe: &["--version"],
};
/// Chromium, in which the browser test runs.
pub const CHROMIUM: Tool = Tool {
    what: "Chromium",
    programs: &["chromium", "chromium-browser", "google-chrome"],
    packages: &["chromium", "fonts-dejavu-core"],
    at_least: None,
    probe: &["--version"],
};

/// Firefox, with which Chromium meets in the browser test.
pub const FIREFOX: Tool = Tool {
    what: "Firefox",
    programs: &["firefox-esr", "firefox"],
    packages: &["firefox-esr"],
    at_least: None,
    probe: &["--version"],
};

/// Why a tool is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// It is not installed, and this user may not install it (or the attempt failed).
    NotInstalled {
        /// What is missing.
        what: &'static str,
        /// What a person would do about it.
        remedy: String,
    },
    /// It is there, and too old.
    TooOld {
        /// What is too old.
        what: &'static str,
        /// What was found.
        found: Version,
        /// What is needed.
        needed: Version,
    },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled { what, remedy } => {
                write!(f, "{what} is needed and not installed: {remedy}")
            }
            Self::TooOld { what, found, needed } => write!(
                f,
                "{what} {found} is too old, {needed} or newer is needed: install it and put it first on PATH"
            ),
        }
    }
}

impl std::error::Error for Missing {}

impl Tool {
    /// Where it is, if it is there and works; its version is not looked at.
    #[must_use]
    pub fn located(&self) -> Option<PathBuf> {
        self.programs.iter().filter_map(|name| find(name)).find(|path| find::runs(path, self.probe))
    }

    /// Where it is; where it is missing it is installed, `say` being told beforehand.
    ///
    /// # Errors
    /// [`Missing`].
    pub fn ensure(&self, say: &mut dyn FnMut(&str)) -> Result<PathBuf, Missing> {
        let path = match self.located() {
            Some(path) => path,
            None => {
                apt::install(self.what, self.packages, say)?;
                self.located().ok_or_else(|| Missing::NotInstalled {
                    what: self.what,
                    remedy: format!(
                        "the packages {} did not bring it; install it by hand",
                        self.packages.join(", ")
                    ),
                })?
            }
        };
        match (self.at_least, version_of(&path)) {
            (Some(needed), Some(found)) if found < needed => {
                Err(Missing::TooOld { what: self.what, found, needed })
            }
            _ => Ok(path),
        }
    }
}
