//! The first room: made through the edge's own API like any application's, end-to-end encrypted, with a
//! link that opens it. The link's key is drawn here, by whoever starts Conclave for their own use, and no
//! part of Conclave is told it.

use crate::failure::Failure;
use crate::keys::Keys;
use crate::random;
use conclave_protocol::encoding::{base64url, body_signature, hex};
use conclave_protocol::ids::{RoomId, RoomKey};
use conclave_protocol::jwt::TokenKey;
use conclave_protocol::limits::CLOCK_SKEW_SECONDS;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::token::{Claims, ISSUER, InviteClaims};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Seconds that the room waits for its first participant.
const WAITS: u32 = 86_400;
/// Seconds that the link's invite is valid.
const INVITE: u64 = 30 * 86_400;
/// How often the room is made again.
pub const EVERY: Duration = Duration::from_secs(60);
/// How soon after a failure.
const LATER: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10);
const LARGEST_ANSWER: u64 = 64 * 1024;

/// The room that `up` made and its link opens. The link names the room and not one life of it.
pub struct FirstRoom<'a> {
    edge: SocketAddr,
    keys: &'a Keys,
    room: RoomId,
    /// For the link's fragment.
    pub invite: String,
    /// Likewise: the key of its end-to-end encryption, base64url.
    key: String,
}

impl std::fmt::Debug for FirstRoom<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FirstRoom(…)")
    }
}

impl<'a> FirstRoom<'a> {
    /// Makes a room and the invite to it.
    ///
    /// # Errors
    /// Where the edge does not make it.
    pub async fn make(edge: SocketAddr, keys: &'a Keys) -> Result<Self, Failure> {
        let name = random::name()?;
        let room = RoomId::parse(&name).map_err(|error| Failure::Other(error.to_string()))?;
        let invite = invite(keys, &room)?;
        let key = base64url(&random::bytes::<32>()?);
        let first = Self { edge, keys, room, invite, key };
        first.create().await?;
        Ok(first)
    }

    /// What opens it stands in a link's fragment, which browsers send to nobody.
    #[must_use]
    pub fn fragment(&self) -> String {
        format!("i={}&k={}", self.invite, self.key)
    }

    /// Makes the room again and again, so that its link opens it also after it has ended, waited for
    /// too long, or went down with NATS: making a room that is there changes nothing. Failures are
    /// what is mended here, and tried again for as long as this is polled.
    pub async fn keep(&self, every: Duration) -> Infallible {
        loop {
            sleep(every).await;
            while self.create().await.is_err() {
                sleep(every.min(LATER)).await;
            }
        }
    }

    async fn create(&self) -> Result<(), Failure> {
        let body = json!({
            "room_id": self.room,
            "empty_timeout": WAITS,
            "metadata": { "room_title": "First room", "room_features": {
                "end_to_end_encryption_features": { "is_enabled": true },
                "chat_features": { "is_allow": true, "is_allow_file_upload": true, "share_history": true },
            } },
        })
        .to_string();
        let answer = timeout(PATIENCE, post(self.edge, self.keys, &body))
            .await
            .map_err(|_| refused("it does not answer"))?
            .map_err(|error| refused(&error.to_string()))?;
        if answer["status"] != Value::Bool(true) {
            return Err(refused(answer["msg"].as_str().unwrap_or("its answer is no JSON")));
        }
        Ok(())
    }
}

fn refused(why: &str) -> Failure {
    Failure::Other(format!("the edge does not make the first room: {why}"))
}

/// Signs an invite as the edge would.
fn invite(keys: &Keys, room: &RoomId) -> Result<String, Failure> {
    let now = random::now();
    InviteClaims {
        iss: ISSUER.into(),
        aud: keys.deployment.clone(),
        exp: now + INVITE,
        nbf: now.saturating_sub(CLOCK_SKEW_SECONDS),
        jti: base64url(&random::bytes::<16>()?),
        room: RoomKey::of(&keys.edge_secret()?, &keys.api_key, room),
        role: RoomRole::Participant,
        by: None,
    }
    .sign(&TokenKey::from_seed(keys.token_seed()?))
    .map_err(|error| Failure::Other(format!("cannot sign the invite: {error}")))
}

/// One signed request to this machine, by hand: a client library would weigh more than it saves. By
/// HTTP/1.0, whose answers come in one piece and end with the connection.
async fn post(edge: SocketAddr, keys: &Keys, body: &str) -> io::Result<Value> {
    let signature = hex(&body_signature(keys.api_secret.as_bytes(), body.as_bytes()));
    let request = format!(
        "POST /auth/room/create HTTP/1.0\r\nHost: {edge}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nAPI-KEY: {}\r\nHASH-SIGNATURE: {signature}\r\n\r\n{body}",
        body.len(),
        keys.api_key,
    );
    let mut stream = TcpStream::connect(edge).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LARGEST_ANSWER).read_to_end(&mut answer).await?;
    let body = answer.windows(4).position(|end| end == b"\r\n\r\n").map(|at| &answer[at + 4..]);
    Ok(body.and_then(|body| serde_json::from_slice(body).ok()).unwrap_or(Value::Null))
}

#[cfg(test)]
mod tests {
    use super::*;
    use conclave_protocol::encoding::verify_body_signature;
    use tokio::net::TcpListener;

    async fn edge_that_says(answer: &'static str) -> (SocketAddr, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
            stream.write_all(format!("{head}{answer}").as_bytes()).await.unwrap();
            String::from_utf8(request[..read].to_vec()).unwrap()
        });
        (address, task)
    }

    #[tokio::test]
    async fn the_request_is_signed_and_the_invite_is_the_rooms() {
        let keys = Keys::fresh().unwrap();
        let (edge, task) = edge_that_says(r#"{"status":true,"msg":"success"}"#).await;
        let invite = FirstRoom::make(edge, &keys).await.unwrap().invite;
        let request = task.await.unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let signature = head.lines().find_map(|l| l.strip_prefix("HASH-SIGNATURE: ")).unwrap();
        let signature = conclave_protocol::encoding::from_hex(signature).unwrap();
        assert!(verify_body_signature(keys.api_secret.as_bytes(), body.as_bytes(), &signature));

        let token = TokenKey::from_seed(keys.token_seed().unwrap()).public();
        let claims =
            InviteClaims::read(&[token], &keys.deployment, &invite, random::now()).unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        let room = body["room_id"].as_str().unwrap();
        let room = RoomId::parse(room).unwrap();
        let secret = keys.edge_secret().unwrap();
        assert_eq!(claims.room, RoomKey::of(&secret, &keys.api_key, &room));
    }

    #[tokio::test]
    async fn a_refusal_is_told() {
        let (edge, _task) = edge_that_says(r#"{"status":false,"msg":"no node"}"#).await;
        let keys = Keys::fresh().unwrap();
        let error = FirstRoom::make(edge, &keys).await.unwrap_err();
        assert!(error.to_string().ends_with("no node"), "{error}");
    }

    #[tokio::test]
    async fn the_room_is_made_again_whatever_happens_meanwhile() {
        let success = r#"{"status":true,"msg":"success"}"#;
        let keys = Keys::fresh().unwrap();
        let (edge, task) = edge_that_says(success).await;
        let mut first = FirstRoom::make(edge, &keys).await.unwrap();
        let made = task.await.unwrap();
        let answers = [success, r#"{"status":false,"msg":"busy"}"#, "no JSON", success];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        first.edge = listener.local_addr().unwrap();
        let edge = async {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                let request = String::from_utf8(request[..read].to_vec()).unwrap();
                let body = |text: &str| text.split_once("\r\n\r\n").unwrap().1.to_owned();
                assert_eq!(body(&request), body(&made), "the same room");
                let answer = format!("HTTP/1.1 200 OK\r\n\r\n{answer}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        };
        let patience = Duration::from_secs(10);
        tokio::select! {
            never = first.keep(Duration::from_millis(5)) => match never {},
            done = timeout(patience, edge) => done.unwrap(),
        }
    }
}
