//! What browsers are told to forbid: the headers of every answer, the same on every runtime.

use std::fmt;

/// What an answer is, for its content security policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file of the web application.
    Page,
    /// JSON.
    Api,
}

/// The policy of a deployment, made once from its settings.
#[derive(Clone)]
pub struct Policy {
    page: String,
}

/// An address at which no browser can reach the bus, or which could say more than that in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAnOrigin;

impl Policy {
    /// A page may connect to its own edge and to the bus at `sockets`, nowhere else.
    pub(crate) fn new(sockets: &[String]) -> Result<Self, NotAnOrigin> {
        let mut connect = String::from("'self'");
        for url in sockets {
            connect.push(' ');
            connect.push_str(origin(url).ok_or(NotAnOrigin)?);
        }
        // The encryption worker is WebAssembly, and a worker's address is a script's: the page's one policy
        // of trusted types lets its own through.
        let page = format!(
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src {connect}; \
             img-src 'self' blob: data:; media-src 'self' blob:; worker-src 'self'; \
             object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; \
             require-trusted-types-for 'script'; trusted-types default"
        );
        Ok(Self { page })
    }

    /// The headers to set on an answer, names in lower case.
    pub fn headers(&self, kind: Kind) -> impl Iterator<Item = (&'static str, &str)> {
        let policy = match kind {
            Kind::Page => self.page.as_str(),
            Kind::Api => "default-src 'none'; frame-ancestors 'none'",
        };
        std::iter::once(("content-security-policy", policy)).chain(ALWAYS)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Policy(…)")
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

    #[test]
    fn an_answer_of_the_api_may_load_nothing() {
        let policy = Policy::new(&["wss://bus.example".into()]).unwrap();
        let of = |kind| policy.headers(kind).next().unwrap().1.to_owned();
        assert!(of(Kind::Page).contains("connect-src 'self' wss://bus.example;"));
        assert_eq!(of(Kind::Api), "default-src 'none'; frame-ancestors 'none'");
        assert_eq!(policy.headers(Kind::Api).count(), 7);
    }
}
