//! The libraries beneath, against what the RFCs publish.
#![allow(clippy::unwrap_used)]

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use data_encoding::HEXLOWER;
use hkdf::Hkdf;
use sha2::Sha256;

#[test]
fn argon2id_is_that_of_rfc_9106() {
    // Section 5.3.
    let mut params = ParamsBuilder::new();
    params.m_cost(32).t_cost(3).p_cost(4).data(AssociatedData::new(&[4; 12]).unwrap());
    let argon2 = Argon2::new_with_secret(
        &[3; 8],
        Algorithm::Argon2id,
        Version::V0x13,
        params.build().unwrap(),
    );
    let mut tag = [0; 32];
    argon2.unwrap().hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
    assert_eq!(
        HEXLOWER.encode(&tag),
        "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    );
}

#[test]
fn hkdf_is_that_of_rfc_5869() {
    // Appendix A.1.
    let salt = HEXLOWER.decode(b"000102030405060708090a0b0c").unwrap();
    let info = HEXLOWER.decode(b"f0f1f2f3f4f5f6f7f8f9").unwrap();
    let (prk, hkdf) = Hkdf::<Sha256>::extract(Some(&salt), &[0x0b; 22]);
    assert_eq!(
        HEXLOWER.encode(&prk),
        "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
    );
    let mut okm = [0; 42];
    hkdf.expand(&info, &mut okm).unwrap();
    assert_eq!(
        HEXLOWER.encode(&okm),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    );
}
