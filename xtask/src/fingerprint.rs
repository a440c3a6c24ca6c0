//! What something was made of, in a word.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

/// Differs where any of the parts does. Another version of Rust may compute another one, after
/// which the folder is made anew.
pub fn of(parts: &[&str]) -> String {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Differs where one of these files, or a file in one of these folders, does.
pub fn of_files<P: AsRef<Path>>(places: &[P]) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    for place in places {
        hash(place.as_ref(), &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn hash(path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    if !path.is_dir() {
        path.file_name().hash(hasher);
        fs::read(path)?.hash(hasher);
        return Ok(());
    }
    let mut entries: Vec<_> = fs::read_dir(path)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    entries.iter().try_for_each(|entry| hash(&entry.path(), hasher))
}
