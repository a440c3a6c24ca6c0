//! Looks for marks in bytes: as they stand, and in whatever is compressed in them.

use crate::canary::Canary;
use aho_corasick::{AhoCorasick, BuildError};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::io::Read;

/// Most bytes that are taken out of one compressed piece.
const MOST_INFLATED: u64 = 64 << 20;

/// A mark that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub place: String,
    /// Which mark.
    pub canary: String,
    /// How it was written.
    pub form: String,
}

/// Looks for all forms of all marks at once.
#[derive(Debug)]
pub struct Scanner {
    needles: AhoCorasick,
    names: Vec<(String, &'static str)>,
}

impl Scanner {
    /// For these marks.
    ///
    /// # Errors
    /// Where there are more than the library can take.
    pub fn new(canaries: &[Canary]) -> Result<Self, BuildError> {
        let (mut needles, mut names) = (Vec::new(), Vec::new());
        for canary in canaries {
            for (form, bytes) in canary.forms() {
                needles.push(bytes);
                names.push((canary.name.clone(), form));
            }
        }
        Ok(Self { needles: AhoCorasick::new(needles)?, names })
    }

    /// What is in `bytes`, which stand at `place`.
    #[must_use]
    pub fn scan(&self, place: &str, bytes: &[u8]) -> Vec<Finding> {
        let mut found = self.plain(place, "", bytes);
        for (name, inflated) in inflated(bytes) {
            found.extend(self.plain(place, name, &inflated));
        }
        found.sort();
        found.dedup();
        found
    }

    fn plain(&self, place: &str, within: &str, bytes: &[u8]) -> Vec<Finding> {
        let finding = |index: usize| {
            let (canary, form) = self.names.get(index)?;
            let form = format!("{within}{form}");
            Some(Finding { place: place.to_owned(), canary: canary.clone(), form })
        };
        self.needles
            .find_overlapping_iter(bytes)
            .filter_map(|m| finding(m.pattern().as_usize()))
            .collect()
    }
}

/// Everything in `bytes` that begins like gzip or zlib and is. (Snappy and S2, which NATS knows, copy
/// what is random as it stands: the plain search finds it.)
fn inflated(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut found = Vec::new();
    for (at, pair) in bytes.windows(2).enumerate() {
        let rest = bytes.get(at..).unwrap_or_default();
        let (name, inflated) = match *pair {
            [0x1f, 0x8b] => ("gzip of ", inflate(MultiGzDecoder::new(rest))),
            [0x78, 0x01 | 0x5e | 0x9c | 0xda] => ("zlib of ", inflate(ZlibDecoder::new(rest))),
            _ => continue,
        };
        if !inflated.is_empty() {
            found.push((name, inflated));
        }
    }
    found
}

/// As much as can be read before what follows is no such stream any more.
fn inflate(decoder: impl Read) -> Vec<u8> {
    let mut inflated = Vec::new();
    let _until_it_breaks = decoder.take(MOST_INFLATED).read_to_end(&mut inflated);
    inflated
}

#[cfg(test)]
mod tests {
    use super::*;
    use conclave_protocol::encoding::{base64url, hex};
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use std::io::Write;

    #[test]
    fn every_form_is_found_and_nothing_else() {
        let canary = Canary::fresh("it").unwrap();
        let scanner = Scanner::new(std::slice::from_ref(&canary)).unwrap();
        let text = canary.text.as_str();
        let mut gzip = GzEncoder::new(b"before".to_vec(), Compression::best());
        gzip.write_all(format!("x{text}").as_bytes()).unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(base64url(text.as_bytes()).as_bytes()).unwrap();
        for leak in [
            format!("name={text};").into_bytes(),
            hex(text.as_bytes()).into_bytes(),
            base64url(format!("{{\"name\":\"{text}\"}}").as_bytes()).into_bytes(),
            text.bytes().map(|b| format!("%{b:02x}")).collect::<String>().into_bytes(),
            conclave_protocol::encoding::from_hex(text).unwrap(),
            gzip.finish().unwrap(),
            zlib.finish().unwrap(),
        ] {
            assert!(!scanner.scan("here", &leak).is_empty(), "{leak:?}");
        }
        assert_eq!(scanner.scan("here", Canary::fresh("other").unwrap().text.as_bytes()), []);
    }
}
