//! What browsers are told to forbid.

use crate::EdgeError;
use axum::http::{HeaderMap, HeaderValue, header};

/// Headers of every answer, fixed when the edge starts.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    page: HeaderValue,
}

/// What an answer is, for its content security policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file of the web application.
    Page,
    /// JSON.
    Api,
}

impl Policy {
    /// A page may connect to its own edge and to the bus at `sockets`, nowhere else.
    pub(crate) fn new(sockets: &[String]) -> Result<Self, EdgeError> {
        let unusable =
            || EdgeError::Settings("nats_ws_urls must be ws:// or wss:// and host:port".into());
        let mut connect = String::from("'self'");
        for url in sockets {
            connect.push(' ');
            connect.push_str(origin(url).ok_or_else(unusable)?);
        }
        let policy = format!(
            "default-src 'self'; script-src 'self'; style-src 'self'; connect-src {connect}; \
             img-src 'self' blob: data:; media-src 'self' blob:; worker-src 'self'; \
             object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; \
             require-trusted-types-for 'script'"
        );
        let page = HeaderValue::from_str(&policy).map_err(|_| unusable())?;
        Ok(Self { page })
    }

    /// Adds the headers to an answer.
    pub(crate) fn apply(&self, headers: &mut HeaderMap, kind: Kind) {
        let policy = match kind {
            Kind::Page => self.page.clone(),
            Kind::Api => HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        };
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        for (name, value) in ALWAYS {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

const ALWAYS: [(&str, &str); 6] = [
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(self), microphone=(self), display-capture=(self)"),
];

/// Scheme, host and port of a WebSocket address; `None` for what could say more than that in a
/// policy.
fn origin(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    let usable = matches!(scheme, "ws" | "wss") && !host.is_empty() && host.bytes().all(plain);
    usable.then(|| &url[..scheme.len() + 3 + host.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_get_into_the_policy() {
        assert_eq!(origin("ws://127.0.0.1:8081"), Some("ws://127.0.0.1:8081"));
        assert_eq!(origin("wss://bus.example/nats?x"), Some("wss://bus.example"));
        for bad in ["http://a", "ws://", "ws://a; script-src *", "ws://*", "ws://a b", "ws://a,b"] {
            assert_eq!(origin(bad), None, "{bad}");
        }
        assert!(Policy::new(&["ws://a\n".into()]).is_err());
    }
}
