//! NATS's own account: which JWT account ROOMS has there, and pushing another.

use async_nats::{Client, Request};
use serde::Deserialize;
use std::time::Duration;

/// How long an answer may take: a JWT of many revocations is 1 MB, and NATS writes it to disk.
const DEADLINE: Duration = Duration::from_secs(2);

/// Why NATS does not have what was pushed, or is not known to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PushError {
    /// No answer in time.
    #[error("NATS did not answer")]
    Unanswered,
    /// NATS refuses it.
    #[error("NATS refuses the account's JWT")]
    Refused,
}

/// The connection with role revoker.
#[derive(Clone)]
pub(crate) struct System {
    client: Client,
    account: String,
}

impl System {
    /// For the account with this public key.
    pub(crate) fn new(client: Client, account: &str) -> Self {
        Self { client, account: account.to_owned() }
    }

    /// The JWT that NATS has now.
    pub(crate) async fn current(&self) -> Result<String, PushError> {
        let subject = format!("$SYS.REQ.ACCOUNT.{}.CLAIMS.LOOKUP", self.account);
        let answer = self.ask(subject, String::new()).await?;
        String::from_utf8(answer).map_err(|_| PushError::Refused)
    }

    /// Has NATS take another: whom it refuses is disconnected before this returns.
    pub(crate) async fn push(&self, jwt: String) -> Result<(), PushError> {
        let answer = self.ask("$SYS.REQ.CLAIMS.UPDATE".to_owned(), jwt).await?;
        if is_taken(&answer) { Ok(()) } else { Err(PushError::Refused) }
    }

    async fn ask(&self, subject: String, payload: String) -> Result<Vec<u8>, PushError> {
        let request = Request::new().payload(payload.into()).timeout(Some(DEADLINE));
        let answer = self.client.send_request(subject, request).await;
        Ok(answer.map_err(|_| PushError::Unanswered)?.payload.to_vec())
    }
}

fn is_taken(answer: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Answer {
        data: Option<Data>,
        error: Option<serde::de::IgnoredAny>,
    }
    #[derive(Deserialize)]
    struct Data {
        code: u16,
    }
    serde_json::from_slice::<Answer>(answer).is_ok_and(|answer| {
        answer.error.is_none() && answer.data.is_some_and(|data| data.code == 200)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_a_yes() {
        assert!(is_taken(br#"{"server":{},"data":{"account":"A","code":200,"message":"x"}}"#));
        for no in [
            "",
            "{}",
            r#"{"data":{"code":500}}"#,
            r#"{"error":{"code":503,"description":"x"}}"#,
            r#"{"error":{},"data":{"code":200}}"#,
        ] {
            assert!(!is_taken(no.as_bytes()), "{no}");
        }
    }
}
