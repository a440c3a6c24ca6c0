//! A stolen credential: how much more than its rights it gains, on every subject that is tried.

use crate::overseer::{self, Overseer};
use crate::raw::{Raw, Received};
use crate::{Board, Gain};
use anyhow::{Context, Result, ensure};
use conclave::random;
use conclave_protocol::nats_jwt::{self, Tags};
use conclave_protocol::nkey::NatsKey;
use conclave_protocol::roles::{Account, BusRole};
use conclave_tests::system::System;
use std::time::Duration;

/// The header that has NATS publish what it did with a message.
const TRACE: &str = "Nats-Trace-Dest";
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a role may do by design, in NATS's patterns: written down here once more, so that the
/// templates are held against it and not against themselves.
#[derive(Debug, Clone, Default)]
pub struct Rights {
    /// Subjects that may be published to.
    pub publish: Vec<String>,
    /// Subjects that may be heard.
    pub hear: Vec<String>,
}

/// Somebody with a role's credential.
pub struct Intruder {
    /// What the credential is of.
    pub role: BusRole,
    /// The connection.
    pub raw: Raw,
    rights: Rights,
    probes: u64,
}

impl Intruder {
    /// Connects with a credential of `role`, minted with the role's own scoped key as an edge or an
    /// operator does.
    ///
    /// # Errors
    /// Where NATS refuses.
    pub async fn of(
        system: &System,
        role: BusRole,
        tags: &Tags<'_>,
        rights: Rights,
    ) -> Result<Self> {
        let (jwt, user) = credential(system, role, tags, Some(random::now() + 600))?;
        let raw = Raw::connect(&url(system, role)?, &jwt, Some(&user)).await?;
        let raw = raw.map_err(|why| anyhow::anyhow!("{role:?} is not let in: {why}"))?;
        Ok(Self { role, raw, rights, probes: 0 })
    }

    /// Tries to speak on every one of `subjects`, with headers or without.
    ///
    /// # Errors
    /// Where the overseer is blind or the connection is gone.
    pub async fn speak(
        &mut self,
        overseer: &mut Overseer,
        subjects: &[String],
        headers: &[(&str, &str)],
        board: &mut Board,
    ) -> Result<()> {
        let mut tried = Vec::new();
        let mut carried = Vec::new();
        for subject in subjects {
            let mark = self.mark();
            overseer.say(subject, &mark).await?;
            ensure!(
                overseer.saw(&mark).await? == Gain::WRITE,
                "the overseer does not hear {subject}"
            );
            let mark = self.mark();
            self.publish(subject, headers, &mark).await?;
            let now = overseer.carried().await?;
            let may = self.rights.publish.iter().any(|right| matches(right, subject));
            // NATS refuses some headers whatever the subject is.
            let said = holds(&now, &mark) || !headers.is_empty();
            let why = self.raw.errors.last();
            ensure!(!may || said, "{:?} may not publish to {subject}: {why:?}", self.role);
            carried.extend(now);
            if !may {
                tried.push((subject, mark));
            }
        }
        if headers.iter().any(|(name, _)| *name == TRACE) {
            carried.extend(self.trace_itself(overseer).await?);
        }
        for (subject, mark) in tried {
            let attack = format!("{} publishes to {subject}{}", self.role.name(), of(headers));
            board.note(attack, Gain::write_if(holds(&carried, &mark)));
        }
        Ok(())
    }

    /// NATS traces later than it carries, and in order: a trace that this role may have shows that it does
    /// so in this account, and that those before it would have come by now.
    async fn trace_itself(&mut self, overseer: &mut Overseer) -> Result<Vec<Received>> {
        let right = self.rights.publish.first().context("a role without any right")?;
        let own = right.replace(['>', '*'], "trace");
        let mark = self.mark();
        self.publish(&own, &[(TRACE, own.as_str())], &mark).await?;
        let traces =
            |m: &Received| m.subject == own && holds(std::slice::from_ref(m), "\"events\":[");
        let carried = overseer.carried_until(PATIENCE, traces).await;
        carried.with_context(|| format!("{:?} gets no trace at all on {own}", self.role))
    }

    /// Publishes with a mark in the payload and, where there are headers, in one of its own: NATS repeats
    /// headers in traces, and payloads it does not.
    async fn publish(&mut self, subject: &str, headers: &[(&str, &str)], mark: &str) -> Result<()> {
        let mut headers = headers.to_vec();
        if !headers.is_empty() {
            headers.push(("Probe", mark));
        }
        self.raw.publish_with(subject, None, &headers, mark.as_bytes()).await?;
        ensure!(self.raw.sync().await?, "thrown out after publishing to {subject}");
        Ok(())
    }

    /// Tries to speak on subjects on which nobody else is to speak to show that it would be heard, for
    /// it would do harm.
    ///
    /// # Errors
    /// As [`Intruder::speak`].
    pub async fn shout(
        &mut self,
        overseer: &mut Overseer,
        subjects: &[String],
        board: &mut Board,
    ) -> Result<()> {
        for subject in subjects {
            let mark = self.mark();
            self.raw.publish(subject, mark.as_bytes()).await?;
            ensure!(self.raw.sync().await?, "thrown out after publishing to {subject}");
            let attack = format!("{} publishes to {subject}", self.role.name());
            board.note(attack, overseer.saw(&mark).await?);
        }
        Ok(())
    }

    /// Tries to hear each of `filters`, by itself or as one of a queue group; `subjects` are spoken
    /// on by others meanwhile.
    ///
    /// # Errors
    /// As [`Intruder::speak`].
    pub async fn listen(
        &mut self,
        overseer: &mut Overseer,
        filters: &[String],
        queue: Option<&str>,
        subjects: &[String],
        board: &mut Board,
    ) -> Result<()> {
        for filter in filters {
            let sid = self.raw.subscribe(filter, queue).await?;
            ensure!(self.raw.sync().await?, "thrown out after subscribing to {filter}");
            let mark = self.mark();
            for subject in subjects.iter().filter(|subject| matches(filter, subject)) {
                overseer.say(subject, &mark).await?;
            }
            ensure!(self.raw.sync().await?, "thrown out while listening to {filter}");
            let heard = self.raw.take();
            let heard: Vec<_> = heard.iter().filter(|message| message.sid == sid).collect();
            let may = |subject: &str| self.rights.hear.iter().any(|right| matches(right, subject));
            let beyond = heard.iter().any(|message| !may(&message.subject));
            let whole = queue.is_none() && self.rights.hear.iter().any(|right| right == filter);
            if whole {
                ensure!(!heard.is_empty(), "{:?} hears nothing on {filter}", self.role);
            }
            // One of a queue group takes what another was to hear.
            let taken =
                queue.is_some() && self.role.account() == Account::Rooms && !heard.is_empty();
            if !whole {
                let how = queue.map(|name| format!(" as one of queue {name}")).unwrap_or_default();
                let attack = format!("{} listens to {filter}{how}", self.role.name());
                board.note(attack, Gain::read_if(beyond || taken));
            }
            self.raw.unsubscribe(sid).await?;
            let _said_by_ourselves = overseer.carried().await?;
        }
        Ok(())
    }

    /// A text that nothing else says.
    pub fn mark(&mut self) -> String {
        self.probes += 1;
        format!("probe-{}-{}-", self.role.name(), self.probes)
    }
}

/// A credential of a role, and its key.
///
/// # Errors
/// Where the state folder holds no keys.
pub fn credential(
    system: &System,
    role: BusRole,
    tags: &Tags<'_>,
    expires: Option<u64>,
) -> Result<(String, NatsKey)> {
    let keys = overseer::keys(system)?;
    let scope = keys.scope(role).map_err(|error| anyhow::anyhow!("{error}"))?;
    let account = match role.account() {
        Account::Ctrl => keys.ctrl.public(),
        Account::Rooms => keys.rooms.public(),
        Account::System => keys.system.public(),
    };
    let user = overseer::fresh_user()?;
    let now = random::now();
    Ok((nats_jwt::user(scope.key(), &account, &user.public(), tags, now, expires), user))
}

/// Where a role connects.
///
/// # Errors
/// Where the configuration does not say.
pub fn url(system: &System, role: BusRole) -> Result<String> {
    match role {
        BusRole::Participant | BusRole::Moderator | BusRole::Waiting => {
            Ok(system.connection.nats_ws_url.clone())
        }
        _ => overseer::nats_url(system),
    }
}

/// Whether a NATS pattern covers a subject.
#[must_use]
pub fn matches(pattern: &str, subject: &str) -> bool {
    let (mut pattern, mut subject) = (pattern.split('.'), subject.split('.'));
    loop {
        match (pattern.next(), subject.next()) {
            (Some(">"), Some(_)) => return true,
            (Some(p), Some(s)) if p == "*" || p == s => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

fn holds(carried: &[Received], text: &str) -> bool {
    carried.iter().any(|message| overseer::contains(&message.bytes, text))
}

fn of(headers: &[(&str, &str)]) -> String {
    headers.iter().map(|(name, value)| format!(" with {name}: {value}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_what_nats_says_they_cover() {
        for (pattern, subject, covers) in [
            (">", "a.b", true),
            ("*", "a", true),
            ("*", "a.b", false),
            ("a.*", "a.b", true),
            ("a.>", "a", false),
            ("a.>", "a.b.c", true),
            ("a.*.c", "a.b.d", false),
            ("a", "a", true),
        ] {
            assert_eq!(matches(pattern, subject), covers, "{pattern} {subject}");
        }
    }
}
