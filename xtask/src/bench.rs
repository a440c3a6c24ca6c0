//! `cargo xtask bench join`.

use crate::place::Place;
use crate::run;
use crate::steps::browser;

/// Measures with a release build: that is what people run.
pub fn bench(place: &Place, args: &[String]) -> Result<(), String> {
    match args {
        [what, rest @ ..] if what == "join" => {
            let program = run::build_conclave(place, true)?;
            browser::packages(place)?;
            let mut bench = browser::node(place, &program)?;
            bench.arg("bench-join.mjs").args(rest);
            run::run(&mut bench)
        }
        _ => Err("usage: cargo xtask bench join [OPTION…]".into()),
    }
}
