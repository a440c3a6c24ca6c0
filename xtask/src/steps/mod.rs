//! The steps of `cargo xtask test`, in the order in which they run: what fails fast comes first.

pub mod browser;
mod deny;
mod fuzz;
mod rust;
mod system;
pub mod wasm;
pub mod web;

use crate::place::Place;

/// One step.
pub struct Step {
    /// By which it is asked for.
    pub name: &'static str,
    /// What it does.
    pub what: &'static str,
    /// Does it.
    pub run: fn(&Place) -> Result<(), String>,
}

/// All of them.
pub const ALL: [Step; 9] = [
    Step { name: "install", what: "what the tests need of this machine", run: system::install },
    Step { name: "fmt", what: "formatting", run: rust::fmt },
    Step { name: "clippy", what: "lints, warnings denied", run: rust::clippy },
    Step { name: "deny", what: "bans, licences, sources, advisories", run: deny::deny },
    Step { name: "wasm", what: "the edges as WebAssembly, built", run: wasm::wasm },
    Step {
        name: "rust",
        what: "unit and integration tests, with a real nats-server",
        run: rust::test,
    },
    Step { name: "fuzz", what: "every reader of foreign bytes, for some seconds", run: fuzz::fuzz },
    Step { name: "web", what: "types, unit tests and build of the web application", run: web::web },
    Step { name: "e2e", what: "three browsers in one room", run: browser::test },
];
