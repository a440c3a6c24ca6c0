//! The audit log: who did what when in a room, without content, as lines that are chained by hashes.
//!
//! Each line is a JSON object that holds its number, a [`Deed`], the hash of the line before it and
//! its own hash: SHA-256 over the previous hash and over everything else in the line, as bytes. Lines
//! end with a line feed. A line that was removed, moved or changed breaks the chain at that place.
//! What the chain cannot tell by itself: that lines are missing at the end, or that somebody who may
//! write the file wrote all of it anew. Against both, an operator notes the hash of the last line
//! somewhere else from time to time ([`verify`] takes it).

use crate::encoding::{from_hex, hex};
use crate::ids::{Pid, Sid, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// One thing that was done. Never names, texts or addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When, in seconds since 1970.
    pub at: u64,
    /// In which life of which room.
    pub sid: Sid,
    /// Who did it; absent where the node did it by itself or the application asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Who>,
    /// What.
    pub action: Action,
    /// To whom; absent where it concerns all, or nobody but the actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Who>,
}

/// A person, as a line tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// In the room.
    pub pid: Pid,
    /// To the application, where it is known: of somebody who is not there any more it may not be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Came in.
    Joined,
    /// Asked to leave.
    Left,
    /// Was gone.
    Lost,
    /// Began to wait before the door.
    Waiting,
    /// Was let in.
    Admitted,
    /// Waited, and was not let in.
    Refused,
    /// Was taken out.
    Removed,
    /// Was taken out for good.
    Banned,
    /// Was made a moderator.
    Promoted,
    /// Is no moderator any more.
    Demoted,
    /// The rules were changed.
    Rules,
    /// Sources were switched off.
    Silenced,
    /// Hands were lowered by a moderator.
    HandsLowered,
    /// An invite was revoked.
    InviteRevoked,
    /// The room ended.
    Ended,
}

/// The end of a chain, to which lines are added. `Debug` shows the number of lines.
#[derive(Clone, PartialEq, Eq)]
pub struct Chain {
    lines: u64,
    head: Hash,
}

type Hash = [u8; 32];

impl Chain {
    /// Begins a chain under a random name: the chain, and its first line without a line feed.
    #[must_use]
    pub fn begin(random: [u8; 16]) -> (Self, String) {
        let mut chain = Self { lines: 0, head: [0; 32] };
        let first = chain.add(Some(hex(&random)), None);
        (chain, first)
    }

    /// Goes on after the last line of a log. A log whose last bytes are not a line feed was cut off
    /// in the middle of a line, which has to be taken away first.
    ///
    /// # Errors
    /// [`Flaw`] where this is no line of a log; its line number is what the line says, or 0.
    pub fn resume(last: &str) -> Result<Self, Flaw> {
        let line = Line::read(last).map_err(|what| Flaw { line: 0, what })?;
        let head = unhex(&line.hash).ok_or(Flaw { line: line.line, what: What::Malformed })?;
        Ok(Self { lines: line.line, head })
    }

    /// Adds a deed: its line, without a line feed.
    #[must_use = "a line that is not written breaks the chain"]
    pub fn append(&mut self, deed: &Deed) -> String {
        self.add(None, Some(deed.clone()))
    }

    /// Lines so far, the first included.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The hash of the last line in hexadecimal.
    #[must_use]
    pub fn head(&self) -> String {
        hex(&self.head)
    }

    fn add(&mut self, chain: Option<String>, deed: Option<Deed>) -> String {
        let number = self.lines.saturating_add(1);
        let mut line = Line { line: number, chain, deed, prev: self.head(), hash: String::new() };
        let hash = line.hash_after(&self.head);
        line.hash = hex(&hash);
        *self = Self { lines: number, head: hash };
        line.text()
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("lines", &self.lines).finish_non_exhaustive()
    }
}

/// A log without a flaw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Lines, the first included.
    pub lines: u64,
    /// Hash of the last line in hexadecimal: to be noted elsewhere.
    pub head: String,
}

/// The first place at which a log is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} {what}")]
pub struct Flaw {
    /// Counted from 1, as an editor does.
    pub line: u64,
    /// What is wrong.
    pub what: What,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Lines before this one were removed.
    Removed,
    /// This line stood elsewhere.
    Reordered,
    /// This line, or the one before it, was changed.
    Edited,
    /// This is no line of a log.
    Malformed,
    /// Lines from here on were removed: the head that was noted is not in the log.
    Truncated,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Removed => "does not follow the one before it: lines were removed",
            Self::Reordered => "stood elsewhere: lines were reordered",
            Self::Edited => "was edited, or the line before it was",
            Self::Malformed => "is not a line of an audit log",
            Self::Truncated => "is missing: the log was cut off before the noted head",
        })
    }
}

/// Checks a whole log, given as its lines without line feeds. `noted` is the hash of a line that was
/// once the last.
///
/// # Errors
/// [`Flaw`], the first that is found.
pub fn verify<L: AsRef<str>>(
    lines: impl IntoIterator<Item = L>,
    noted: Option<&str>,
) -> Result<Verified, Flaw> {
    let mut chain = Chain { lines: 0, head: [0; 32] };
    let mut seen = noted.is_none();
    let mut rest = lines.into_iter();
    while let Some(text) = rest.next() {
        let expected = chain.lines.saturating_add(1);
        let flaw = |what| Flaw { line: expected, what };
        let line = Line::read(text.as_ref()).map_err(flaw)?;
        if line.line != expected {
            let before = line.line < expected;
            let mut later = || rest.any(|text| is_number(text.as_ref(), expected));
            return Err(flaw(if before || later() { What::Reordered } else { What::Removed }));
        }
        if line.prev != chain.head() {
            return Err(flaw(What::Edited));
        }
        seen |= noted == Some(line.hash.as_str());
        let head = unhex(&line.hash).ok_or(flaw(What::Malformed))?;
        chain = Chain { lines: expected, head };
    }
    if chain.lines == 0 || !seen {
        return Err(Flaw { line: chain.lines.saturating_add(1), what: What::Truncated });
    }
    Ok(Verified { lines: chain.lines, head: chain.head() })
}

fn is_number(text: &str, number: u64) -> bool {
    Line::read(text).is_ok_and(|line| line.line == number)
}

fn unhex(text: &str) -> Option<Hash> {
    from_hex(text)?.try_into().ok()
}

/// A line as it stands in the file, fields in this order.
#[derive(Clone, Serialize, Deserialize)]
struct Line {
    line: u64,
    /// In the first line alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chain: Option<String>,
    /// In every other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deed: Option<Deed>,
    prev: String,
    /// Left out of the text that is hashed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    hash: String,
}

impl Line {
    /// Reads a line that is right in itself. There is one way to write a line, so that a change that
    /// means nothing in JSON is a change all the same.
    fn read(text: &str) -> Result<Self, What> {
        let line: Self = serde_json::from_str(text).map_err(|_| What::Malformed)?;
        let prev = unhex(&line.prev).ok_or(What::Malformed)?;
        let hash = unhex(&line.hash).ok_or(What::Malformed)?;
        let is_first = line.line == 1;
        if is_first != line.chain.is_some() || is_first == line.deed.is_some() {
            return Err(What::Malformed);
        }
        if line.text() != text || line.hash_after(&prev) != hash {
            return Err(What::Edited);
        }
        Ok(line)
    }

    fn hash_after(&self, prev: &Hash) -> Hash {
        let rest = Self { hash: String::new(), ..self.clone() }.text();
        Sha256::new().chain_update(prev).chain_update(rest).finalize().into()
    }

    #[allow(clippy::expect_used)] // Numbers and strings always have a form in JSON.
    fn text(&self) -> String {
        serde_json::to_string(self).expect("a line is plain data")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn deed(n: u8) -> Deed {
        let who = |n| Who { pid: Pid::from_hash(&[n; 32]), user: UserId::parse("ada \"é\"").ok() };
        Deed {
            at: u64::from(n),
            sid: Sid::from_random([7; 16]),
            actor: Some(who(n)),
            action: if n.is_multiple_of(2) { Action::Banned } else { Action::HandsLowered },
            target: n.is_multiple_of(3).then(|| who(200)),
        }
    }

    fn log(deeds: u8) -> Vec<String> {
        let (mut chain, first) = Chain::begin([9; 16]);
        let mut lines = vec![first];
        for n in 0..deeds {
            // Sometimes by another process.
            chain = Chain::resume(lines.last().unwrap()).unwrap();
            lines.push(chain.append(&deed(n)));
        }
        assert_eq!(chain.lines(), lines.len() as u64);
        lines
    }

    #[test]
    fn an_untouched_log_verifies_and_says_its_head() {
        let lines = log(5);
        let verified = verify(&lines, None).unwrap();
        assert_eq!(verified.lines, 6);
        assert_eq!(Chain::resume(&lines[5]).unwrap().head(), verified.head);
        assert!(verify(&lines, Some(&verified.head)).is_ok());
        let earlier = verify(&lines[..3], None).unwrap().head;
        assert!(verify(&lines, Some(&earlier)).is_ok(), "it has grown since the head was noted");
    }

    #[test]
    fn a_tail_that_is_missing_is_found_by_the_noted_head() {
        let lines = log(5);
        let head = verify(&lines, None).unwrap().head;
        assert!(verify(&lines[..4], None).is_ok());
        let flaw = verify(&lines[..4], Some(&head)).unwrap_err();
        assert_eq!(flaw, Flaw { line: 5, what: What::Truncated });
        assert_eq!(verify::<&str>([], None).unwrap_err().what, What::Truncated);
    }

    #[test]
    fn a_line_that_was_written_anew_with_a_right_hash_of_its_own_is_found() {
        let mut lines = log(5);
        let mut forger = Chain::resume(&lines[1]).unwrap();
        lines[2] = forger.append(&deed(99));
        let flaw = verify(&lines, None).unwrap_err();
        assert_eq!(flaw, Flaw { line: 4, what: What::Edited });
    }

    #[test]
    fn a_line_holds_nothing_but_what_was_done() {
        let line: serde_json::Value = serde_json::from_str(&log(1)[1]).unwrap();
        let keys = |value: &serde_json::Value| {
            value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(keys(&line), "deed hash line prev");
        assert_eq!(keys(&line["deed"]), "action actor at sid target");
        assert_eq!(keys(&line["deed"]["actor"]), "pid user");
        assert!(!format!("{:?}", deed(1)).contains("ada"));
    }

    proptest! {
        #[test]
        fn a_removed_line_is_found(at in 0usize..8) {
            let mut lines = log(8);
            lines.remove(at);
            let flaw = verify(&lines, None).unwrap_err();
            prop_assert_eq!(flaw, Flaw { line: at as u64 + 1, what: What::Removed });
        }

        #[test]
        fn swapped_lines_are_found(one in 0usize..9, other in 0usize..9) {
            prop_assume!(one < other);
            let mut lines = log(8);
            lines.swap(one, other);
            let flaw = verify(&lines, None).unwrap_err();
            prop_assert_eq!(flaw, Flaw { line: one as u64 + 1, what: What::Reordered });
        }

        #[test]
        fn a_changed_byte_is_found(line in 0usize..9, at: prop::sample::Index, bit in 0u32..8) {
            let mut lines = log(8);
            let mut bytes = lines[line].clone().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            // What is no text any more is refused by whoever reads the file.
            let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
            lines[line] = text;
            let flaw = verify(&lines, None).unwrap_err();
            prop_assert_eq!(flaw.line, line as u64 + 1);
        }

        #[test]
        fn an_added_line_is_found(at in 0usize..9, again in 0usize..9) {
            let mut lines = log(8);
            let copy = lines[again].clone();
            lines.insert(at, copy);
            prop_assert!(verify(&lines, None).is_err());
        }

        #[test]
        fn no_text_panics(text in ".{0,200}") {
            prop_assert!(verify([text.as_str()], None).is_err());
            prop_assert!(Chain::resume(&text).is_err());
        }
    }
}
