//! A message's header section (ADR-4): `NATS/1.0`, perhaps a status and a description, then one
//! header a line.

/// Longest section that is read, in bytes. JetStream's own are below 400; the bound keeps millions
/// of empty headers, each of which costs more in memory than on the wire, from being made.
pub const MAX_HEADERS: usize = 16 << 10;

const VERSION: &str = "NATS/1.0";

/// Status and headers.
pub(super) type Headers = (Option<u16>, Vec<(String, String)>);

/// Reads a section; `None` where it is none. Lines are not folded: ADR-4 has no such thing.
pub(super) fn read(section: &[u8]) -> Option<Headers> {
    if section.len() > MAX_HEADERS {
        return None;
    }
    let mut lines = std::str::from_utf8(section).ok()?.split("\r\n");
    let status = status(lines.next()?.strip_prefix(VERSION)?)?;
    let lines = lines.filter(|line| !line.is_empty());
    let headers = lines.map(header).collect::<Option<_>>()?;
    Some((status, headers))
}

/// What follows the version: nothing, or a status of three digits and perhaps a description.
fn status(text: &str) -> Option<Option<u16>> {
    let Some(word) = text.split_ascii_whitespace().next() else {
        return Some(None);
    };
    let is_status = word.len() == 3
        && word.bytes().all(|byte| byte.is_ascii_digit())
        && text.starts_with([' ', '\t']);
    if is_status { word.parse().ok().map(Some) } else { None }
}

fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_name || value.contains(['\r', '\n']) {
        return None;
    }
    Some((name.to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_headers_are_read() {
        assert_eq!(read(b"NATS/1.0\r\n\r\n"), Some((None, Vec::new())));
        assert_eq!(read(b"NATS/1.0 503\r\n\r\n"), Some((Some(503), Vec::new())));
        let (status, headers) =
            read(b"NATS/1.0 404 Message Not Found\r\nA: b:c \r\na:\r\nA: d\r\n\r\n").unwrap();
        assert_eq!(status, Some(404));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(headers, [pair("A", "b:c"), pair("a", ""), pair("A", "d")]);
    }

    #[test]
    fn what_is_no_section_is_not_read() {
        for bad in [
            "",
            "NATS/2.0\r\n\r\n",
            "NATS/1.0503\r\n\r\n",
            "NATS/1.0 20\r\n\r\n",
            "NATS/1.0 +20\r\n\r\n",
            "NATS/1.0 2000\r\n\r\n",
            "NATS/1.0\r\nno colon\r\n\r\n",
            "NATS/1.0\r\n: no name\r\n\r\n",
            "NATS/1.0\r\nA: b\r\n folded: c\r\n\r\n",
            "NATS/1.0\r\nA: b\nC: d\r\n\r\n",
        ] {
            assert_eq!(read(bad.as_bytes()), None, "{bad:?}");
        }
        assert_eq!(read(b"NATS/1.0\r\nA: \xff\r\n\r\n"), None);
        let long = format!("NATS/1.0\r\n{}\r\n", "a:\r\n".repeat(MAX_HEADERS / 4));
        assert_eq!(read(long.as_bytes()), None);
    }
}
