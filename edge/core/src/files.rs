//! Which of the web application's files a path asks for. Every runtime has its own way to read
//! files; what may be asked for, and for how long it may be kept, is the same.

/// A file of the built web application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File<'a> {
    /// Its path below the application's folder, with a slash first.
    pub path: &'a str,
    /// `Cache-Control` of the answer.
    pub cache: &'static str,
}

/// The file that a request asks for, whether or not there is one; `None` where it can ask for none.
#[must_use]
pub fn asked<'a>(method: &str, path: &'a str) -> Option<File<'a>> {
    if !matches!(method, "GET" | "HEAD") || !path.starts_with('/') {
        return None;
    }
    // The application's own places are all one page. Hidden files are none of it, however they are
    // spelt: names that are built need no escapes.
    let path = match path {
        "/" | "/room" => "/index.html",
        path if path.contains("/.") || path.contains(['%', '\\', ':']) => return None,
        path => path,
    };
    // Every file has an end by which its type is known; what has none is a folder.
    media_type(path)?;
    // Names below /assets/ carry a hash of their content.
    let hashed = path.starts_with("/assets/");
    let cache = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    Some(File { path, cache })
}

/// The media type of a file that the web application may have, by its name's end; `None` for others.
#[must_use]
pub fn media_type(path: &str) -> Option<&'static str> {
    let (_, end) = path.rsplit_once('.')?;
    TYPES.iter().find(|(known, _)| *known == end).map(|(_, media_type)| *media_type)
}

const TYPES: [(&str, &str); 9] = [
    ("html", "text/html"),
    ("js", "text/javascript"),
    ("css", "text/css"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("woff2", "font/woff2"),
    ("wasm", "application/wasm"),
    ("json", "application/json"),
    ("txt", "text/plain"),
];

/// The codings in which a client takes a file that was compressed when it was built, the smallest
/// first: the coding's name (RFC 9110, section 8.4.1) and the end that its file's name has.
pub fn codings(accept: Option<&str>) -> impl Iterator<Item = (&'static str, &'static str)> {
    let accept = accept.unwrap_or_default().to_ascii_lowercase();
    let takes = move |coding: &str| {
        accept.split(',').any(|one| {
            let mut parts = one.split(';').map(str::trim);
            let refused = |q: &str| q.strip_prefix("q=").is_some_and(|q| q.starts_with('0'));
            parts.next() == Some(coding)
                && !parts.any(|q| {
                    refused(q) && !q.contains(['1', '2', '3', '4', '5', '6', '7', '8', '9'])
                })
        })
    };
    [("br", ".br"), ("gzip", ".gz")].into_iter().filter(move |(coding, _)| takes(coding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_the_application_are_its_page() {
        for place in ["/", "/room"] {
            assert_eq!(asked("GET", place), Some(File { path: "/index.html", cache: "no-cache" }));
        }
        assert!(asked("GET", "/assets/a-1.js").unwrap().cache.contains("immutable"));
        assert_eq!(asked("POST", "/"), None);
    }

    #[test]
    fn folders_and_hidden_files_are_none_of_it_however_they_are_spelt() {
        for path in [
            "/assets",
            "/assets/",
            "/.env",
            "/a/.git/config",
            "/../x",
            "/%2e%2e/x",
            "/a\\..\\x",
            "x",
            "",
        ] {
            assert_eq!(asked("GET", path), None, "{path}");
        }
    }

    #[test]
    fn files_are_compressed_for_who_takes_it() {
        let of = |accept| codings(accept).map(|(coding, _)| coding).collect::<Vec<_>>();
        assert_eq!(of(Some("gzip, deflate, br;q=0.9")), ["br", "gzip"]);
        assert_eq!(of(Some("GZIP")), ["gzip"]);
        assert_eq!(of(Some("br;q=0, gzip;q=0.5")), ["gzip"]);
        assert!(of(Some("identity")).is_empty() && of(None).is_empty());
    }

    #[test]
    fn types_go_by_the_names_end() {
        assert_eq!(media_type("/assets/index-abc.js"), Some("text/javascript"));
        assert_eq!(media_type("/assets/js"), None);
        assert_eq!(media_type("/a.exe"), None);
    }
}
