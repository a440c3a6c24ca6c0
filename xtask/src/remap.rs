//! Paths that do not tell where something was built, so that it comes out the same everywhere.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A folder of this machine, and what it is called in what is built.
pub type Renamed = (PathBuf, String);

/// Sources that every build has: the packages that cargo fetched, and the standard library's,
/// which carry the name that the precompiled library gives them.
pub fn sources(std: &Path, commit: &str) -> Vec<Renamed> {
    let home = env::var_os("CARGO_HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let mut renamed = vec![(std.to_owned(), format!("/rustc/{commit}"))];
    renamed.extend(home.map(|home| (home.join("registry/src"), "/crates".to_owned())));
    renamed
}

/// As arguments of rustc; where several fit it takes the last.
pub fn flags(renamed: &[Renamed]) -> Vec<String> {
    let flag = |(from, to): &Renamed| format!("--remap-path-prefix={}={to}", from.display());
    renamed.iter().map(flag).collect()
}

/// As cargo takes them in `CARGO_ENCODED_RUSTFLAGS`, whatever characters are in them.
pub fn encoded(flags: &[String]) -> OsString {
    flags.join("\x1f").into()
}
