//! A room's course, kept after its end where both the room and the operator want it: metadata only.
//! What is said, written, asked or shown is not in it, and neither are names.

use crate::ids::{Sid, UserId};
use crate::redact::hidden_debug;
use serde::{Deserialize, Serialize};

/// One life of a room. Times are seconds since 1970.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Which.
    pub sid: Sid,
    /// First participant.
    pub began: u64,
    /// End.
    pub ended: u64,
    /// Stays in the order in which they began; somebody who came twice has two.
    pub stays: Vec<Stay>,
    /// Stays beyond the number that is kept.
    #[serde(default)]
    pub more: u64,
}

/// One person's stay.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// The application's name for the person.
    pub user: UserId,
    /// Came.
    pub joined: u64,
    /// Went.
    pub left: u64,
    /// Seconds of speech.
    pub spoke: u64,
}

hidden_debug!(Course, Stay);
