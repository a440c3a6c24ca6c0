//! Operations carried over one NATS connection, all of a flight at once. What the messages say is
//! the operations' own knowledge (`conclave_edge_core::wire`).

use async_nats::connection::State;
use async_nats::{Client, HeaderMap, Request, RequestErrorKind};
use conclave_edge_core::platform::{BusError, BusOp, BusReply};
use conclave_edge_core::wire::{Incoming, Message};
use futures_util::StreamExt;
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long the operations of a flight may take together.
const DEADLINE: Duration = Duration::from_secs(3);

/// Carries a flight. While the connection is down nothing waits for it.
pub(crate) async fn flight(
    client: &Client,
    operations: &[BusOp],
) -> Vec<Result<BusReply, BusError>> {
    if client.connection_state() != State::Connected {
        return operations.iter().map(|_| Err(BusError::Unavailable)).collect();
    }
    let until = Instant::now() + DEADLINE;
    let one = |operation| async move {
        timeout_at(until, carry(client, operation)).await.unwrap_or(Err(BusError::Timeout))
    };
    join_all(operations.iter().map(one)).await
}

async fn carry(client: &Client, operation: &BusOp) -> Result<BusReply, BusError> {
    let message = operation.message();
    let incoming = if operation.has_many_answers() {
        collect(client, operation, message).await?
    } else {
        vec![ask(client, message).await?]
    };
    operation.read(&incoming)
}

/// One message out, one in.
async fn ask(client: &Client, message: Message) -> Result<Incoming, BusError> {
    let mut request = Request::new().payload(message.payload.into()).timeout(Some(DEADLINE));
    if !message.headers.is_empty() {
        let mut headers = HeaderMap::new();
        for (name, value) in message.headers {
            headers.insert(name, value);
        }
        request = request.headers(headers);
    }
    let answer = client.send_request(message.subject, request).await;
    answer.map(incoming).map_err(|error| match error.kind() {
        RequestErrorKind::TimedOut => BusError::Timeout,
        _ => BusError::Unavailable,
    })
}

/// One message out, several in.
async fn collect(
    client: &Client,
    operation: &BusOp,
    message: Message,
) -> Result<Vec<Incoming>, BusError> {
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await.map_err(|_| BusError::Unavailable)?;
    client
        .publish_with_reply(message.subject, inbox, message.payload.into())
        .await
        .map_err(|_| BusError::Unavailable)?;
    let mut all = Vec::new();
    while let Some(answer) = answers.next().await {
        let answer = incoming(answer);
        let last = operation.is_last(&answer);
        all.push(answer);
        if last {
            return Ok(all);
        }
    }
    Err(BusError::Unavailable)
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
