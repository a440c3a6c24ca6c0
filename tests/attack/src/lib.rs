//! What the attack suites share: the table that says what each attack gained.

mod board;
pub mod canary;

pub use board::{Board, Gain};
