//! SHA-256 and HMAC over it (RFC 2104), of which rustls makes the key schedule.

use hmac::{Hmac, KeyInit, Mac};
use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use rustls::crypto::hmac::{Key, Tag};
use sha2::Digest;
use zeroize::Zeroize;

/// Of a SHA-256 hash.
const LENGTH: usize = 32;

pub struct Sha256;

impl Hash for Sha256 {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Running(sha2::Sha256::new()))
    }

    fn hash(&self, data: &[u8]) -> Output {
        Output::new(&sha2::Sha256::digest(data))
    }

    fn output_len(&self) -> usize {
        LENGTH
    }

    fn algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }
}

struct Running(sha2::Sha256);

impl Context for Running {
    fn fork_finish(&self) -> Output {
        Output::new(&self.0.clone().finalize())
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(Self(self.0.clone()))
    }

    fn finish(self: Box<Self>) -> Output {
        Output::new(&self.0.finalize())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

pub struct HmacSha256;

impl rustls::crypto::hmac::Hmac for HmacSha256 {
    fn with_key(&self, key: &[u8]) -> Box<dyn Key> {
        // RFC 2104, section 2: a key is filled up with zeros to a block, a longer one hashed first.
        let mut block = hmac::digest::common::Key::<Hmac<sha2::Sha256>>::default();
        let hashed;
        let key = if key.len() > block.len() {
            hashed = sha2::Sha256::digest(key);
            hashed.as_slice()
        } else {
            key
        };
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        let keyed = Keyed(Hmac::new(&block));
        block.as_mut_slice().zeroize();
        Box::new(keyed)
    }

    fn hash_output_len(&self) -> usize {
        LENGTH
    }
}

struct Keyed(Hmac<sha2::Sha256>);

impl Key for Keyed {
    fn sign_concat(&self, first: &[u8], middle: &[&[u8]], last: &[u8]) -> Tag {
        let mut mac = self.0.clone();
        mac.update(first);
        middle.iter().for_each(|part| mac.update(part));
        mac.update(last);
        Tag::new(&mac.finalize().into_bytes())
    }

    fn tag_len(&self) -> usize {
        LENGTH
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::hex;
    use rustls::crypto::hmac::Hmac as _;
    use rustls::crypto::tls13::{Hkdf, HkdfExpander, HkdfUsingHmac};

    #[test]
    fn a_running_hash_is_the_hash_of_all() {
        let whole = Sha256.hash(b"abcdef");
        let mut context = Sha256.start();
        context.update(b"abc");
        let mut fork = context.fork();
        assert_eq!(context.fork_finish().as_ref(), Sha256.hash(b"abc").as_ref());
        fork.update(b"def");
        context.update(b"def");
        assert_eq!(fork.finish().as_ref(), whole.as_ref());
        assert_eq!(context.finish().as_ref(), whole.as_ref());
    }

    /// RFC 4231, sections 4.2 and 4.7: a key shorter and one longer than a block.
    #[test]
    fn hmac_is_as_the_rfc_says() {
        let short = HmacSha256.with_key(&[0x0b; 20]);
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(short.sign(&[b"Hi ", b"There"]).as_ref(), hex(expected));
        let long = HmacSha256.with_key(&[0xaa; 131]);
        let text: &[u8] = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let expected = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
        assert_eq!(
            long.sign_concat(b"Test", &[&text[4..9], &text[9..]], b"").as_ref(),
            hex(expected)
        );
    }

    /// RFC 8446, section 7.1.
    fn label(expander: &dyn HkdfExpander, label: &str, context: &[u8], length: u8) -> Vec<u8> {
        let label = [b"tls13 ", label.as_bytes()].concat();
        let lengths = [u8::try_from(label.len()).unwrap(), u8::try_from(context.len()).unwrap()];
        let mut output = vec![0; length.into()];
        let info = [&[0, length][..], &lengths[..1], &label, &lengths[1..], context];
        expander.expand_slice(&info, &mut output).map_err(|_| "length").unwrap();
        output
    }

    /// RFC 8448, section 3.
    #[test]
    fn the_key_schedule_is_as_the_rfc_says() {
        let hkdf = HkdfUsingHmac(&HmacSha256);
        let empty = Sha256.hash(b"");
        let early = hkdf.extract_from_zero_ikm(None);
        let derived = label(&*early, "derived", empty.as_ref(), 32);
        assert_eq!(
            derived,
            hex("6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba")
        );

        let shared = hex("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d");
        let handshake = hkdf.extract_from_secret(Some(&derived), &shared);
        let hellos = hex("860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8");
        let client = label(&*handshake, "c hs traffic", &hellos, 32);
        assert_eq!(client, hex("b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21"));
        let server = label(&*handshake, "s hs traffic", &hellos, 32);
        assert_eq!(server, hex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38"));

        let server = hkdf.expander_for_okm(&rustls::crypto::tls13::OkmBlock::new(&server));
        assert_eq!(label(&*server, "key", b"", 16), hex("3fce516009c21727d0f2e4e86ee403bc"));
        assert_eq!(label(&*server, "iv", b"", 12), hex("5d313eb2671276ee13000b30"));

        let derived = label(&*handshake, "derived", empty.as_ref(), 32);
        assert_eq!(
            derived,
            hex("43de77e0c77713859a944db9db2590b53190a65b3ee2e4f12dd7a0bb7ce254b4")
        );
        let master = hkdf.extract_from_zero_ikm(Some(&derived));
        let all = hex("9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13");
        let server = label(&*master, "s ap traffic", &all, 32);
        assert_eq!(server, hex("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"));
    }
}
