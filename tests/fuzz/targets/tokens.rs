//! Tokens: a first line is a header and a second one claims, which are signed here with a key that
//! counts; what has no second line is the token itself.
#![no_main]

use conclave_protocol::encoding::base64url;
use conclave_protocol::jwt::{PublicTokenKey, TokenError, TokenKey};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::token::{Claims, DownloadClaims, InviteClaims, JoinClaims, SessionClaims};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const NOW: u64 = 1_800_000_000;

static KEY: LazyLock<TokenKey> = LazyLock::new(|| TokenKey::from_seed([1; 32]));
static KEYS: LazyLock<[PublicTokenKey; 1]> = LazyLock::new(|| [KEY.public()]);
/// The same, which signs bytes.
static SIGNER: LazyLock<NatsKey> = LazyLock::new(|| NatsKey::from_random(KeyKind::User, [1; 32]));

/// True where the token is one of this kind.
fn is<T: Claims>(token: &str) -> bool {
    match T::read(&*KEYS, "test", token, NOW) {
        Ok(claims) => {
            assert!(claims.expires() > NOW && claims.not_before() <= NOW);
            let again = claims.sign(&KEY).and_then(|again| T::read(&*KEYS, "test", &again, NOW));
            assert!(again.is_ok(), "what was read is not written the same");
            assert_eq!(T::read(&*KEYS, "other", token, NOW).err(), Some(TokenError::Invalid));
            true
        }
        Err(_) => false,
    }
}

fn kinds(token: &str) -> usize {
    let kinds = [
        is::<InviteClaims>(token),
        is::<JoinClaims>(token),
        is::<SessionClaims>(token),
        is::<DownloadClaims>(token),
    ];
    kinds.into_iter().filter(|is| *is).count()
}

fuzz_target!(|text: &str| {
    let Some((header, claims)) = text.split_once('\n') else {
        assert_eq!(kinds(text), 0, "nothing was signed");
        return;
    };
    let claims = claims.trim_end();
    let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
    let signature = base64url(&SIGNER.sign(signed.as_bytes()));
    assert!(kinds(&format!("{signed}.{signature}")) <= 1);
});
