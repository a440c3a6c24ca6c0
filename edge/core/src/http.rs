//! HTTP as the handlers see it: a request that has been read, an answer to be written.

use crate::errors::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// The request headers that handlers read; an adapter passes these and no others.
pub const HEADERS: [&str; 7] = [
    "api-key",
    "hash-signature",
    conclave_protocol::proof::HEADER,
    "origin",
    "host",
    "x-forwarded-host",
    "sec-fetch-site",
];

/// A request. `Debug` shows method and path only.
#[derive(Clone)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Names in lower case, from [`HEADERS`]. HTTP/2's `:authority` counts as `host`.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of that (lower-case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Reads the body: an object. (A list of its fields' values would be taken for one.)
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if self.body.trim_ascii_start().first() != Some(&b'{') {
            return Err(Problem::Malformed);
        }
        serde_json::from_slice(&self.body).map_err(|error| explain(&error.to_string()))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method, self.path)
    }
}

/// Tells what is wrong as far as that can be said without repeating what was sent: names of
/// fields and rules of identifiers are ours.
fn explain(error: &str) -> Problem {
    let ours = error.split(" at line ").next().unwrap_or_default();
    if ours.starts_with("missing field `") {
        return Problem::Missing(ours.to_owned());
    }
    let is_rule = ["RoomId", "UserId", "DisplayName"]
        .iter()
        .any(|name| ours.strip_prefix(name).is_some_and(|rest| rest.starts_with(" must be ")));
    if is_rule { Problem::Invalid(ours.to_owned()) } else { Problem::Malformed }
}

/// An answer. `Debug` shows the status only.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer in JSON, never stored by anybody on the way.
    #[must_use]
    pub fn json<T: Serialize>(status: u16, body: &T) -> Self {
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ];
        match serde_json::to_vec(body) {
            Ok(body) => Self { status, headers, body },
            Err(_) => Self { status: 500, headers, body: Vec::new() },
        }
    }

    /// A success.
    pub(crate) fn ok<T: Serialize>(body: &T) -> Self {
        Self::json(200, body)
    }

    pub(crate) fn header(&mut self, name: &'static str, value: &str) {
        self.headers.push((name, value.to_owned()));
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({})", self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explanations_repeat_nothing_that_was_sent() {
        assert_eq!(
            explain("missing field `room_id` at line 1 column 2"),
            Problem::Missing("missing field `room_id`".into())
        );
        assert_eq!(
            explain("RoomId must be short at line 1 column 2"),
            Problem::Invalid("RoomId must be short".into())
        );
        assert_eq!(explain("invalid type: string \"secret\", expected u32"), Problem::Malformed);
    }
}
