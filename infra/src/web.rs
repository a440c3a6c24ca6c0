//! The web application: found built, or built from its sources by npm where they changed.

use crate::failure::Failure;
use crate::progress::Progress;
use crate::{files, run_tool};
use conclave_protocol::encoding::{hex, sha256};
use conclave_tools::{NODE, NPM};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Finds the web application, or builds it; gives the folder to serve.
///
/// # Errors
/// Where `named` holds neither, or the build fails.
pub async fn obtain(
    named: Option<&Path>,
    logs: &Path,
    progress: Progress,
) -> Result<PathBuf, Failure> {
    if let Some(dir) = named {
        return match kind(dir) {
            Some(kind) => prepare(dir, kind, logs, progress).await,
            None => Err(Failure::Usage(format!(
                "{} holds no web application: neither index.html nor a client/ workspace's package.json",
                dir.display()
            ))),
        };
    }
    for dir in default_places() {
        if let Some(kind) = kind(&dir) {
            return prepare(&dir, kind, logs, progress).await;
        }
    }
    Err(Failure::Usage(
        "no web application is found: name its folder with --web DIR or CONCLAVE_WEB".into(),
    ))
}

fn default_places() -> impl Iterator<Item = PathBuf> {
    let set = env::var_os("CONCLAVE_WEB").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let installed = env::current_exe()
        .ok()
        .and_then(|exe| Some(exe.parent()?.parent()?.join("share/conclave/web")));
    set.into_iter().chain(installed).chain([PathBuf::from("client")])
}

#[derive(Clone, Copy)]
enum Kind {
    Built,
    Sources,
}

fn kind(dir: &Path) -> Option<Kind> {
    let has = |name: &str| dir.join(name).is_file();
    // A workspace's own web/ has an index.html as well: sources are looked for first.
    if has("package.json") && dir.join("web").is_dir() {
        Some(Kind::Sources)
    } else {
        has("index.html").then_some(Kind::Built)
    }
}

async fn prepare(
    dir: &Path,
    kind: Kind,
    logs: &Path,
    progress: Progress,
) -> Result<PathBuf, Failure> {
    let dir = std::path::absolute(dir).map_err(Failure::io(format!("find {}", dir.display())))?;
    match kind {
        Kind::Built => Ok(dir),
        Kind::Sources => build(&dir, logs, progress).await,
    }
}

async fn build(dir: &Path, logs: &Path, progress: Progress) -> Result<PathBuf, Failure> {
    let built = dir.join("web/dist");
    let stamp = dir.join("node_modules/.conclave-built");
    let state = fingerprint(dir).map_err(Failure::io(format!("read {}", dir.display())))?;
    if built.join("index.html").is_file() && fs::read_to_string(&stamp).is_ok_and(|s| s == state) {
        return Ok(built);
    }
    let mut say = |text: &str| progress.say(text);
    NODE.ensure(&mut say)?;
    let npm = NPM.ensure(&mut say)?;
    let log = logs.join("npm.log");
    for (step, args) in [
        ("installing the web application's packages", ["ci", "--no-audit", "--no-fund"].as_slice()),
        ("building the web application", &["run", "build"]),
    ] {
        let _step = progress.step(step);
        let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        let outcome = run_tool::run(&npm, &args, dir, &log).await?;
        if !outcome.success {
            return Err(why_npm_failed(step, &outcome));
        }
    }
    files::write_private(&stamp, state.as_bytes())?;
    Ok(built)
}

fn why_npm_failed(step: &str, outcome: &run_tool::Outcome) -> Failure {
    let network =
        ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH"];
    if network.iter().any(|code| outcome.output.contains(code)) {
        return Failure::Download(format!(
            "{step} failed, for npm's packages cannot be downloaded: connect to the network and try again"
        ));
    }
    Failure::Other(format!("{step} failed: see {}", outcome.log.display()))
}

/// Changes when a file of the sources does.
fn fingerprint(dir: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    walk(dir, &mut files)?;
    files.sort();
    let mut all = Vec::new();
    for path in files {
        all.extend_from_slice(path.as_os_str().as_encoded_bytes());
        all.push(0);
        all.extend_from_slice(&sha256(&fs::read(&path)?));
    }
    Ok(hex(&sha256(&all)))
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let skipped = ["node_modules", "dist", "test-output"].iter().any(|skip| name == *skip)
            || name.as_encoded_bytes().ends_with(b".tsbuildinfo");
        if skipped {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_built_application_is_served_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let progress = Progress::default();
        let none = obtain(Some(dir.path()), dir.path(), progress).await.unwrap_err();
        assert_eq!(none.exit_code(), 2);
        fs::write(dir.path().join("index.html"), "").unwrap();
        assert_eq!(obtain(Some(dir.path()), dir.path(), progress).await.unwrap(), dir.path());
    }

    #[test]
    fn sources_change_the_fingerprint_and_results_do_not() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("web/dist")).unwrap();
        fs::write(dir.path().join("web/a.ts"), "1").unwrap();
        let first = fingerprint(dir.path()).unwrap();
        fs::write(dir.path().join("web/dist/a.js"), "1").unwrap();
        assert_eq!(first, fingerprint(dir.path()).unwrap());
        fs::write(dir.path().join("web/a.ts"), "2").unwrap();
        assert_ne!(first, fingerprint(dir.path()).unwrap());
    }
}
