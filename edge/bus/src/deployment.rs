//! What an edge is told by its platform's variables and secrets: the same names on every platform.

use crate::session::Credential;
use conclave_edge_core::keys::{Keys, SettingsError};
use conclave_edge_core::settings::Settings;
use conclave_protocol::service::BusUser;
use std::fmt;

/// JSON of [`Settings`]; a secret.
pub const SETTINGS: &str = "conclave_settings";
/// Host and port of NATS's listener for edges.
pub const ADDRESS: &str = "nats_addr";
/// How to get there: `tls`, which is what is meant where nothing is said, or `wss`; without
/// encryption `plain` and `ws`, for one machine or a private network.
pub const TRANSPORT: &str = "nats_transport";
/// The name that the listener's certificate is for, where it is not the address's host.
pub const TLS_NAME: &str = "nats_tls_name";
/// The certificate authority of the listener in PEM, where it is not a public one. Platforms that do
/// TLS themselves have their own way to say this.
pub const TLS_CA: &str = "nats_tls_ca";
/// The edge's user JWT; a secret.
pub const JWT: &str = "nats_jwt";
/// The seed of the user's nkey; a secret.
pub const SEED: &str = "nats_seed";
/// All of them.
pub const NAMES: [&str; 7] = [SETTINGS, ADDRESS, TRANSPORT, TLS_NAME, TLS_CA, JWT, SEED];

/// Everything that an edge is told. `Debug` shows nothing of it.
pub struct Deployment {
    /// The settings, parsed.
    pub keys: Keys,
    /// Where NATS is.
    pub address: Address,
    /// As whom to go there.
    pub credential: Credential,
}

/// A variable that is missing or cannot be used; never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeploymentError {
    /// It is not there, or empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// It is not what it should be.
    #[error("{0} must be {1}")]
    Invalid(&'static str, &'static str),
    /// One of the settings.
    #[error("in conclave_settings: {0}")]
    Settings(#[from] SettingsError),
}

/// What carries NATS's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A connection of its own.
    Tcp,
    /// A WebSocket.
    WebSocket,
}

/// Where NATS is, and how to get there. `Debug` shows the way only.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    way: Way,
    tls_name: Option<String>,
    tls_ca: Option<String>,
}

impl Deployment {
    /// Reads all variables by `get`, which is asked by the lower-case names above. An empty one
    /// counts as missing: some platforms have no other way to leave one out.
    ///
    /// # Errors
    /// [`DeploymentError`], the first that is found.
    pub fn read(get: impl Fn(&'static str) -> Option<String>) -> Result<Self, DeploymentError> {
        let get = |name| get(name).filter(|value| !value.trim().is_empty());
        let need = |name| get(name).ok_or(DeploymentError::Missing(name));
        let settings: Settings = serde_json::from_str(&need(SETTINGS)?)
            .map_err(|_| DeploymentError::Invalid(SETTINGS, "the JSON of an edge's settings"))?;
        let keys = Keys::parse(&settings)?;
        let address =
            Address::parse(need(ADDRESS)?.trim(), get(TRANSPORT), get(TLS_NAME), get(TLS_CA))?;
        let text = |name| need(name).map(|value| value.trim().to_owned());
        let user = BusUser { url: String::new(), jwt: text(JWT)?, seed: text(SEED)? };
        let credential = Credential::of(&user)
            .ok_or(DeploymentError::Invalid(SEED, "the seed of a user nkey (SU…)"))?;
        Ok(Self { keys, address, credential })
    }
}

impl fmt::Debug for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deployment(…)")
    }
}

impl Address {
    fn parse(
        text: &str,
        transport: Option<String>,
        tls_name: Option<String>,
        tls_ca: Option<String>,
    ) -> Result<Self, DeploymentError> {
        let no = DeploymentError::Invalid(ADDRESS, "host:port, an IPv6 host in brackets");
        let (host, port) = text.rsplit_once(':').ok_or(no.clone())?;
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(no.clone())?;
        let inside = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let is_host = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        let usable = match inside {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(is_host),
        };
        if !usable {
            return Err(no);
        }
        let host = inside.unwrap_or(host).to_owned();
        let transport = transport.unwrap_or_else(|| "tls".into());
        let (way, encrypted) = match transport.trim() {
            "tls" => (Way::Tcp, true),
            "wss" => (Way::WebSocket, true),
            "plain" => (Way::Tcp, false),
            "ws" => (Way::WebSocket, false),
            _ => return Err(DeploymentError::Invalid(TRANSPORT, "tls, wss, plain or ws")),
        };
        let name = tls_name.map_or_else(|| host.clone(), |name| name.trim().to_owned());
        Ok(Self { host, port, way, tls_name: encrypted.then_some(name), tls_ca })
    }

    /// Name or IP address, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What carries NATS's bytes.
    #[must_use]
    pub fn way(&self) -> Way {
        self.way
    }

    /// The name that the certificate must be for; `None` without encryption.
    #[must_use]
    pub fn tls_name(&self) -> Option<&str> {
        self.tls_name.as_deref()
    }

    /// The listener's own certificate authority in PEM.
    #[must_use]
    pub fn tls_ca(&self) -> Option<&str> {
        self.tls_ca.as_deref()
    }

    /// Host and port, as addresses write them.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({:?})", self.way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, transport: &str, name: Option<&str>) -> Result<Address, DeploymentError> {
        Address::parse(text, Some(transport.into()), name.map(str::to_owned), None)
    }

    #[test]
    fn encryption_is_what_is_meant_where_nothing_is_said() {
        let address = Address::parse("nats.example:4223", None, None, None).unwrap();
        assert_eq!(address.tls_name(), Some("nats.example"));
        assert_eq!((address.host(), address.port()), ("nats.example", 4223));
        assert_eq!(parse("h:1", "plain", None).unwrap().tls_name(), None);
    }

    #[test]
    fn address_and_name_of_the_certificate_are_two_things() {
        let address = parse("10.0.0.1:4223", "tls", Some("edges.example")).unwrap();
        assert_eq!(address.tls_name(), Some("edges.example"));
        assert_eq!(address.to_text(), "10.0.0.1:4223");
    }

    #[test]
    fn addresses_return_as_they_came() {
        for text in ["[2001:db8::1]:4223", "127.0.0.1:1", "a-b.c_d:65535"] {
            assert_eq!(parse(text, "wss", None).unwrap().to_text(), text);
        }
        let bad = ["", "h", "h:", "h:0", "h:65536", "::1:4", "[x]:4", "a b:1", "a/b:1", "u@h:1"];
        for text in bad {
            assert!(parse(text, "tls", None).is_err(), "{text}");
        }
        assert!(parse("h:1", "tcp", None).is_err());
    }
}
