//! Where things are: the checkout, and the caches outside it.

use conclave_tools::cache_dir;
use std::env;
use std::path::{Path, PathBuf};

/// The folders of this machine.
#[derive(Debug, Clone)]
pub struct Place {
    /// The checkout.
    pub root: PathBuf,
    /// Downloads, tools and build results.
    pub cache: PathBuf,
    /// Cargo's results: outside the checkout, so that a fresh clone finds them.
    pub target: PathBuf,
}

impl Place {
    /// Looks them up.
    pub fn find() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or("xtask is not inside the checkout")?
            .to_owned();
        let cache = cache_dir().ok_or("neither HOME nor CONCLAVE_CACHE is set: set one of them")?;
        let target = env::var_os("CARGO_TARGET_DIR")
            .filter(|dir| !dir.is_empty())
            .map_or_else(|| cache.join("target"), PathBuf::from);
        Ok(Self { root, cache, target })
    }

    /// Where tools are installed that the system's package manager does not have.
    pub fn tool(&self, name: &str) -> PathBuf {
        self.cache.join("tools/bin").join(name)
    }
}
