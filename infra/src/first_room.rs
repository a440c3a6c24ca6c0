//! The first room: made through the edge's own API like any application's, with a link that opens it.

use crate::failure::Failure;
use crate::keys::Keys;
use crate::random;
use conclave_protocol::encoding::{base64url, body_signature, hex, keyed_hash};
use conclave_protocol::ids::{RoomId, RoomKey};
use conclave_protocol::jwt::TokenKey;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::token::{Claims, ISSUER, InviteClaims};
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Seconds that the room waits for its first participant.
const WAITS: u32 = 86_400;
/// Seconds that the link's invite is valid.
const INVITE: u64 = 30 * 86_400;
const PATIENCE: Duration = Duration::from_secs(10);
const LARGEST_ANSWER: u64 = 64 * 1024;

/// Makes a room and gives the invite to it.
///
/// # Errors
/// Where the edge does not make it.
pub async fn make(edge: SocketAddr, keys: &Keys) -> Result<String, Failure> {
    let name = random::name()?;
    let room = RoomId::parse(&name).map_err(|error| Failure::Other(error.to_string()))?;
    let body = json!({
        "room_id": room,
        "empty_timeout": WAITS,
        "metadata": { "room_title": "First room", "room_features": {} },
    })
    .to_string();
    let answer = timeout(PATIENCE, post(edge, keys, &body))
        .await
        .map_err(|_| refused("it does not answer"))?
        .map_err(|error| refused(&error.to_string()))?;
    if answer["status"] != Value::Bool(true) {
        return Err(refused(answer["msg"].as_str().unwrap_or("its answer is no JSON")));
    }
    invite(keys, &room)
}

fn refused(why: &str) -> Failure {
    Failure::Other(format!("the edge does not make the first room: {why}"))
}

/// Signs an invite as the edge would.
fn invite(keys: &Keys, room: &RoomId) -> Result<String, Failure> {
    let parts = [b"room", keys.api_key.as_bytes(), room.as_str().as_bytes()];
    let now = random::now();
    InviteClaims {
        iss: ISSUER.into(),
        aud: keys.deployment.clone(),
        exp: now + INVITE,
        nbf: now,
        jti: base64url(&random::bytes::<16>()?),
        room: RoomKey::from_hash(&keyed_hash(&keys.edge_secret()?, &parts)),
        role: RoomRole::Participant,
    }
    .sign(&TokenKey::from_seed(keys.token_seed()?))
    .map_err(|error| Failure::Other(format!("cannot sign the invite: {error}")))
}

/// One signed request of HTTP/1.1, to this machine: a client library would weigh more than it saves.
async fn post(edge: SocketAddr, keys: &Keys, body: &str) -> io::Result<Value> {
    let signature = hex(&body_signature(keys.api_secret.as_bytes(), body.as_bytes()));
    let request = format!(
        "POST /auth/room/create HTTP/1.1\r\nHost: {edge}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nAPI-KEY: {}\r\nHASH-SIGNATURE: {signature}\r\n\
         Connection: close\r\n\r\n{body}",
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
        let invite = make(edge, &keys).await.unwrap();
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
        let parts = [b"room", keys.api_key.as_bytes(), room.as_bytes()];
        let hash = keyed_hash(&keys.edge_secret().unwrap(), &parts);
        assert_eq!(claims.room, RoomKey::from_hash(&hash));
    }

    #[tokio::test]
    async fn a_refusal_is_told() {
        let (edge, _task) = edge_that_says(r#"{"status":false,"msg":"no node"}"#).await;
        let error = make(edge, &Keys::fresh().unwrap()).await.unwrap_err();
        assert!(error.to_string().ends_with("no node"), "{error}");
    }
}
