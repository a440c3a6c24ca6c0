//! Looking for programs and folders.

use crate::Version;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The first executable of that name on PATH.
#[must_use]
pub fn find(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| executable(path))
}

#[cfg(unix)]
fn executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn executable(path: &Path) -> bool {
    path.is_file()
}

/// True where the program succeeds with these arguments.
pub(crate) fn runs(program: &Path, args: &[&str]) -> bool {
    Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What a program says of itself to `--version`.
#[must_use]
pub fn version_of(program: &Path) -> Option<Version> {
    let out = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    Version::first_in(&String::from_utf8_lossy(&out.stdout))
        .or_else(|| Version::first_in(&String::from_utf8_lossy(&out.stderr)))
}

/// Where downloads, tools and build results are kept between runs: `$CONCLAVE_CACHE`, else
/// `$XDG_CACHE_HOME/conclave`, else `~/.cache/conclave`.
#[must_use]
pub fn cache_dir() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| value.as_os_str() != OsStr::new(""));
    set("CONCLAVE_CACHE")
        .map(PathBuf::from)
        .or_else(|| set("XDG_CACHE_HOME").map(|dir| PathBuf::from(dir).join("conclave")))
        .or_else(|| set("HOME").map(|dir| PathBuf::from(dir).join(".cache/conclave")))
}
