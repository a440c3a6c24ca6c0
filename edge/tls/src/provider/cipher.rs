//! Records under an AEAD (RFC 8446, section 5.2).

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Key, Tag};
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter, MessageEncrypter,
    Nonce, OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls13AeadAlgorithm,
    UnsupportedOperationError, make_tls13_aad,
};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion};
use zeroize::Zeroize;

const TAG: usize = 16;

/// RFC 8439.
pub struct ChaCha20Poly1305;

impl Tls13AeadAlgorithm for ChaCha20Poly1305 {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Records::new(&key, iv))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Records::new(&key, iv))
    }

    fn key_len(&self) -> usize {
        32
    }

    /// Only for those who let the kernel encrypt.
    fn extract_keys(
        &self,
        _: AeadKey,
        _: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

struct Records {
    aead: chacha20poly1305::ChaCha20Poly1305,
    iv: Iv,
}

impl Records {
    fn new(key: &AeadKey, iv: Iv) -> Self {
        // As long as `key_len` says, so all of it.
        let mut whole = Key::default();
        whole.iter_mut().zip(key.as_ref()).for_each(|(to, from)| *to = *from);
        let aead = chacha20poly1305::ChaCha20Poly1305::new(&whole);
        whole.as_mut_slice().zeroize();
        Self { aead, iv }
    }
}

impl MessageEncrypter for Records {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let length = self.encrypted_payload_len(message.payload.len());
        let mut payload = PrefixedPayload::with_capacity(length);
        payload.extend_from_chunks(&message.payload);
        payload.extend_from_slice(&message.typ.to_array());
        let nonce = Nonce::new(&self.iv, number).0.into();
        let header = make_tls13_aad(length);
        let tag = self
            .aead
            .encrypt_inout_detached(&nonce, &header, payload.as_mut().into())
            .map_err(|_| Error::EncryptError)?;
        payload.extend_from_slice(&tag);
        // RFC 8446, section 5.1: all records claim to be of TLS 1.2.
        let version = ProtocolVersion::TLSv1_2;
        Ok(OutboundOpaqueMessage::new(ContentType::ApplicationData, version, payload))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        length + 1 + TAG
    }
}

impl MessageDecrypter for Records {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let header = make_tls13_aad(message.payload.len());
        let nonce = Nonce::new(&self.iv, number).0.into();
        let (text, tag) =
            message.payload.split_last_chunk_mut::<TAG>().ok_or(Error::DecryptError)?;
        let (tag, length) = (Tag::from(*tag), text.len());
        self.aead
            .decrypt_inout_detached(&nonce, &header, text.into(), &tag)
            .map_err(|_| Error::DecryptError)?;
        message.payload.truncate(length);
        message.into_tls13_unpadded_message()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::hex;
    use rustls::SupportedCipherSuite;
    use rustls::crypto::aws_lc_rs::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256;
    use rustls::crypto::cipher::OutboundChunks;

    fn theirs() -> &'static dyn Tls13AeadAlgorithm {
        match TLS13_CHACHA20_POLY1305_SHA256 {
            SupportedCipherSuite::Tls13(suite) => suite.aead_alg,
            SupportedCipherSuite::Tls12(_) => unreachable!(),
        }
    }

    fn key() -> AeadKey {
        AeadKey::from(std::array::from_fn(|at| 0x80 + u8::try_from(at).unwrap()))
    }

    fn seal(algorithm: &dyn Tls13AeadAlgorithm, number: u64, text: &[u8]) -> Vec<u8> {
        let mut encrypter = algorithm.encrypter(key(), Iv::from([7; 12]));
        let (typ, version) = (ContentType::ApplicationData, ProtocolVersion::TLSv1_3);
        let payload = OutboundChunks::Single(text);
        let length = encrypter.encrypted_payload_len(text.len());
        let record = OutboundPlainMessage { typ, version, payload };
        let record = encrypter.encrypt(record, number).unwrap().encode();
        assert_eq!(record.len(), 5 + length);
        record
    }

    fn open(algorithm: &dyn Tls13AeadAlgorithm, number: u64, record: &[u8]) -> Option<Vec<u8>> {
        let mut payload = record[5..].to_vec();
        let (typ, version) = (ContentType::ApplicationData, ProtocolVersion::TLSv1_2);
        let record = InboundOpaqueMessage::new(typ, version, &mut payload);
        let mut decrypter = algorithm.decrypter(key(), Iv::from([7; 12]));
        decrypter.decrypt(record, number).ok().map(|record| record.payload.to_vec())
    }

    /// RFC 8439, section 2.8.2.
    #[test]
    fn the_aead_is_as_the_rfc_says() {
        let aead = Records::new(&key(), Iv::default()).aead;
        let nonce: [u8; 12] = hex("070000004041424344454647").try_into().unwrap();
        let aad = hex("50515253c0c1c2c3c4c5c6c7");
        let mut text = *b"Ladies and Gentlemen of the class of '99: If I could offer you only one \
            tip for the future, sunscreen would be it.";
        let tag =
            aead.encrypt_inout_detached(&nonce.into(), &aad, text[..].as_mut().into()).unwrap();
        assert_eq!(text[..16], hex("d31a8d34648e60db7b86afbc53ef7ec2"));
        assert_eq!(text[text.len() - 16..], hex("def08e4b7a9de576d26586cec64b6116"));
        assert_eq!(tag.as_slice(), hex("1ae10b594f09e26a7e902ecbd0600691"));
    }

    #[test]
    fn records_are_those_of_another_implementation() {
        for (number, length) in [(0, 0), (1, 1), (2, 63), (u64::MAX, 1000), (9, 1 << 14)] {
            let text = vec![b'x'; length];
            let record = seal(&ChaCha20Poly1305, number, &text);
            assert_eq!(record, seal(theirs(), number, &text));
            assert_eq!(open(&ChaCha20Poly1305, number, &record), Some(text));
        }
    }

    #[test]
    fn what_was_touched_is_refused() {
        let record = seal(&ChaCha20Poly1305, 5, b"a word");
        for at in 5..record.len() {
            for bit in 0..8 {
                let mut touched = record.clone();
                touched[at] ^= 1 << bit;
                assert_eq!(open(&ChaCha20Poly1305, 5, &touched), None);
            }
            assert_eq!(open(&ChaCha20Poly1305, 5, &record[..at]), None);
        }
        assert_eq!(open(&ChaCha20Poly1305, 6, &record), None);
        assert_eq!(open(&ChaCha20Poly1305, 5, &[record.clone(), vec![0]].concat()), None);
    }
}
