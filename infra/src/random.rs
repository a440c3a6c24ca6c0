//! The system's randomness, and the clock.

use crate::failure::Failure;
use conclave_protocol::encoding::{base32_lower, base64url};
use std::time::{SystemTime, UNIX_EPOCH};

/// `N` fresh random bytes.
///
/// # Errors
/// Where the system has none to give.
pub fn bytes<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::Other(format!("the system gives no random numbers: {error}")))?;
    Ok(bytes)
}

/// 256 random bits as base64url.
///
/// # Errors
/// As [`bytes`].
pub fn secret() -> Result<String, Failure> {
    Ok(base64url(&bytes::<32>()?))
}

/// 80 random bits as 16 characters that may stand in any name.
///
/// # Errors
/// As [`bytes`].
pub fn name() -> Result<String, Failure> {
    Ok(base32_lower(&bytes::<10>()?))
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
