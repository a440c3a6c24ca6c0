//! X25519 (RFC 7748) as TLS 1.3 uses it.

use curve25519_dalek::MontgomeryPoint;
use curve25519_dalek::constants::X25519_BASEPOINT;
use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, PeerMisbehaved};
use zeroize::Zeroizing;

#[derive(Debug)]
pub struct X25519;

impl SupportedKxGroup for X25519 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(secret.as_mut()).map_err(|_| GetRandomFailed)?;
        Ok(Box::new(Exchange::new(secret)))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

struct Exchange {
    secret: Zeroizing<[u8; 32]>,
    public: MontgomeryPoint,
}

impl Exchange {
    fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        // The ladder for the base point too: it is there anyway, and needs no tables.
        let public = X25519_BASEPOINT.mul_clamped(*secret);
        Self { secret, public }
    }
}

impl ActiveKeyExchange for Exchange {
    fn complete(self: Box<Self>, theirs: &[u8]) -> Result<SharedSecret, Error> {
        let theirs = theirs.try_into().map_err(|_| PeerMisbehaved::InvalidKeyShare)?;
        let shared = Zeroizing::new(MontgomeryPoint(theirs).mul_clamped(*self.secret).0);
        // RFC 8446, section 7.4.2: a point of small order gives a secret that all know.
        if shared.iter().fold(0, |all, byte| all | byte) == 0 {
            return Err(PeerMisbehaved::InvalidKeyShare.into());
        }
        Ok(SharedSecret::from(shared.as_slice()))
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_bytes()
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::hex;

    fn exchange(secret: &str) -> Box<Exchange> {
        Box::new(Exchange::new(Zeroizing::new(hex(secret).try_into().unwrap())))
    }

    /// RFC 7748, section 6.1; RFC 8448, section 3.
    #[test]
    fn two_sides_share_what_the_rfcs_say() {
        let exchanges = [
            [
                "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
                "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
                "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
                "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
                "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
            ],
            [
                "49af42ba7f7994852d713ef2784bcbcaa7911de26adc5642cb634540e7ea5005",
                "99381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c",
                "b1580eeadf6dd589b8ef4f2d5652578cc810e9980191ec8d058308cea216a21e",
                "c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f",
                "8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d",
            ],
        ];
        for [ours, our_public, theirs, their_public, shared] in exchanges {
            for (secret, public, other) in
                [(ours, our_public, their_public), (theirs, their_public, our_public)]
            {
                let exchange = exchange(secret);
                assert_eq!(exchange.pub_key(), hex(public));
                assert_eq!(exchange.complete(&hex(other)).unwrap().secret_bytes(), hex(shared));
            }
        }
    }

    /// RFC 7748, section 5.2: the second point has its highest bit set, which is to be ignored.
    #[test]
    fn a_point_is_read_as_the_rfc_says() {
        let cases = [
            [
                "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
            ],
            [
                "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
            ],
        ];
        for [secret, point, shared] in cases {
            let result = exchange(secret).complete(&hex(point)).unwrap();
            assert_eq!(result.secret_bytes(), hex(shared));
        }
    }

    /// All points whose product with any scalar is known to all, each in all its encodings.
    #[test]
    fn points_of_small_order_are_refused() {
        let points = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ];
        for point in points {
            for highest in [0, 0x80] {
                let mut point = hex(point);
                point[31] |= highest;
                let result = exchange(&"42".repeat(32)).complete(&point);
                let expected = Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare);
                assert_eq!(result.err(), Some(expected));
            }
        }
    }

    #[test]
    fn a_share_of_another_length_is_refused() {
        for length in [0, 31, 33, 64] {
            assert!(exchange(&"42".repeat(32)).complete(&vec![9; length]).is_err());
        }
    }

    #[test]
    fn each_exchange_has_its_own_secret() {
        let (one, other) = (X25519.start().unwrap(), X25519.start().unwrap());
        assert_ne!(one.pub_key(), other.pub_key());
        let shared = other.pub_key().to_vec();
        let other = other.complete(one.pub_key()).unwrap();
        assert_eq!(one.complete(&shared).unwrap().secret_bytes(), other.secret_bytes());
    }
}
