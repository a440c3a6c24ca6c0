//! Authorities, and the certificates that they give.

use conclave_edge_tls::Roots;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, RsaKeySize, SignatureAlgorithm, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

pub const NAME: &str = "bus.example.org";

/// In the middle of what certificates are valid for: 2026-07-01, of 2026.
pub const NOW: u64 = 1_782_864_000;
pub const DAY: u64 = 86_400;

/// Of a key, with the hash that it signs with.
#[derive(Clone, Copy)]
pub struct Kind(&'static SignatureAlgorithm, Option<RsaKeySize>);

pub const P256: Kind = Kind(&rcgen::PKCS_ECDSA_P256_SHA256, None);
pub const P384: Kind = Kind(&rcgen::PKCS_ECDSA_P384_SHA384, None);
pub const ED25519: Kind = Kind(&rcgen::PKCS_ED25519, None);
pub const RSA_2048: Kind = Kind(&rcgen::PKCS_RSA_SHA256, Some(RsaKeySize::_2048));
pub const RSA_3072: Kind = Kind(&rcgen::PKCS_RSA_SHA384, Some(RsaKeySize::_3072));
pub const RSA_4096: Kind = Kind(&rcgen::PKCS_RSA_SHA512, Some(RsaKeySize::_4096));

impl Kind {
    pub fn key(self) -> KeyPair {
        match self.1 {
            Some(size) => KeyPair::generate_rsa_for(self.0, size),
            None => KeyPair::generate_for(self.0),
        }
        .unwrap()
    }
}

pub type Issuer = CertifiedIssuer<'static, KeyPair>;

/// Parameters of an authority of that name.
pub fn authority(name: &str) -> CertificateParams {
    let mut params = dated(CertificateParams::default());
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// Parameters of a server of these names, DNS names or IP addresses.
pub fn server(names: &[&str]) -> CertificateParams {
    let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut params = dated(CertificateParams::new(names).unwrap());
    params.distinguished_name.push(DnType::CommonName, "a server");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn dated(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

pub fn root(kind: Kind) -> Issuer {
    Issuer::self_signed(authority("a root"), kind.key()).unwrap()
}

pub fn roots(of: &Issuer) -> Roots {
    Roots::from_pem(&of.pem()).unwrap()
}

/// What a server shows: its own certificate first.
pub struct Shown {
    pub chain: Vec<CertificateDer<'static>>,
    pub pem: String,
    pub key: KeyPair,
}

impl Shown {
    pub fn key_der(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }

    /// With an intermediate authority.
    pub fn by(root: &Issuer, between: Kind, own: Kind, params: &CertificateParams) -> Self {
        let between = Issuer::signed_by(authority("between"), between.key(), root).unwrap();
        let mut shown = Self::directly_by(&between, own, params);
        shown.chain.push(between.der().clone());
        shown.pem += &between.pem();
        shown
    }

    pub fn directly_by(issuer: &Issuer, own: Kind, params: &CertificateParams) -> Self {
        let key = own.key();
        let certificate = params.signed_by(&key, issuer).unwrap();
        Self { chain: vec![certificate.der().clone()], pem: certificate.pem(), key }
    }

    pub fn self_signed(own: Kind, params: &CertificateParams) -> Self {
        let key = own.key();
        let certificate = params.self_signed(&key).unwrap();
        Self { chain: vec![certificate.der().clone()], pem: certificate.pem(), key }
    }
}

/// A usual server and whom to trust.
pub fn usual() -> (Shown, Roots) {
    let root = root(P256);
    (Shown::by(&root, P256, P256, &server(&[NAME])), roots(&root))
}
