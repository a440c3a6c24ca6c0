//! What was made: sizes, and the hash by which two builds are compared.

use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::PathBuf;

/// Prints a line for each file.
pub fn print(files: &[PathBuf]) -> Result<()> {
    for file in files {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&bytes)?;
        println!(
            "{}\n  {} bytes, {} gzipped, sha256 {}",
            file.display(),
            bytes.len(),
            gzip.finish()?.len(),
            HEXLOWER.encode(&Sha256::digest(&bytes)),
        );
    }
    Ok(())
}
