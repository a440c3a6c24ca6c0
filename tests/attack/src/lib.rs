//! What the attack suites share: the table that says what each attack gained, the eye that sees it,
//! stolen credentials, forged tokens, and further services beside those of `conclave up`.

pub mod board;
pub mod canary;
pub mod forge;
pub mod intruder;
pub mod meeting;
pub mod overseer;
pub mod raw;
pub mod services;
pub mod statistics;
pub mod stolen;
pub mod wait;

pub use board::{Board, Gain};
