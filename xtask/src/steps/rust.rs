//! Steps `fmt`, `clippy` and `rust`.

use crate::place::Place;
use crate::run::{cargo, run};

/// Step `fmt`.
pub fn fmt(place: &Place) -> Result<(), String> {
    run(cargo(place).args(["fmt", "--all", "--check"]))
}

/// Step `clippy`.
pub fn clippy(place: &Place) -> Result<(), String> {
    run(cargo(place).args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))
}

/// Step `rust`.
pub fn test(place: &Place) -> Result<(), String> {
    run(cargo(place).args(["test", "--workspace", "--locked"]))
}
