//! What a courier is configured with.

use conclave_protocol::service::BusUser;
use data_encoding::BASE64;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The courier's configuration file (JSON).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Bus, account CTRL, role courier.
    pub nats: BusUser,
    /// Where webhooks go.
    pub target: Target,
    /// What signs them.
    pub secret: Secret,
}

/// An address that may carry secrets in its path: `Debug` hides it. `https`, or `http` on this
/// machine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Target(Url);

impl Target {
    pub(crate) fn url(&self) -> Url {
        self.0.clone()
    }
}

impl TryFrom<String> for Target {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let rule = "a webhook's address must be https://…, or http:// on this machine";
        let url = Url::parse(&text).map_err(|_| rule)?;
        let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() == "https" || (url.scheme() == "http" && here) {
            Ok(Self(url))
        } else {
            Err(rule)
        }
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.0.into()
    }
}

/// The key that signs webhooks, written `whsec_<base64>` as Standard Webhooks has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The raw key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes a raw key.
    #[must_use]
    pub fn from_random(key: [u8; 32]) -> Self {
        Self(key.to_vec())
    }
}

impl TryFrom<String> for Secret {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.strip_prefix("whsec_")
            .and_then(|text| BASE64.decode(text.as_bytes()).ok())
            .filter(|key| (24..=64).contains(&key.len()))
            .map(Self)
            .ok_or("a webhook's secret must be whsec_ and 24 to 64 bytes in base64")
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        format!("whsec_{}", BASE64.encode(&secret.0))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Target(…)")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_go_nowhere_in_the_clear() {
        let target = |text: &str| Target::try_from(text.to_owned());
        assert!(target("https://example.org/hook").is_ok());
        assert!(target("http://127.0.0.1:9/hook").is_ok());
        for bad in
            ["http://example.org/", "ftp://example.org/", "hook", "http://127.0.0.1.example.org/"]
        {
            assert!(target(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn secrets_return_and_do_not_print() {
        let secret = Secret::from_random([7; 32]);
        let text = String::from(secret.clone());
        assert_eq!(Secret::try_from(text.clone()).unwrap(), secret);
        assert!(!format!("{secret:?}").contains(&text[6..]));
        assert!(Secret::try_from("whsec_AAAA".to_owned()).is_err(), "too short");
    }
}
