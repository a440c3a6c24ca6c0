//! `connection.json` (how to reach a running `up`) and `pids.json` (what to look for after an `up`
//! that was killed).

use crate::failure::Failure;
use crate::files;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Processes by name: `up`, `nats`, `warden`, `edge`, `node`.
pub type Pids = BTreeMap<String, u32>;

/// What an application needs to know.
#[derive(Clone, Serialize)]
pub struct Details {
    /// What people open.
    pub url: String,
    /// The application's API key.
    pub api_key: String,
    /// And its secret.
    pub api_secret: String,
    /// Where browsers reach NATS.
    pub nats_ws_url: String,
    /// Where the media node shows its counters, on this machine only.
    pub metrics_url: String,
    /// Opens the first room.
    pub link: String,
}

#[derive(Serialize)]
struct File<'a> {
    #[serde(flatten)]
    details: &'a Details,
    pids: &'a Pids,
}

/// The files of a running `up`; they go with this value.
pub struct Connection {
    state: PathBuf,
    inner: Mutex<(Pids, Option<Details>)>,
}

impl Connection {
    /// Begins with this process alone.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        let pids = Pids::from([("up".to_owned(), std::process::id())]);
        Self { state: state.to_owned(), inner: Mutex::new((pids, None)) }
    }

    /// A child was started (again).
    ///
    /// # Errors
    /// Where the files cannot be written.
    pub fn started(&self, name: &str, pid: u32) -> Result<(), Failure> {
        self.change(|(pids, _)| {
            pids.insert(name.to_owned(), pid);
        })
    }

    /// Everything is ready.
    ///
    /// # Errors
    /// Where the files cannot be written.
    pub fn publish(&self, details: Details) -> Result<(), Failure> {
        self.change(|(_, published)| *published = Some(details))
    }

    /// The processes.
    #[must_use]
    pub fn pids(&self) -> Pids {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    fn change(&self, change: impl FnOnce(&mut (Pids, Option<Details>))) -> Result<(), Failure> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut inner);
        files::write_json(&self.state.join(PIDS), &inner.0)?;
        if let Some(details) = &inner.1 {
            files::write_json(&self.state.join(CONNECTION), &File { details, pids: &inner.0 })?;
        }
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        forget(&self.state);
    }
}

const PIDS: &str = "pids.json";
const CONNECTION: &str = "connection.json";

/// The children that an `up` left behind which could not tidy up.
///
/// # Errors
/// Where the file is damaged.
pub fn left_behind(state: &Path) -> Result<Pids, Failure> {
    let mut pids: Pids = files::read_json(&state.join(PIDS))?.unwrap_or_default();
    pids.remove("up");
    Ok(pids)
}

/// Removes both files.
pub fn forget(state: &Path) {
    for name in [PIDS, CONNECTION] {
        let _ = fs::remove_file(state.join(name));
    }
}
