//! The one line that a service prints on standard output when it is ready, and `up` awaits.

use serde::{Deserialize, Serialize};
use std::io::Write;

/// `{"ready":"edge","address":"127.0.0.1:8080"}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Which service.
    pub ready: String,
    /// Where it listens, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl Ready {
    /// Prints the line.
    pub fn announce(service: &str, address: Option<String>) {
        let line = Self { ready: service.to_owned(), address };
        if let Ok(text) = serde_json::to_string(&line) {
            let mut out = std::io::stdout().lock();
            // Nobody listening is no reason to stop.
            let _ = writeln!(out, "{text}").and_then(|()| out.flush());
        }
    }

    /// Reads the line; `None` for anything else.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}
