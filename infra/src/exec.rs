//! `conclave exec`: becomes another program, after asking the system to end it with its parent.
//! nats-server and the runtimes of the wasm edges have no such option, and an `up` that is killed can
//! end nobody.

use crate::failure::Failure;
use std::convert::Infallible;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Replaces this process.
///
/// # Errors
/// Where that fails, or the parent is gone already.
pub fn exec(program: &Path, args: &[OsString], parent: u32) -> Result<Infallible, Failure> {
    die_with_parent().map_err(Failure::io("ask the system for a parent-death signal"))?;
    // The parent may have died before it was asked.
    if std::os::unix::process::parent_id() != parent {
        return Err(Failure::Other("its parent is gone".into()));
    }
    let error = Command::new(program).args(args).exec();
    Err(Failure::io(format!("start {}", program.display()))(error))
}

#[cfg(target_os = "linux")]
fn die_with_parent() -> std::io::Result<()> {
    use rustix::process::{Signal, set_parent_process_death_signal};
    Ok(set_parent_process_death_signal(Some(Signal::TERM))?)
}

/// Elsewhere the next `up` ends what is left.
#[cfg(not(target_os = "linux"))]
fn die_with_parent() -> std::io::Result<()> {
    Ok(())
}
