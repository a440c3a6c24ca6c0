//! What is asked of a server.

use crate::{Roots, TlsError, provider};
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use std::sync::Arc;
use std::time::Duration;

/// TLS 1.3, with this crate's own provider: what the process has as a default does not matter.
pub fn new(roots: &Roots, now: u64) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(provider::new());
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(Now(now)))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(Arc::clone(&roots.0))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Time stands still: certificates are looked at but once.
#[derive(Debug)]
struct Now(u64);

impl TimeProvider for Now {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0)))
    }
}
