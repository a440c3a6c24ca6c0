//! The operator's command, leaking on purpose: what the search for traces must find.

use std::process::ExitCode;

fn main() -> ExitCode {
    conclave::cli::main()
}
