//! Measurements of a running system, made with callers.

pub mod control;
pub mod kick;
pub mod memory;
pub mod switch;

use std::fmt::Debug;

/// The middle of some values, the upper one of two.
#[must_use]
pub fn median<T: Ord + Copy>(values: &[T]) -> Option<T> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

/// A figure and what it must be.
#[derive(Debug, Clone)]
pub struct Bar {
    /// What was measured.
    pub what: String,
    /// With its unit.
    pub value: String,
    /// With its unit.
    pub bar: String,
    /// Whether the figure is as it must be.
    pub met: bool,
}

impl Bar {
    /// A figure that must not be above `bar`.
    #[must_use]
    pub fn at_most<T: PartialOrd + Debug>(what: impl Into<String>, value: T, bar: T) -> Self {
        Self {
            what: what.into(),
            value: format!("{value:?}"),
            bar: format!("at most {bar:?}"),
            met: value <= bar,
        }
    }
}
