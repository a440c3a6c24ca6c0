//! Operations carried over one NATS connection, all of a flight at once. What the messages say is
//! the operations' own knowledge (`conclave_edge_core::wire`).

use async_nats::connection::State;
use async_nats::{Client, HeaderMap};
use conclave_edge_core::platform::{BusError, BusOp, BusReply};
use conclave_edge_core::wire::Incoming;
use conclave_protocol::encoding::hex;
use conclave_protocol::subjects::EDGE_INBOX;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::timeout;

/// How long the operations of a flight may take together.
const DEADLINE: Duration = Duration::from_secs(3);
/// Messages that a flight takes; every media node's record is one.
const MAX_MESSAGES: usize = 4096;

/// Carries a flight. While the connection is down nothing waits for it.
pub(crate) async fn flight(
    client: &Client,
    operations: Vec<BusOp>,
) -> Vec<Result<BusReply, BusError>> {
    let unavailable = || operations.iter().map(|_| Err(BusError::Unavailable)).collect();
    if client.connection_state() != State::Connected {
        return unavailable();
    }
    let Some(replies) = replies(operations.len()) else { return unavailable() };
    let mut waiting: Vec<Waiting> = operations.iter().map(Waiting::of).collect();
    let carried = timeout(DEADLINE, carry(client, &replies, &mut waiting)).await;
    let gone = matches!(carried, Ok(Err(_)));
    let read = |waiting: Waiting<'_>| match waiting.done {
        false if gone => Err(BusError::Unavailable),
        _ => waiting.operation.read(&waiting.heard),
    };
    waiting.into_iter().map(read).collect()
}

/// Where answers go: a subject for the flight, and one below it for each operation.
///
/// Services may publish to any of an edge's inboxes. Whoever was told one of these must not be able to
/// guess another's, or it could answer in JetStream's place; the library's own are counted up.
struct Replies {
    flight: String,
    operations: Vec<String>,
}

fn replies(count: usize) -> Option<Replies> {
    let token = || {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).ok()?;
        Some(hex(&bytes))
    };
    let flight = format!("{EDGE_INBOX}.{}", token()?);
    let operations = (0..count).map(|_| Some(format!("{flight}.{}", token()?)));
    Some(Replies { operations: operations.collect::<Option<_>>()?, flight })
}

/// An operation under way. What was heard before a deadline counts.
struct Waiting<'a> {
    operation: &'a BusOp,
    heard: Vec<Incoming>,
    done: bool,
}

impl<'a> Waiting<'a> {
    fn of(operation: &'a BusOp) -> Self {
        Self { operation, heard: Vec::new(), done: false }
    }

    fn hears(&mut self, incoming: Incoming) {
        if !self.done {
            self.done = self.operation.is_last(&incoming);
            self.heard.push(incoming);
        }
    }
}

/// The connection ended.
struct Gone;

async fn carry(
    client: &Client,
    replies: &Replies,
    waiting: &mut [Waiting<'_>],
) -> Result<(), Gone> {
    let subject = format!("{}.*", replies.flight);
    let mut answers = client.subscribe(subject).await.map_err(|_| Gone)?;
    for (waiting, reply) in waiting.iter().zip(&replies.operations) {
        let message = waiting.operation.message();
        let payload = message.payload.into();
        let mut headers = HeaderMap::new();
        for (name, value) in message.headers {
            headers.insert(name, value);
        }
        let (to, reply) = (message.subject, reply.clone());
        let sent = if headers.is_empty() {
            client.publish_with_reply(to, reply, payload).await
        } else {
            client.publish_with_reply_and_headers(to, reply, headers, payload).await
        };
        sent.map_err(|_| Gone)?;
    }
    for _ in 0..MAX_MESSAGES {
        if waiting.iter().all(|waiting| waiting.done) {
            break;
        }
        let answer = answers.next().await.ok_or(Gone)?;
        let of = replies.operations.iter().position(|reply| *reply == *answer.subject);
        if let Some(waiting) = of.and_then(|of| waiting.get_mut(of)) {
            waiting.hears(incoming(answer));
        }
    }
    Ok(())
}

fn incoming(message: async_nats::Message) -> Incoming {
    let headers = message.headers.iter().flat_map(HeaderMap::iter);
    let headers = headers
        .flat_map(|(name, values)| values.iter().map(move |v| (name.to_string(), v.to_string())))
        .collect();
    Incoming {
        status: message.status.map(|status| status.as_u16()),
        headers,
        payload: message.payload.to_vec(),
    }
}
