//! Who is believed to be the server, and who is not and why.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use conclave_edge_tls::{Roots, RootsError, Tls, TlsError};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose};
use support::memory::{Server, handshake};
use support::pki::*;

/// A handshake with a server that shows this.
fn try_with(shown: &Shown, name: &str, roots: &Roots, now: u64) -> Result<(), TlsError> {
    let mut tls = Tls::new(name, roots, now)?;
    let result = handshake(&mut tls, &mut Server::new(shown));
    assert_eq!(tls.is_ready(), result.is_ok());
    if let Err(error) = result {
        assert_eq!(tls.receive(b"more"), Err(error));
        assert_eq!(tls.send(b"more"), Err(error));
    }
    result
}

#[test]
fn all_kinds_of_keys_above_all_kinds() {
    let kinds = [P256, P384, ED25519, RSA_2048, RSA_3072, RSA_4096];
    for above in kinds {
        let root = root(above);
        for between in [P256, P384, RSA_2048] {
            for own in [P256, P384, ED25519, RSA_2048] {
                let shown = Shown::by(&root, between, own, &server(&[NAME]));
                assert_eq!(try_with(&shown, NAME, &roots(&root), NOW), Ok(()));
            }
        }
    }
}

#[test]
fn names() {
    let root = root(P256);
    let names = ["bus.example.org", "*.wild.example.org", "192.0.2.1", "2001:db8::1"];
    let shown = Shown::by(&root, P256, P256, &server(&names));
    let outcome = |name| try_with(&shown, name, &roots(&root), NOW);
    let good = ["bus.example.org", "BUS.example.org", "bus.example.org.", "a.wild.example.org"];
    for name in good.into_iter().chain(["192.0.2.1", "2001:db8::1", "2001:DB8:0::1"]) {
        assert_eq!(outcome(name), Ok(()), "{name}");
    }
    let wrong = ["example.org", "x.bus.example.org", "bus.example.com", "a.b.wild.example.org"];
    for name in wrong.into_iter().chain(["wild.example.org", "192.0.2.2", "2001:db8::2"]) {
        assert_eq!(outcome(name), Err(TlsError::WrongName), "{name}");
    }
    for name in ["", " ", "a b", "[2001:db8::1]", "192.0.2.1:4222", "tls://a", "a..b", "*.a"] {
        assert_eq!(outcome(name), Err(TlsError::BadName), "{name}");
    }
}

#[test]
fn a_name_of_the_subject_does_not_count() {
    let root = root(P256);
    let mut params = server(&[]);
    params.distinguished_name.push(rcgen::DnType::CommonName, NAME);
    let shown = Shown::by(&root, P256, P256, &params);
    assert_eq!(try_with(&shown, NAME, &roots(&root), NOW), Err(TlsError::WrongName));
}

#[test]
fn times() {
    let root = root(P256);
    // From 2026-01-01 on, until 2027-01-01.
    let shown = Shown::by(&root, P256, P256, &server(&[NAME]));
    let (from, until) = (1_767_225_600, 1_798_761_600);
    let outcome = |now| try_with(&shown, NAME, &roots(&root), now);
    for good in [from, NOW, until] {
        assert_eq!(outcome(good), Ok(()));
    }
    for early in [0, from - 1, from - DAY] {
        assert_eq!(outcome(early), Err(TlsError::NotYetValid));
    }
    for late in [until + 1, until + DAY, u64::MAX] {
        assert_eq!(outcome(late), Err(TlsError::Expired));
    }
}

#[test]
fn an_expired_authority_in_between() {
    let root = root(P256);
    let mut params = authority("between");
    params.not_after = rcgen::date_time_ymd(2026, 6, 1);
    let between = Issuer::signed_by(params, P256.key(), &root).unwrap();
    let mut shown = Shown::directly_by(&between, P256, &server(&[NAME]));
    shown.chain.push(between.der().clone());
    assert_eq!(try_with(&shown, NAME, &roots(&root), NOW), Err(TlsError::Expired));
    assert_eq!(try_with(&shown, NAME, &roots(&root), NOW - 90 * DAY), Ok(()));
}

#[test]
fn authorities_that_are_not_trusted() {
    let (trusted, namesake) = (root(P256), root(P256));
    let shown = Shown::by(&namesake, P256, P256, &server(&[NAME]));
    let outcome = |shown: &Shown, roots: &Roots| try_with(shown, NAME, roots, NOW);
    // One of the same name, whose signature does not fit then.
    assert_eq!(outcome(&shown, &roots(&trusted)), Err(TlsError::Untrusted));
    assert_eq!(outcome(&shown, &Roots::public()), Err(TlsError::Untrusted));
    let both = Roots::from_pem(&(trusted.pem() + &namesake.pem())).unwrap();
    assert_eq!(outcome(&shown, &both), Ok(()));

    let mut without = Shown::by(&trusted, P256, P256, &server(&[NAME]));
    assert_eq!(outcome(&without, &roots(&trusted)), Ok(()));
    without.chain.pop();
    assert_eq!(outcome(&without, &roots(&trusted)), Err(TlsError::Untrusted));
}

#[test]
fn a_certificate_of_its_own_making() {
    let shown = Shown::self_signed(P256, &server(&[NAME]));
    let other = roots(&root(P256));
    assert_eq!(try_with(&shown, NAME, &other, NOW), Err(TlsError::Untrusted));
    // But for who trusts just it.
    let itself = Roots::from_pem(&shown.pem).unwrap();
    assert_eq!(try_with(&shown, NAME, &itself, NOW), Ok(()));
}

#[test]
fn certificates_that_are_no_server_s() {
    let root = root(P256);
    let outcome = |params: &CertificateParams| {
        try_with(&Shown::by(&root, P256, P256, params), NAME, &roots(&root), NOW)
    };
    let mut client = server(&[NAME]);
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    assert_eq!(outcome(&client), Err(TlsError::Unacceptable));
    let mut authority = server(&[NAME]);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    assert_eq!(outcome(&authority), Err(TlsError::Unacceptable));
    assert_eq!(outcome(&server(&[NAME])), Ok(()));
}

#[test]
fn a_server_is_no_authority() {
    let root = root(P256);
    let between = Issuer::signed_by(server(&["other"]), P256.key(), &root).unwrap();
    let mut shown = Shown::directly_by(&between, P256, &server(&[NAME]));
    shown.chain.push(between.der().clone());
    let result = try_with(&shown, NAME, &roots(&root), NOW);
    assert!(matches!(result, Err(TlsError::Unacceptable | TlsError::Untrusted)), "{result:?}");
}

#[test]
fn authorities_are_read_from_pem() {
    let (pem, key) = (root(P256).pem(), P256.key().serialize_pem());
    assert_eq!(Roots::from_pem("").err(), Some(RootsError::Empty));
    assert_eq!(Roots::from_pem(&key).err(), Some(RootsError::Empty));
    assert_eq!(Roots::from_pem(&pem[..pem.len() / 2]).err(), Some(RootsError::Malformed));
    let garbage = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    assert_eq!(Roots::from_pem(garbage).err(), Some(RootsError::Malformed));
    assert_eq!(Roots::from_pem(&(pem.clone() + garbage)).err(), Some(RootsError::Malformed));
    let text = format!("a comment\r\n{key}{}\n{pem}", pem.replace('\n', "\r\n"));
    assert_eq!(format!("{:?}", Roots::from_pem(&text).unwrap()), "Roots(2)");
}
