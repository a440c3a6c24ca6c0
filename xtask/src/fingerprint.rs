//! Names of folders in the cache that tell what they were made of.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Differs where any of the parts does. Another version of Rust may compute another one, after
/// which the folder is made anew.
pub fn of(parts: &[&str]) -> String {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
