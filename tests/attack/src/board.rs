//! The table of a suite: one row an attack, with what it gained.

use conclave_tests::person::Answer;
use std::fmt::Write as _;

/// A refusal as the control plane words it: the HTTP status, and the word for programs.
pub type Refusal = (u16, &'static str);

/// No valid token, proof or signature.
pub const INVALID: Refusal = (401, "INVALID_TOKEN_OR_SIGNATURE");
/// A token or session that another device has.
pub const OTHER_DEVICE: Refusal = (403, "INVALID_TOKEN_OR_SIGNATURE");
/// A proof that was used before.
pub const REPLAYED: Refusal = (409, "INVALID_TOKEN_OR_SIGNATURE");
/// Something that was revoked, or somebody who was removed.
pub const BLOCKED: Refusal = (403, "USER_BLOCKED");
/// Something that only moderators may, or a page of another site.
pub const NOT_ALLOWED: Refusal = (403, "PERMISSION_DENIED");
/// No such room, or another life of it.
pub const NOT_ACTIVE: Refusal = (404, "ROOM_NOT_ACTIVE");
/// Somebody who is not in the room (any more).
pub const NOT_MEMBER: Refusal = (404, "USER_NOT_ACTIVE");
/// Not the JSON that the path takes.
pub const MALFORMED: Refusal = (400, "INVALID_PARAMETERS");
/// A service that is busy or restarting: a room whose record cannot be trusted at the moment.
pub const UNAVAILABLE: Refusal = (503, "INTERNAL_SERVER_ERROR");

/// What an attack gained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gain {
    /// Things learnt that were not the attacker's to know.
    pub reads: u32,
    /// Things done that were not the attacker's to do.
    pub writes: u32,
}

impl Gain {
    /// Nothing.
    pub const NOTHING: Self = Self { reads: 0, writes: 0 };
    /// One thing learnt.
    pub const READ: Self = Self { reads: 1, writes: 0 };
    /// One thing done.
    pub const WRITE: Self = Self { reads: 0, writes: 1 };

    /// [`Gain::READ`] where `learnt`.
    #[must_use]
    pub fn read_if(learnt: bool) -> Self {
        if learnt { Self::READ } else { Self::NOTHING }
    }

    /// [`Gain::WRITE`] where `done`.
    #[must_use]
    pub fn write_if(done: bool) -> Self {
        if done { Self::WRITE } else { Self::NOTHING }
    }
}

/// Collects a suite's attacks; [`Board::close`] judges them.
#[derive(Debug)]
pub struct Board {
    suite: &'static str,
    rows: Vec<(String, Gain)>,
    /// Attacks that were refused for another reason than the one under test: of that they say nothing.
    beside: Vec<String>,
}

impl Board {
    /// An empty table.
    #[must_use]
    pub fn new(suite: &'static str) -> Self {
        Self { suite, rows: Vec::new(), beside: Vec::new() }
    }

    /// Notes what an attack gained.
    pub fn note(&mut self, attack: impl Into<String>, gain: Gain) {
        self.rows.push((attack.into(), gain));
    }

    /// Notes what an attack over HTTP gained, which has to be refused in one of these ways.
    pub fn answered(&mut self, attack: impl Into<String>, answer: &Answer, by: &[Refusal]) {
        let attack = attack.into();
        let gained = answer.status < 300;
        let word = answer.json["status_code"].as_str().unwrap_or_default();
        if !gained && !by.contains(&(answer.status, word)) {
            self.beside.push(format!("{attack}: {} {}", answer.status, answer.json));
        }
        self.note(attack, Gain::read_if(gained));
    }

    /// Prints the table.
    ///
    /// # Panics
    /// Where any attack gained anything or was refused for a wrong reason, and where another number of
    /// them ran than `count`: a suite that does not run proves nothing.
    #[allow(clippy::panic, clippy::print_stdout)] // The end of a test.
    pub fn close(self, count: usize) {
        let gained: Vec<_> = self.rows.iter().filter(|(_, g)| *g != Gain::NOTHING).collect();
        let mut text = format!("{}: {} attacks", self.suite, self.rows.len());
        for (attack, Gain { reads, writes }) in &self.rows {
            let _infallible = write!(text, "\n  {reads} reads {writes} writes  {attack}");
        }
        println!("{text}");
        assert!(gained.is_empty(), "{}: attacks that gained something: {gained:#?}", self.suite);
        let beside = &self.beside;
        assert!(beside.is_empty(), "{}: refused for another reason: {beside:#?}", self.suite);
        assert_eq!(self.rows.len(), count, "{}: another number of attacks ran", self.suite);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "gained something")]
    fn a_gain_fails_the_suite() {
        let mut board = Board::new("test");
        board.note("harmless", Gain::NOTHING);
        board.note("harmful", Gain::write_if(true));
        board.close(2);
    }

    #[test]
    #[should_panic(expected = "another number of attacks")]
    fn an_empty_suite_fails() {
        Board::new("test").close(1);
    }

    #[test]
    #[should_panic(expected = "refused for another reason")]
    fn a_refusal_beside_the_point_fails_the_suite() {
        let mut board = Board::new("test");
        let json = serde_json::json!({ "status_code": INVALID.1 });
        let answer = Answer { status: OTHER_DEVICE.0, json };
        board.answered("refused", &answer, &[OTHER_DEVICE]);
        board.answered("refused by chance", &answer, &[INVALID]);
        board.close(2);
    }
}
