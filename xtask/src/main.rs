//! What a person and CI run: `cargo xtask up`, `cargo xtask test`, `cargo xtask bench`.
//! Small on purpose: it is compiled before anything else.

// Printing is what it does.
#![allow(clippy::print_stdout)]

mod bench;
mod crypto;
mod edge;
mod fingerprint;
mod place;
mod remap;
mod run;
mod steps;
mod test;
mod tools;
mod up;
mod wasm_build;
mod wasm_std;

use place::Place;
use std::env;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND
  up [--release] [OPTION…]   build Conclave, start all of it on this machine and print a link
                             (`cargo xtask up --help` shows the options)
  test [STEP…]               everything that CI runs, or the named steps of it
  edge build [EDGE…]         what Cloudflare Workers and Spin run
  edge verify [EDGE…]        whether it comes out the same in two folders
  edge tool wasmtime|workerd what runs one on this machine
  edge wrangler [ARG…]       Cloudflare's own tool, to try and to deploy the Worker
  crypto                     the encryption worker's WebAssembly, into client/sdk/wasm
  bench join [OPTION…]       how long joining takes
  bench e2ee                 what end-to-end encryption costs in a browser
  bench edge [OPTION…]       what the edge costs in each runtime
  bench memory [OPTION…]     what a media node holds, idle and for each person
  bench switch [OPTION…]     what a switch of source looks like, without and with loss";

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let command = args.next();
    let rest: Vec<String> = args.collect();
    let result = Place::find().and_then(|place| match command.as_deref() {
        Some("up") => up::up(&place, rest),
        Some("test") => test::test(&place, &rest),
        Some("edge") => edge::edge(&place, &rest),
        Some("crypto") => crypto::build(&place).map(drop),
        Some("bench") => bench::bench(&place, &rest),
        _ => Err(USAGE.to_owned()),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
