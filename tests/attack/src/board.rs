//! The table of a suite: one row an attack, with what it gained.

use std::fmt::Write as _;

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
}

impl Board {
    /// An empty table.
    #[must_use]
    pub fn new(suite: &'static str) -> Self {
        Self { suite, rows: Vec::new() }
    }

    /// Notes what an attack gained.
    pub fn note(&mut self, attack: impl Into<String>, gain: Gain) {
        self.rows.push((attack.into(), gain));
    }

    /// Prints the table.
    ///
    /// # Panics
    /// Where any attack gained anything, or where fewer ran than `at_least`: a suite that does not
    /// run proves nothing.
    #[allow(clippy::panic, clippy::print_stdout)] // The end of a test.
    pub fn close(self, at_least: usize) {
        let gained: Vec<_> = self.rows.iter().filter(|(_, g)| *g != Gain::NOTHING).collect();
        let mut text = format!("{}: {} attacks", self.suite, self.rows.len());
        for (attack, Gain { reads, writes }) in &self.rows {
            let _infallible = write!(text, "\n  {reads} reads {writes} writes  {attack}");
        }
        println!("{text}");
        assert!(gained.is_empty(), "{}: attacks that gained something: {gained:#?}", self.suite);
        assert!(
            self.rows.len() >= at_least,
            "{}: only {} attacks ran",
            self.suite,
            self.rows.len()
        );
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
    #[should_panic(expected = "only 0 attacks ran")]
    fn an_empty_suite_fails() {
        Board::new("test").close(1);
    }
}
