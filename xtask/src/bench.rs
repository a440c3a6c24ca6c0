//! `cargo xtask bench join | memory | switch`.

use crate::place::Place;
use crate::run::{self, cargo};
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
        [what, rest @ ..] if what == "memory" || what == "switch" => {
            let program = run::build_conclave(place, true)?;
            let mut build = cargo(place);
            build.args(["build", "--release", "--package", "conclave-tests"]);
            run::run(build.args(["--bin", "conclave-bench"]))?;
            let mut bench = run::command(program.with_file_name("conclave-bench"), &place.root);
            run::run(bench.env("CONCLAVE_BIN", &program).arg(what).args(rest))
        }
        _ => Err("usage: cargo xtask bench join|memory|switch [OPTION…]".into()),
    }
}
