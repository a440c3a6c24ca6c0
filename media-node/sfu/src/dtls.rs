//! DTLS with a configuration that is made once. The stack's own provider makes one for each peer, upon
//! which every primitive is tried out anew: more than a millisecond of each join.

use crate::streams;
use dimpl::{Config, Dtls};
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use str0m::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, ProtocolVersion,
};
use str0m::crypto::{CryptoError, CryptoProvider, from_feature_flags};

/// The stack's cryptography with this DTLS.
pub(crate) fn crypto() -> CryptoProvider {
    CryptoProvider { dtls_provider: &Shared, ..from_feature_flags() }
}

#[derive(Debug)]
struct Shared;

impl DtlsProvider for Shared {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        from_feature_flags().dtls_provider.generate_certificate()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let (config, certificate) = (config(mtu)?, certificate.clone());
        let dtls = match version {
            DtlsVersion::Dtls12 => Dtls::new_12(config, certificate, now),
            _ => return Err(CryptoError::Other("only DTLS 1.2 is offered".into())),
        };
        Ok(Box::new(Instance(dtls)))
    }
}

/// The configuration for an MTU, which is the same for all peers.
fn config(mtu: Option<usize>) -> Result<Arc<Config>, CryptoError> {
    static MADE: OnceLock<(Option<usize>, Arc<Config>)> = OnceLock::new();
    if let Some((of, config)) = MADE.get()
        && *of == mtu
    {
        return Ok(Arc::clone(config));
    }
    // ICE has shown that a peer is where it says, so that a cookie would only cost a round trip.
    let mut builder = Config::builder().use_server_cookie(false);
    if let Some(mtu) = mtu {
        builder = builder.mtu(mtu);
    }
    let config = builder.build().map_err(|error| CryptoError::Other(error.to_string()))?;
    let config = Arc::new(config);
    let _made_already = MADE.set((mtu, Arc::clone(&config)));
    Ok(config)
}

struct Instance(Dtls);

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Instance(…)")
    }
}

impl DtlsInstance for Instance {
    fn set_active(&mut self, active: bool) {
        self.0.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.0.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        match self.0.poll_output(buf) {
            // An empty packet is none.
            DtlsOutput::ApplicationData(data) if !streams::within_bounds(data) => {
                DtlsOutput::ApplicationData(&[])
            }
            other => other,
        }
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.0.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.0.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.0.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.0.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.0.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.0.close()
    }
}
