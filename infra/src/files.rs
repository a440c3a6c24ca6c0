//! Files that hold secrets: folders only their owner enters, files only their owner reads, written
//! whole or not at all.

use crate::failure::Failure;
use serde::{Serialize, de::DeserializeOwned};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Makes a folder (and what leads to it) that only its owner may enter.
///
/// # Errors
/// Where it cannot be made or is not ours.
pub fn private_dir(path: &Path) -> Result<(), Failure> {
    let what = || format!("make the folder {}", path.display());
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(Failure::io(what()))?;
    fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(Failure::io(what()))
}

/// Opens a new, empty file that only its owner may read.
///
/// # Errors
/// As of the system.
pub fn create_private(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Opens a log that only its owner may read, to write at its end.
///
/// # Errors
/// As of the system.
pub fn append_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// Where a log is longer than `most` bytes, moves what it says to `<its name>.1` and empties it.
/// Whoever writes at its end goes on doing so; what is written at this very moment may be lost.
///
/// # Errors
/// As of the system.
pub fn bound_log(path: &Path, most: u64) -> io::Result<()> {
    if fs::metadata(path)?.len() <= most {
        return Ok(());
    }
    let mut older = path.as_os_str().to_owned();
    older.push(".1");
    fs::copy(path, PathBuf::from(older))?;
    OpenOptions::new().write(true).open(path)?.set_len(0)
}

/// Writes a file that only its owner may read; a reader sees the old content or the new.
///
/// # Errors
/// Where it cannot be written.
pub fn write_private(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let write = || -> io::Result<()> {
        let mut file = create_private(&new)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    write().map_err(Failure::io(format!("write {}", path.display())))
}

/// Writes a value as JSON by [`write_private`].
///
/// # Errors
/// Where it cannot be written.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|_| Failure::Other(format!("cannot write {} as JSON", path.display())))?;
    text.push(b'\n');
    write_private(path, &text)
}

/// Reads a JSON file; `None` where there is none. The error tells the place and never a value, for
/// the file may hold secrets.
///
/// # Errors
/// Where it cannot be read or has another shape.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Failure> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::io(format!("read {}", path.display()))(error)),
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| {
        let message = error.to_string();
        let reason = if message.starts_with("unknown field") || message.starts_with("missing field")
        {
            message
        } else {
            format!("wrong JSON at line {} column {}", error.line(), error.column())
        };
        Failure::Usage(format!("{} cannot be used: {reason}", path.display()))
    })
}

/// Held while an `up` owns a state folder; the system lets go of it however the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes a state folder for this process.
///
/// # Errors
/// Where another `up` has it.
pub fn lock(state: &Path) -> Result<Lock, Failure> {
    let path = state.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(Failure::io(format!("open {}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(Failure::Other(format!(
            "another `conclave up` is using {}: stop it, or choose another folder with --state",
            state.display()
        ))),
        Err(TryLockError::Error(error)) => {
            Err(Failure::io(format!("lock {}", path.display()))(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn secrets_are_their_owners_only() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("a/b");
        private_dir(&state).unwrap();
        assert_eq!(mode(&state), 0o700);
        let file = state.join("keys.json");
        fs::write(&file, "old").unwrap();
        write_json(&file, &1).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(read_json::<u32>(&file).unwrap(), Some(1));
        assert_eq!(read_json::<u32>(&state.join("none")).unwrap(), None);
    }

    #[test]
    fn a_log_is_kept_and_bounded_while_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        append_private(&path).unwrap().write_all(b"last words\n").unwrap();
        let mut log = append_private(&path).unwrap();
        log.write_all(b"again\n").unwrap();
        bound_log(&path, 17).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"last words\nagain\n");
        bound_log(&path, 16).unwrap();
        log.write_all(b"on\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"on\n");
        let older = dir.path().join("log.1");
        assert_eq!(fs::read(&older).unwrap(), b"last words\nagain\n");
        assert_eq!((mode(&path), mode(&older)), (0o600, 0o600));
    }

    #[test]
    fn errors_show_no_value_of_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("f");
        fs::write(&file, "\"hunter2\"").unwrap();
        let error = read_json::<u32>(&file).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
        assert!(error.contains("line 1"), "{error}");
    }

    #[test]
    fn one_process_has_a_state_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = lock(dir.path()).unwrap();
        assert!(lock(dir.path()).unwrap_err().to_string().contains("another `conclave up`"));
        drop(first);
        assert!(lock(dir.path()).is_ok());
    }
}
