//! Installing by apt-get, as root or through sudo where that asks no password.

use crate::{Missing, find::find};
use std::process::{Command, Stdio};

/// Installs Debian or Ubuntu packages, which bring `what`; `say` is told beforehand.
///
/// # Errors
/// Where this is another system, this user may not, or apt-get fails.
pub fn install(
    what: &'static str,
    packages: &[&str],
    say: &mut dyn FnMut(&str),
) -> Result<(), Missing> {
    let list = packages.join(" ");
    let missing = |remedy: String| Missing::NotInstalled { what, remedy };
    if find("apt-get").is_none() {
        return Err(missing("install it with this system's package manager".into()));
    }
    let remedy = format!("run `sudo apt-get install {list}`");
    let Some(prefix) = privilege() else { return Err(missing(remedy)) };
    say(&format!("installing {what} (apt-get install {list})"));
    if run(prefix, packages, false) || run(prefix, packages, true) {
        Ok(())
    } else {
        Err(missing(format!("apt-get could not install it; {remedy} to see why")))
    }
}

/// What makes a command root's: nothing where we are root, sudo where it asks nothing.
fn privilege() -> Option<&'static [&'static str]> {
    if output("id", &["-u"]).as_deref() == Some("0") {
        return Some(&[]);
    }
    output("sudo", &["-n", "true"]).map(|_| ["sudo", "-n"].as_slice())
}

fn output(program: &str, args: &[&str]) -> Option<String> {
    let out = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Package lists may be absent or old, in which case they are fetched before the second try.
fn run(prefix: &[&str], packages: &[&str], update: bool) -> bool {
    let apt = |args: &[&str]| {
        let words: Vec<&str> = prefix
            .iter()
            .chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"])
            .chain(args)
            .copied()
            .collect();
        Command::new(words[0])
            .args(&words[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    if update && !apt(&["update"]) {
        return false;
    }
    let mut install = vec!["install", "--no-install-recommends"];
    install.extend(packages);
    apt(&install)
}
