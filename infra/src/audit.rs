//! `conclave audit verify`: whether an audit log is as it was written.

use crate::failure::Failure;
use conclave_protocol::audit::{self, Verified};
use std::fs::File;
use std::io::{BufRead, BufReader, Error, Read};
use std::path::Path;

/// Bytes of a line; a node writes a few hundred.
const LONGEST_LINE: u64 = 64 << 10;

/// Checks the log in a file; `noted` is a head that was noted elsewhere.
///
/// # Errors
/// The line and what is wrong with it, or that the file cannot be read.
pub fn verify(file: &Path, noted: Option<&str>) -> Result<Verified, Failure> {
    let reading = format!("read {}", file.display());
    let open = File::open(file).map_err(Failure::io(reading.clone()))?;
    let mut lines = Lines { from: BufReader::new(open), failed: None };
    let noted = noted.map(|head| head.trim().to_ascii_lowercase());
    let verified = audit::verify(&mut lines, noted.as_deref());
    if let Some(error) = lines.failed {
        return Err(Failure::io(reading)(error));
    }
    verified.map_err(|flaw| Failure::Other(format!("{}: {flaw}", file.display())))
}

/// A file's lines; what is no text is no line of a log either way.
struct Lines {
    from: BufReader<File>,
    failed: Option<Error>,
}

impl Iterator for Lines {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut line = Vec::new();
        match (&mut self.from).take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) => {
                self.failed = Some(error);
                return None;
            }
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        Some(String::from_utf8_lossy(&line).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use conclave_protocol::audit::{Action, Chain, Deed};
    use conclave_protocol::ids::Sid;
    use std::fs;

    #[test]
    fn a_file_is_judged_by_its_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        let (mut chain, mut log) = Chain::begin([1; 16]);
        for at in 0..4 {
            let sid = Sid::from_random([2; 16]);
            let deed = Deed { at, sid, actor: None, action: Action::Ended, target: None };
            log = format!("{log}\n{}", chain.append(&deed));
        }
        log.push('\n');
        let judge = |log: &str, noted: Option<&str>| {
            fs::write(&path, log).unwrap();
            verify(&path, noted).map_err(|failure| {
                assert_eq!(failure.exit_code(), 1);
                failure.to_string()
            })
        };
        let verified = judge(&log, None).unwrap();
        assert_eq!((verified.lines, &verified.head), (5, &chain.head()));
        let shouted = chain.head().to_ascii_uppercase();
        assert!(judge(&log, Some(&shouted)).is_ok());

        let lines: Vec<&str> = log.lines().collect();
        let gone = [&lines[..2], &lines[3..]].concat().join("\n");
        assert!(judge(&gone, None).unwrap_err().contains("line 3 does not follow"));
        let cut = lines[..3].join("\n");
        assert!(judge(&cut, None).is_ok());
        assert!(judge(&cut, Some(&chain.head())).unwrap_err().contains("line 4 is missing"));
        assert!(judge(&log.replace("\"at\":2", "\"at\":7"), None).unwrap_err().contains("line 4"));
        assert!(judge(&log[..log.len() - 9], None).unwrap_err().contains("line 5"));
        assert!(judge("", None).is_err());
        assert!(verify(&dir.path().join("none"), None).is_err());
    }
}
