//! The operator's command.

use clap::Parser;
use conclave::cli::Cli;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "conclave: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}
