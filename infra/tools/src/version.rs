//! Version numbers as programs print them.

use std::fmt;

/// Major, minor and patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(
    /// Major.
    pub u32,
    /// Minor.
    pub u32,
    /// Patch.
    pub u32,
);

impl Version {
    /// The first `number.number.number` in a text; what follows it is not looked at.
    #[must_use]
    pub fn first_in(text: &str) -> Option<Self> {
        text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| {
            let mut parts = word.split('.').map(str::parse);
            match (parts.next(), parts.next(), parts.next()) {
                (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch))) => {
                    Some(Self(major, minor, patch))
                }
                _ => None,
            }
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_programs_print_them() {
        assert_eq!(Version::first_in("nats-server: v2.15.1"), Some(Version(2, 15, 1)));
        assert_eq!(Version::first_in("v20.20.2\n"), Some(Version(20, 20, 2)));
        assert_eq!(Version::first_in("v2.11.0-RC.1"), Some(Version(2, 11, 0)));
        assert_eq!(Version::first_in("Chromium 156.0.8078.73"), Some(Version(156, 0, 8078)));
        assert_eq!(Version::first_in("none 1.2"), None);
    }

    #[test]
    fn versions_are_ordered_by_number() {
        assert!(Version(2, 9, 10) < Version(2, 14, 3));
    }
}
