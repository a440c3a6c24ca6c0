//! Signatures as they are in the world.

use super::ALGORITHMS;

/// The content of the next element of DER, and what is after it.
fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (start, length) = match der[1] {
        short @ ..0x80 => (2, short.into()),
        long => {
            let start = 2 + usize::from(long & 0x7f);
            (start, der[2..start].iter().fold(0, |all, byte| all << 8 | usize::from(*byte)))
        }
    };
    der[start..].split_at(length)
}

/// Public authorities have signed their own certificates.
#[test]
fn signatures_of_the_public_authorities() {
    let (mut good, mut sha1, mut unknown) = (0, 0, 0);
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        let (certificate, _) = element(certificate);
        let (tbs, rest) = element(certificate);
        let message = &certificate[..certificate.len() - rest.len()];
        let (algorithm, rest) = element(rest);
        let (signature, _) = element(rest);
        // RFC 5280, section 4.1: version, serial number, signature, issuer, validity, subject.
        let (key, _) = element((0..6).fold(tbs, |rest, _| element(rest).1));
        let (key_algorithm, rest) = element(key);
        let (key, _) = element(rest);
        let mut fitting = ALGORITHMS
            .all
            .iter()
            .filter(|known| known.public_key_alg_id().as_ref() == key_algorithm);
        if fitting.clone().next().is_none() {
            unknown += 1;
        } else if let Some(known) =
            fitting.find(|known| known.signature_alg_id().as_ref() == algorithm)
        {
            known.verify_signature(&key[1..], message, &signature[1..]).unwrap();
            good += 1;
        } else {
            // Old roots' own signatures are with SHA-1; no one asks for them, but for their keys.
            sha1 += 1;
        }
    }
    // One authority has P-521.
    assert!(good > 100 && sha1 < 10 && unknown < 2, "{good} good, {sha1} old, {unknown} unknown");
}
