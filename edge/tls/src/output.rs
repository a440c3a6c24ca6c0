//! rustls writes to slices, and says how long they must be.

use crate::TlsError;
use rustls::unbuffered::EncryptError;

/// Appends what `write` writes to a slice; it fails with the length that it needs.
pub fn append(
    to: &mut Vec<u8>,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, usize>,
) -> Result<(), TlsError> {
    let start = to.len();
    let length = write(&mut []).or_else(|needed| {
        to.resize(start.saturating_add(needed), 0);
        write(to.get_mut(start..).unwrap_or_default())
    });
    to.truncate(start.saturating_add(length.unwrap_or_default()));
    length.map(drop).map_err(|_| TlsError::Protocol)
}

pub fn needed(error: EncryptError) -> usize {
    match error {
        EncryptError::InsufficientSize(size) => size.required_size,
        EncryptError::EncryptExhausted => 0,
    }
}
