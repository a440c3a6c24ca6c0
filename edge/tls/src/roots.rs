//! Whom to believe who a server is.

use crate::RootsError;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fmt;
use std::sync::Arc;

/// The authorities whose certificates are trusted.
#[derive(Clone)]
pub struct Roots(pub(crate) Arc<RootCertStore>);

impl Roots {
    /// The public authorities that Mozilla trusts, as of this crate's release: they are data of the
    /// program, so a new one comes with a new release only.
    #[must_use]
    pub fn public() -> Self {
        Self(Arc::new(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()))
    }

    /// An operator's own authorities: the certificates in a PEM text. What else it holds is skipped.
    pub fn from_pem(pem: &str) -> Result<Self, RootsError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|_| RootsError::Malformed)?;
            roots.add(certificate).map_err(|_| RootsError::Malformed)?;
        }
        if roots.is_empty() { Err(RootsError::Empty) } else { Ok(Self(Arc::new(roots))) }
    }
}

impl fmt::Debug for Roots {
    /// Not whom: an operator's own authority may carry a name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.0.len())
    }
}
