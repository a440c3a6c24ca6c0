//! The eye that sees what an attack gained: a connection with every right in one account. The
//! operator's account keys can make such a user; no deployment has one.

use crate::Gain;
use crate::raw::{Raw, Received};
use anyhow::{Context, Result, ensure};
use conclave::keys::Keys;
use conclave::{files, random};
use conclave_protocol::bucket::Bucket;
use conclave_protocol::encoding::base64url;
use conclave_protocol::kv::{self, Entry};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::roles::Account;
use conclave_tests::system::System;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Between two looks at what nobody announces.
const LOOK: Duration = Duration::from_millis(10);

/// The secrets of a running system.
///
/// # Errors
/// Where there are none.
pub fn keys(system: &System) -> Result<Keys> {
    let read = files::read_json(&system.state.join("keys.json"));
    read.ok().flatten().context("no keys.json in the state folder")
}

/// Where services reach NATS.
///
/// # Errors
/// Where the configuration does not say.
pub fn nats_url(system: &System) -> Result<String> {
    let config = system.config("nats/nats.json")?;
    Ok(format!("nats://{}", config["listen"].as_str().context("NATS listens nowhere")?))
}

/// A fresh user nkey.
///
/// # Errors
/// Where the system has no randomness.
pub fn fresh_user() -> Result<NatsKey> {
    let bits = random::bytes().map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(NatsKey::from_random(KeyKind::User, bits))
}

/// All rights in one account.
pub struct Overseer {
    raw: Raw,
    voice: Raw,
}

impl Overseer {
    /// Connects, and listens to everything.
    ///
    /// # Errors
    /// Where NATS refuses.
    pub async fn of(system: &System, account: Account) -> Result<Self> {
        let mut raw = connect(system, account).await?;
        raw.subscribe(">", None).await?;
        ensure!(raw.sync().await?, "the overseer was thrown out");
        Ok(Self { raw, voice: connect(system, account).await? })
    }

    /// Publishes as nobody else may, and waits until NATS has carried it.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn say(&mut self, subject: &str, text: &str) -> Result<()> {
        self.voice.publish(subject, text.as_bytes()).await?;
        ensure!(self.voice.sync().await?, "the overseer was thrown out");
        Ok(())
    }

    /// Everything that NATS has carried in this account since the last call: whoever published has
    /// waited until NATS had worked it off.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn carried(&mut self) -> Result<Vec<Received>> {
        ensure!(self.raw.sync().await?, "the overseer was thrown out");
        Ok(self.raw.take())
    }

    /// Everything that NATS has carried since the last look, up to the first that is `wanted`: what NATS
    /// does later than it answers, such as its traces, has to be waited for.
    ///
    /// # Errors
    /// Where that does not come in time.
    pub async fn carried_until(
        &mut self,
        deadline: Duration,
        wanted: impl Fn(&Received) -> bool,
    ) -> Result<Vec<Received>> {
        let end = Instant::now() + deadline;
        let mut all = Vec::new();
        loop {
            all.extend(self.carried().await?);
            if all.iter().any(&wanted) {
                return Ok(all);
            }
            ensure!(Instant::now() < end, "not carried within {deadline:?}");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What was written, where anything that was carried holds `text`.
    ///
    /// # Errors
    /// As [`Overseer::carried`].
    pub async fn saw(&mut self, text: &str) -> Result<Gain> {
        let carried = self.carried().await?;
        Ok(Gain::write_if(carried.iter().any(|message| contains(&message.bytes, text))))
    }

    /// Asks a service, JetStream above all; `null` where nobody answers.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn ask(&mut self, subject: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.voice.ask("_INBOX.overseer", subject, &[], body.as_bytes()).await?;
        Ok(answer.map_or(Value::Null, |answer| answer.json()))
    }

    /// What a key of a bucket holds.
    ///
    /// # Errors
    /// Where the connection is gone or the bucket does not answer.
    pub async fn entry(&mut self, bucket: Bucket, key: &str) -> Result<Entry> {
        let (subject, body) = kv::get(bucket, key);
        let answer = self.voice.ask("_INBOX.overseer", &subject, &[], &body).await?;
        Ok(kv::read_entry(&answer.context("the bucket does not answer")?.bytes)?)
    }

    /// Waits until a bucket has decided about everything that reached it before: it takes one write after
    /// the other, and answers this one last.
    ///
    /// # Errors
    /// Where the bucket does not answer.
    pub async fn decided(&mut self, bucket: Bucket) -> Result<()> {
        let ask = format!("{}.{}", bucket.subject("decided"), fresh_user()?.public());
        let answer = self.ask(&ask, &Value::Null).await?;
        ensure!(answer["seq"].is_u64(), "{} does not answer: {answer}", bucket.name);
        Ok(())
    }

    /// How many messages the stream behind a bucket holds.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub async fn count(&mut self, bucket: Bucket) -> Result<u64> {
        let subject = format!("$JS.API.STREAM.INFO.{}", bucket.stream());
        let info = self.ask(&subject, &Value::Null).await?;
        info["state"]["messages"].as_u64().with_context(|| format!("no stream: {info}"))
    }
}

/// A connection with every right in an account.
///
/// # Errors
/// Where NATS refuses.
pub async fn connect(system: &System, account: Account) -> Result<Raw> {
    let (jwt, user) = credential(system, account)?;
    let raw = Raw::connect(&nats_url(system)?, &jwt, Some(&user)).await?;
    raw.map_err(|why| anyhow::anyhow!("the overseer is not let in: {why}"))
}

/// A credential with every right in an account, and its key.
///
/// # Errors
/// Where the state folder holds no keys.
pub fn credential(system: &System, account: Account) -> Result<(String, NatsKey)> {
    let keys = keys(system)?;
    let signer = match account {
        Account::Ctrl => &keys.ctrl,
        Account::Rooms => &keys.rooms,
        Account::System => &keys.system,
    };
    let user = fresh_user()?;
    Ok((unbounded(signer.key(), &user.public()), user))
}

/// A user's JWT signed with the account's own key: without a role, so with the rights that it says.
fn unbounded(account: &NatsKey, user: &str) -> String {
    let header = base64url(br#"{"typ":"JWT","alg":"ed25519-nkey"}"#);
    let claims = json!({
        "jti": "overseer", "iat": random::now(), "iss": account.public(), "name": "overseer",
        "sub": user,
        "nats": { "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1,
            "pub": { "allow": [">"] }, "sub": { "allow": [">"] } },
    });
    let message = format!("{header}.{}", base64url(claims.to_string().as_bytes()));
    format!("{message}.{}", base64url(&account.sign(message.as_bytes())))
}

/// Whether `bytes` hold `text`.
#[must_use]
pub fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
