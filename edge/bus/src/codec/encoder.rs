//! A client's operations into bytes. Everything is checked before anything is written: what would
//! end a line early is an error, never a second operation.

use conclave_edge_core::wire::Message;
use conclave_protocol::encoding::base64url;

/// Why an operation cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A subject holds a blank, a control or a non-ASCII character, or a wildcard where none may be.
    #[error("not a subject")]
    Subject,
    /// A header's name or value would end the line.
    #[error("not a header")]
    Header,
    /// The message is larger than the server takes.
    #[error("too large")]
    TooLarge,
    /// The JWT holds what no JWT does.
    #[error("not a JWT")]
    Credential,
}

/// Writes `CONNECT` with a user's JWT and the signature over the nonce of the server's `INFO`.
///
/// Without `verbose` the server confirms nothing; with `no_responders` it says when nobody serves a
/// subject. `tls_required` would only repeat what the transport has settled.
///
/// # Errors
/// [`EncodeError::Credential`].
pub fn connect(out: &mut Vec<u8>, jwt: &str, signature: &[u8; 64]) -> Result<(), EncodeError> {
    // These characters need no escape in JSON.
    let is_jwt = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if jwt.is_empty() || !jwt.bytes().all(is_jwt) {
        return Err(EncodeError::Credential);
    }
    out.extend_from_slice(
        concat!(
            r#"CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"protocol":1,"#,
            r#""headers":true,"no_responders":true,"echo":false,"lang":"rust","version":""#,
            env!("CARGO_PKG_VERSION"),
            r#"","name":"edge","jwt":""#
        )
        .as_bytes(),
    );
    out.extend_from_slice(jwt.as_bytes());
    out.extend_from_slice(br#"","sig":""#);
    out.extend_from_slice(base64url(signature).as_bytes());
    out.extend_from_slice(b"\"}\r\n");
    Ok(())
}

/// Writes `SUB`; the subject may have wildcards. `sid` numbers the subscription.
///
/// # Errors
/// [`EncodeError::Subject`].
pub fn subscribe(out: &mut Vec<u8>, subject: &str, sid: u64) -> Result<(), EncodeError> {
    check(subject, |_| true)?;
    line(out, &["SUB", subject, &sid.to_string()]);
    Ok(())
}

/// Writes `PUB`, or `HPUB` where the message has headers. `max` is how many bytes of headers and
/// payload the server takes.
///
/// # Errors
/// [`EncodeError::Subject`], [`EncodeError::Header`], [`EncodeError::TooLarge`]. Nothing was written
/// then.
pub fn publish(
    out: &mut Vec<u8>,
    message: &Message,
    reply: &str,
    max: usize,
) -> Result<(), EncodeError> {
    let literal = |token: &str| !matches!(token, "*" | ">");
    check(&message.subject, literal)?;
    check(reply, literal)?;
    let section = section(&message.headers)?;
    let total = section.len() + message.payload.len();
    if total > max {
        return Err(EncodeError::TooLarge);
    }
    let (length, total) = (section.len().to_string(), total.to_string());
    if section.is_empty() {
        line(out, &["PUB", &message.subject, reply, &total]);
    } else {
        line(out, &["HPUB", &message.subject, reply, &length, &total]);
    }
    out.extend_from_slice(section.as_bytes());
    out.extend_from_slice(&message.payload);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Writes `PONG`.
pub fn pong(out: &mut Vec<u8>) {
    line(out, &["PONG"]);
}

fn line(out: &mut Vec<u8>, words: &[&str]) {
    out.extend_from_slice(words.join(" ").as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// Tokens between dots, none of them empty. Quotes and backslashes, which NATS would take, are
/// refused because servers escape them where they say what is not permitted.
fn check(subject: &str, token_may_be: fn(&str) -> bool) -> Result<(), EncodeError> {
    let is_token = |token: &str| {
        !token.is_empty()
            && token.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\'))
            && token_may_be(token)
    };
    if subject.split('.').all(is_token) { Ok(()) } else { Err(EncodeError::Subject) }
}

/// Nothing where there are no headers.
fn section(headers: &[(&str, String)]) -> Result<String, EncodeError> {
    if headers.is_empty() {
        return Ok(String::new());
    }
    let mut section = String::from("NATS/1.0\r\n");
    for (name, value) in headers {
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        if !is_name || value.chars().any(char::is_control) {
            return Err(EncodeError::Header);
        }
        for part in [name, ": ", value, "\r\n"] {
            section.push_str(part);
        }
    }
    section.push_str("\r\n");
    Ok(section)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(subject: &str, headers: &[(&'static str, &str)], payload: &str) -> Message {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        Message { subject: subject.into(), headers: headers.collect(), payload: payload.into() }
    }

    fn published(message: &Message, reply: &str) -> Result<String, EncodeError> {
        let mut out = Vec::new();
        let written = publish(&mut out, message, reply, 25);
        assert!(written.is_ok() || out.is_empty(), "half of an operation");
        written.map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn operations_are_written_as_the_protocol_says() {
        assert_eq!(
            published(&message("a.b", &[], "hi"), "r.1").unwrap(),
            "PUB a.b r.1 2\r\nhi\r\n"
        );
        assert_eq!(
            published(&message("a", &[("A", "b"), ("C", "")], "hi"), "r").unwrap(),
            "HPUB a r 23 25\r\nNATS/1.0\r\nA: b\r\nC: \r\n\r\nhi\r\n"
        );
        let mut out = Vec::new();
        subscribe(&mut out, "r.*", 1).unwrap();
        pong(&mut out);
        assert_eq!(out, b"SUB r.* 1\r\nPONG\r\n");
        connect(&mut out, "a.b.c", &[0xff; 64]).unwrap();
        let text = String::from_utf8(out).unwrap();
        let json = text.split_once("CONNECT ").unwrap().1.strip_suffix("\r\n").unwrap();
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(json["jwt"], "a.b.c");
        assert_eq!(json["sig"].as_str().unwrap().len(), 86, "64 bytes without padding");
        assert_eq!((&json["headers"], &json["echo"]), (&true.into(), &false.into()));
    }

    #[test]
    fn sizes_are_bounded_headers_included() {
        assert!(published(&message("a", &[], &"x".repeat(25)), "r").is_ok());
        let large = message("a", &[], &"x".repeat(26));
        assert_eq!(published(&large, "r"), Err(EncodeError::TooLarge));
        let large = message("a", &[("A", "b"), ("C", "")], "123");
        assert_eq!(published(&large, "r"), Err(EncodeError::TooLarge));
    }

    #[test]
    fn nothing_can_be_injected() {
        for bad in [
            "",
            "a b",
            "a\r\nPUB b",
            "a\tb",
            "a..b",
            ".a",
            "a.",
            "a.*",
            ">",
            "ä",
            "a\0",
            "a\"b",
            "a\\",
        ] {
            assert_eq!(
                published(&message(bad, &[], ""), "r"),
                Err(EncodeError::Subject),
                "{bad:?}"
            );
            assert_eq!(
                published(&message("a", &[], ""), bad),
                Err(EncodeError::Subject),
                "{bad:?}"
            );
        }
        assert_eq!(subscribe(&mut Vec::new(), "a\r\nb", 1), Err(EncodeError::Subject));
        for (name, value) in
            [("", "v"), ("a b", "v"), ("a:", "v"), ("a\n", "v"), ("a", "v\r\nb: c"), ("a", "\0")]
        {
            let written = published(&message("a", &[(name, value)], ""), "r");
            assert_eq!(written, Err(EncodeError::Header), "{name:?} {value:?}");
        }
        for bad in ["", "a\"b", "a b", "a\r\nb"] {
            let written = connect(&mut Vec::new(), bad, &[0; 64]);
            assert_eq!(written, Err(EncodeError::Credential));
        }
    }
}
