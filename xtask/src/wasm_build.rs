//! Cargo for WebAssembly that comes out the same in every folder.

use crate::place::Place;
use crate::remap;
use crate::wasm_std::Toolchain;
use std::process::Command;

/// `cargo build` of `package` for `target`; the profile is the caller's to add. `flags` are rustc's.
pub fn cargo(
    place: &Place,
    toolchain: &Toolchain,
    package: &str,
    target: &str,
    flags: &[&str],
) -> Result<Command, String> {
    let results = &toolchain.results;
    let mut renamed =
        vec![(place.root.clone(), "/conclave".to_owned()), (results.clone(), "/target".to_owned())];
    renamed.extend(remap::sources(&toolchain.sources, &toolchain.commit));
    let flags =
        [remap::flags(&renamed), flags.iter().map(|flag| (*flag).to_owned()).collect()].concat();
    let mut build = toolchain.cargo(place)?;
    build
        .args(["build", "--locked", "--package", package, "--target", target])
        .env("CARGO_TARGET_DIR", results)
        .env("CARGO_ENCODED_RUSTFLAGS", remap::encoded(&flags));
    Ok(build)
}
