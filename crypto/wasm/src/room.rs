//! The secret of one life of a room.

use crate::misuse;
use crate::receiving::Receiving;
use crate::sending::Sending;
use conclave_crypto::{Instance, Root};
use wasm_bindgen::prelude::*;

/// The secret of one life of a room.
#[wasm_bindgen]
pub struct Room {
    root: Root,
}

#[wasm_bindgen]
impl Room {
    /// From a link's 32 bytes.
    #[wasm_bindgen(js_name = fromKey)]
    pub fn from_key(key: &[u8], sid: &str) -> Result<Room, JsError> {
        let key = key.try_into().map_err(|_| misuse("a key has 32 bytes"))?;
        Ok(Self { root: Root::from_key(key, sid) })
    }

    /// From a passphrase in normal form NFKC; takes 64 MiB and some hundred milliseconds.
    #[wasm_bindgen(js_name = fromPassphrase)]
    pub fn from_passphrase(passphrase: &str, sid: &str, salt: &str) -> Result<Room, JsError> {
        Ok(Self { root: Root::from_passphrase(passphrase, sid, salt)? })
    }

    /// From what `secret` gave.
    #[wasm_bindgen(js_name = fromSecret)]
    pub fn from_secret(secret: &[u8], sid: &str) -> Result<Room, JsError> {
        let secret = secret.try_into().map_err(|_| misuse("a secret has 64 bytes"))?;
        Ok(Self { root: Root::from_secret(secret, sid) })
    }

    /// 64 bytes to keep over a reload.
    pub fn secret(&self) -> Vec<u8> {
        self.root.secret().to_vec()
    }

    /// Six numbers below 2048 for people to compare; takes as long as a passphrase.
    pub fn check(&self) -> Result<Vec<u16>, JsError> {
        Ok(self.root.check()?.to_vec())
    }

    /// Begins a sender instance, by 16 random bytes.
    pub fn sending(&self, pid: &str, instance: &[u8]) -> Result<Sending, JsError> {
        let instance = instance.try_into().map_err(|_| misuse("an instance has 16 bytes"))?;
        Ok(Sending::new(&self.root, pid, Instance(instance)))
    }

    /// Begins to receive.
    pub fn receiving(&self) -> Receiving {
        Receiving::new(self.root.clone())
    }
}
