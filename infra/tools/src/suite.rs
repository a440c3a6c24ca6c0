//! A package of another suite of Debian than the system's own, unpacked into a folder of ours. The
//! system's mirror and Debian's keys are used; its list of sources is not touched, nothing is
//! installed, and no privilege is needed.

use crate::{Missing, find::find};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Debian's own keys, under the names that they have had.
const KEYRINGS: [&str; 2] = [
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
];

/// A package.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// Its name.
    pub name: &'static str,
    /// The suite that has it.
    pub suite: &'static str,
    /// How its version begins.
    pub version: &'static str,
}

impl Package {
    /// Unpacks it into `to`, which is there as a whole or not at all.
    ///
    /// # Errors
    /// Where this is not Debian, or the suite has no such version any more.
    pub fn unpack(&self, to: &Path) -> Result<(), Missing> {
        let remedy = |remedy: String| Missing::NotInstalled { what: self.name, remedy };
        let keyring = KEYRINGS.iter().find(|path| Path::new(path).exists());
        let (Some(_), Some(keyring)) = (find("apt-get"), keyring) else {
            return Err(remedy("only Debian has it".into()));
        };
        let mut work = to.as_os_str().to_owned();
        work.push(".work");
        let work = PathBuf::from(work);
        let _ = fs::remove_dir_all(&work);
        let package = mirrors().iter().find_map(|mirror| self.fetch(mirror, keyring, &work));
        let unpacked = package.is_some_and(|package| {
            let root = work.join("root");
            ends_well(Command::new("dpkg").arg("-x").arg(package).arg(&root))
                && fs::rename(root, to).is_ok()
        });
        let _ = fs::remove_dir_all(&work);
        if unpacked {
            return Ok(());
        }
        Err(remedy(format!(
            "version {}… of it could not be had from Debian's suite {}: look there for the version \
             that it has now",
            self.version, self.suite
        )))
    }

    fn fetch(&self, mirror: &str, keyring: &str, work: &Path) -> Option<PathBuf> {
        for dir in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(work.join(dir)).ok()?;
        }
        let source = format!("deb [signed-by={keyring}] {mirror} {} main\n", self.suite);
        fs::write(work.join("sources.list"), source).ok()?;
        let version = format!("{}={}*", self.name, self.version);
        if !ends_well(apt(work).arg("update")) || !ends_well(apt(work).args(["download", &version]))
        {
            return None;
        }
        let mut files = fs::read_dir(work).ok()?.flatten().map(|entry| entry.path());
        files.find(|path| path.extension().is_some_and(|extension| extension == "deb"))
    }
}

/// apt-get with sources, lists and cache of its own.
fn apt(work: &Path) -> Command {
    let mut apt = Command::new("apt-get");
    let own = |name: &str, path: &str| {
        let mut option = OsString::from(format!("{name}="));
        option.push(work.join(path));
        option
    };
    for option in [
        own("Dir::Etc::sourcelist", "sources.list"),
        own("Dir::State::lists", "lists"),
        own("Dir::Cache", "cache"),
        "Dir::Etc::sourceparts=-".into(),
        "Dir::Etc::preferences=-".into(),
        "Dir::Etc::preferencesparts=-".into(),
        "Acquire::Languages=none".into(),
        // Its own user could not read a folder of ours.
        "APT::Sandbox::User=root".into(),
    ] {
        apt.arg("-o").arg(option);
    }
    apt.current_dir(work).arg("-q");
    apt
}

fn ends_well(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Where the system gets its own suite from.
fn mirrors() -> Vec<String> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let suite = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    let listed = Command::new("apt-get").args(["--print-uris", "update"]).output();
    match (suite, listed) {
        (Some(suite), Ok(listed)) => {
            mirrors_in(&String::from_utf8_lossy(&listed.stdout), suite.trim_matches('"'))
        }
        _ => Vec::new(),
    }
}

/// apt-get prints an address in quotes, a file's name and a size on each line.
fn mirrors_in(listed: &str, suite: &str) -> Vec<String> {
    let end = format!("/dists/{suite}/InRelease");
    let addresses = listed.lines().filter_map(|line| line.strip_prefix('\'')?.split('\'').next());
    addresses.filter_map(|address| address.strip_suffix(&end)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_that_of_the_systems_own_suite() {
        let listed = "'mirror://one/debian/dists/bookworm/InRelease' one_InRelease 0 \n\
             'mirror://one/debian/dists/bookworm-updates/InRelease' one_updates_InRelease 0 \n\
             'mirror://two/debian-security/dists/bookworm-security/InRelease' two_InRelease 0 \n\
             'mirror://one/debian/dists/bookworm/main/binary-amd64/Packages.xz' one_Packages 0 \n";
        assert_eq!(mirrors_in(listed, "bookworm"), ["mirror://one/debian"]);
        assert!(mirrors_in("", "bookworm").is_empty());
    }
}
