//! The signature of Standard Webhooks: HMAC-SHA256 over id, time and body.

use crate::config::Secret;
use conclave_protocol::encoding::body_signature;
use data_encoding::BASE64;

/// The value of header `webhook-signature` for this delivery; `time` in seconds since 1970 is that of
/// header `webhook-timestamp`.
#[must_use]
pub fn signature(secret: &Secret, id: &str, time: u64, body: &[u8]) -> String {
    let message = [id.as_bytes(), b".", time.to_string().as_bytes(), b".", body].concat();
    format!("v1,{}", BASE64.encode(&body_signature(secret.as_bytes(), &message)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that Standard Webhooks' specification publishes.
    #[test]
    fn matches_the_published_example() {
        let secret = Secret::try_from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()).unwrap();
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }
}
