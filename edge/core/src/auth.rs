//! Who sends a request: an application that signs with its API secret, a browser that proves its
//! device key, and in either case no page of another site.

use crate::errors::Problem;
use crate::http::Request;
use crate::platform::Platform;
use conclave_protocol::encoding::{from_hex, verify_body_signature};
use conclave_protocol::proof::{self, HEADER, Proof};

/// Verifies an application's signature and returns its API key. Unknown keys take the same steps
/// and get the same answer as wrong signatures.
pub(crate) fn application<'a, P: Platform>(
    platform: &P,
    request: &'a Request,
) -> Result<&'a str, Problem> {
    let key = request.header("api-key").unwrap_or_default();
    let known = platform.keys().api_keys.get(key);
    let secret = known.map_or("no such key", String::as_str);
    let signature = request.header("hash-signature").and_then(from_hex).unwrap_or_default();
    let genuine = verify_body_signature(secret.as_bytes(), &request.body, &signature);
    if genuine && known.is_some() { Ok(key) } else { Err(Problem::Signature) }
}

/// Verifies a browser's proof of its device key over this request.
pub(crate) fn device<P: Platform>(platform: &P, request: &Request) -> Result<Proof, Problem> {
    let value = request.header(HEADER);
    let now = platform.now();
    Ok(proof::verify(value, &request.method, &request.path, &request.body, now)?)
}

/// False where a browser says that a page of another site sends this. What browsers call the
/// site comes first, since it survives proxies that rewrite `Host`; else the host of `Origin` is
/// compared with the host asked for. Programs send neither header.
pub(crate) fn same_site(request: &Request) -> bool {
    if let Some(site) = request.header("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = request.header("origin") else { return true };
    let Some(origin) = origin.split_once("://").map(|(_, rest)| host(rest)) else { return false };
    // Another site cannot set the forwarded name: a header of its own needs our leave (CORS).
    ["host", "x-forwarded-host"]
        .iter()
        .filter_map(|name| request.header(name))
        .any(|value| host(value).eq_ignore_ascii_case(origin))
}

/// A host without its port; an IPv6 literal keeps its brackets.
fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(headers: &[(&str, &str)]) -> bool {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let request =
            Request { method: "POST".into(), path: "/v1/join".into(), headers, body: Vec::new() };
        same_site(&request)
    }

    #[test]
    fn pages_of_other_sites_are_told_apart() {
        assert!(asks(&[("host", "meet.example:8080")]));
        assert!(asks(&[("host", "meet.example:8080"), ("origin", "http://meet.example:8080")]));
        assert!(asks(&[("host", "Meet.example"), ("origin", "https://meet.example:8443")]));
        assert!(asks(&[("host", "[::1]:8080"), ("origin", "http://[::1]:8080")]));
        assert!(asks(&[
            ("host", "edge.internal"),
            ("x-forwarded-host", "meet.example"),
            ("origin", "https://meet.example")
        ]));
        assert!(asks(&[
            ("host", "edge.internal"),
            ("origin", "https://meet.example"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(!asks(&[("host", "meet.example"), ("origin", "https://evil.example")]));
        assert!(!asks(&[("host", "meet.example"), ("origin", "null")]));
        assert!(!asks(&[("origin", "https://meet.example")]));
        assert!(!asks(&[("host", "meet.example"), ("sec-fetch-site", "cross-site")]));
        assert!(!asks(&[("host", "a.meet.example"), ("sec-fetch-site", "same-site")]));
    }
}
