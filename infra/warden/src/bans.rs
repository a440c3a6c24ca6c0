//! Bans of bus keys, as nodes write them into bucket `bans`: heard at once by a plain subscription,
//! and read from the bucket all the same, since nobody repeats what a subscription missed.

use async_nats::{Client, HeaderMap, Message, Subscriber};
use conclave_protocol::ban::{ALL_BUS, BusBan, parse_bus_key};
use conclave_protocol::bucket::BANS;
use conclave_protocol::kv;
use futures_util::StreamExt;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

/// Messages of one request.
const BATCH: u32 = 500;
/// How long the next of them may take.
const DEADLINE: Duration = Duration::from_secs(2);

/// One ban.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ban {
    /// Public nkey.
    pub(crate) user: String,
    /// Second up to which its credentials are refused.
    pub(crate) at: u64,
    /// Whether it has to be pushed at once.
    pub(crate) urgent: bool,
}

/// NATS did not answer in time or as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bans cannot be read")]
pub(crate) struct Unread;

/// The bucket's bans.
#[derive(Clone)]
pub(crate) struct Bans {
    client: Client,
    /// Sequence from which there is something new.
    next: u64,
}

impl Bans {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, next: 1 }
    }

    /// What is written from now on.
    pub(crate) async fn subscribe(&self) -> Result<Subscriber, Unread> {
        let all = self.client.subscribe(BANS.subject(ALL_BUS)).await.map_err(|_| Unread)?;
        self.client.flush().await.map_err(|_| Unread)?;
        Ok(all)
    }

    /// Begins with the first again at the next reading: the bucket may be another.
    pub(crate) fn begin_again(&mut self) {
        self.next = 1;
    }

    /// Hands over what was written since the last reading.
    pub(crate) async fn read(&mut self, mut take: impl FnMut(Ban) + Send) -> Result<(), Unread> {
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await.map_err(|_| Unread)?;
        loop {
            let ask =
                json!({ "batch": BATCH, "seq": self.next, "next_by_subj": BANS.subject(ALL_BUS) });
            let subject = format!("$JS.API.DIRECT.GET.{}", BANS.stream());
            let payload = ask.to_string().into();
            self.client
                .publish_with_reply(subject, inbox.clone(), payload)
                .await
                .map_err(|_| Unread)?;
            let pending = loop {
                let answer = timeout(DEADLINE, answers.next()).await.map_err(|_| Unread)?;
                match Answer::of(&answer.ok_or(Unread)?) {
                    Answer::Stored(sequence, ban) => {
                        self.next = self.next.max(sequence.saturating_add(1));
                        ban.into_iter().for_each(&mut take);
                    }
                    Answer::End { pending } => break pending,
                    Answer::Fault => return Err(Unread),
                }
            };
            if pending == 0 {
                return Ok(());
            }
        }
    }
}

enum Answer {
    /// A message of the bucket, and the ban in it; there is none in a message that says "deleted".
    Stored(u64, Option<Ban>),
    End {
        pending: u64,
    },
    Fault,
}

impl Answer {
    fn of(message: &Message) -> Self {
        let headers = message.headers.as_ref();
        let number = |name| {
            headers
                .and_then(|headers: &HeaderMap| headers.get(name))
                .and_then(|value| value.as_str().parse::<u64>().ok())
        };
        match message.status.map(|status| status.as_u16()) {
            // The batch is over.
            Some(204) => Self::End { pending: number("Nats-Num-Pending").unwrap_or(0) },
            // There is nothing from here on.
            Some(404) => Self::End { pending: 0 },
            Some(_) => Self::Fault,
            None => {
                let subject = headers.and_then(|headers| headers.get("Nats-Subject"));
                match (number("Nats-Sequence"), subject) {
                    (Some(sequence), Some(subject)) => {
                        let is_marker = headers.is_some_and(marks);
                        let ban = ban(subject.as_str(), &message.payload);
                        Self::Stored(sequence, ban.filter(|_| !is_marker))
                    }
                    _ => Self::Fault,
                }
            }
        }
    }
}

fn marks(headers: &HeaderMap) -> bool {
    headers.iter().any(|(name, values)| {
        values.iter().any(|value| kv::is_marker(name.as_ref(), value.as_str()))
    })
}

/// Reads a ban; `None` for anything else, which a node that lies could write.
pub(crate) fn ban(subject: &str, payload: &[u8]) -> Option<Ban> {
    let (user, at) = parse_bus_key(subject.strip_prefix(&BANS.subject(""))?)?;
    let value: BusBan = serde_json::from_slice(payload).ok()?;
    Some(Ban { user: user.to_owned(), at, urgent: value.urgent })
}

#[cfg(test)]
mod tests {
    use super::*;
    use conclave_protocol::ban::bus_key;
    use conclave_protocol::nkey::{KeyKind, NatsKey};

    #[test]
    fn a_ban_is_read_from_subject_and_value() {
        let user = NatsKey::from_random(KeyKind::User, [1; 32]).public();
        let subject = BANS.subject(&bus_key(&user, 7));
        let read = ban(&subject, br#"{"urgent":true}"#);
        assert_eq!(read, Some(Ban { user: user.clone(), at: 7, urgent: true }));
        for (subject, value) in [
            (subject.as_str(), "{}"),
            (subject.as_str(), ""),
            ("$KV.bans.bus.U.7", r#"{"urgent":true}"#),
            ("$KV.bans.on.x", r#"{"urgent":true}"#),
            ("$KV.rooms.x", r#"{"urgent":true}"#),
        ] {
            assert_eq!(ban(subject, value.as_bytes()), None, "{subject}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(key in ".{0,90}", value: Vec<u8>) {
            let _any = ban(&BANS.subject(&key), &value);
        }
    }
}
