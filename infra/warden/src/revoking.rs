//! Bans become revocations: hears and reads bans, keeps what NATS has to refuse, and pushes account
//! ROOMS' JWT while this warden works. A warden that stands by knows the same and pushes nothing.

use crate::account::Signer;
use crate::bans::{Ban, Bans, Unread, ban};
use crate::lease::Holding;
use crate::pace::Pace;
use crate::refused::Refused;
use crate::system::{PushError, System};
use async_nats::Subscriber;
use conclave_protocol::nats_jwt;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

/// How often the bucket is read, and compared with what NATS has.
const ROUND: Duration = Duration::from_secs(2);
/// Every so many rounds all of the bucket is read again.
const ALL_ROUNDS: u32 = 30;

pub(crate) struct Revoking {
    bans: Bans,
    refused: Refused,
    pace: Pace,
    system: System,
    signer: Signer,
    /// The JWT that NATS is known to have, and when it was issued.
    known: Option<(String, u64)>,
    /// Counts pushes.
    pushed: u64,
}

/// What a look at the bucket and at NATS found.
struct Seen {
    /// With the place from which to go on.
    bans: Bans,
    found: Vec<Ban>,
    /// The JWT that NATS had, where it was asked and said so.
    current: Option<String>,
    /// Pushes up to the beginning of the look.
    pushed: u64,
}

/// What cannot be read now is read in the next round.
async fn look(mut bans: Bans, system: Option<System>, pushed: u64) -> Seen {
    let mut found = Vec::new();
    let _ = bans.read(|ban| found.push(ban)).await;
    let current = match system {
        Some(system) => system.current().await.ok(),
        None => None,
    };
    Seen { bans, found, current, pushed }
}

impl Revoking {
    pub(crate) fn new(bans: Bans, system: System, signer: Signer) -> Self {
        let (refused, pace) = (Refused::default(), Pace::default());
        Self { bans, refused, pace, system, signer, known: None, pushed: 0 }
    }

    /// Listens, reads what there is, and has NATS refuse it where this warden works: before this has
    /// happened once, somebody who was removed could come back after a crash.
    pub(crate) async fn begin(&mut self, holding: &Holding) -> Result<Subscriber, Unread> {
        let heard = self.bans.subscribe().await?;
        if holding.is_ours() {
            // The bucket is there.
            let mut found = Vec::new();
            self.bans.read(|ban| found.push(ban)).await?;
            found.iter().for_each(|ban| self.take(ban));
            self.compare().await.map_err(|_| Unread)?;
            if self.pace.due().is_some() {
                self.push().await.map_err(|_| Unread)?;
            }
        }
        Ok(heard)
    }

    /// Goes on for as long as it is polled. Looking takes time and keeps nobody who was removed waiting.
    pub(crate) async fn run(mut self, mut heard: Subscriber, holding: Holding) {
        let mut round = interval(ROUND);
        round.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut rounds = 0;
        let mut looking = FuturesUnordered::new();
        loop {
            let due = self.pace.due().filter(|_| holding.is_ours());
            tokio::select! {
                biased;
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    // An error was logged and is tried again.
                    let _ = self.push().await;
                }
                message = heard.next() => match message {
                    Some(message) => {
                        if let Some(ban) = ban(&message.subject, &message.payload) {
                            self.take(&ban);
                        }
                    }
                    None => match self.bans.subscribe().await {
                        Ok(again) => heard = again,
                        Err(Unread) => sleep(ROUND).await,
                    },
                },
                Some(seen) = looking.next(), if !looking.is_empty() => self.consider(seen),
                _ = round.tick(), if looking.is_empty() => {
                    rounds = (rounds + 1) % ALL_ROUNDS;
                    if rounds == 0 {
                        self.bans.begin_again();
                    }
                    if !holding.is_ours() {
                        // Another pushes: what NATS has is known no more.
                        self.known = None;
                    }
                    let system = holding.is_ours().then(|| self.system.clone());
                    looking.push(look(self.bans.clone(), system, self.pushed));
                }
            }
        }
    }

    fn consider(&mut self, Seen { bans, found, current, pushed }: Seen) {
        self.bans = bans;
        found.iter().for_each(|ban| self.take(ban));
        // What NATS had before a push says nothing any more.
        if let Some(current) = current.filter(|_| pushed == self.pushed) {
            self.learn(current);
        }
    }

    fn take(&mut self, ban: &Ban) {
        if self.refused.add(&ban.user, ban.at, ban.urgent, now()) {
            self.pace.wanted(ban.urgent, Instant::now());
        }
    }

    /// Asks which JWT NATS has.
    async fn compare(&mut self) -> Result<(), PushError> {
        let current = self.system.current().await?;
        self.learn(current);
        Ok(())
    }

    /// Where NATS's JWT is not the one that was pushed last, as at the start, after another warden or
    /// after `up`, it says whom else to refuse, and is replaced where it differs.
    fn learn(&mut self, current: String) {
        if self.known.as_ref().is_some_and(|(known, _)| *known == current) {
            return;
        }
        let issued = nats_jwt::read_account(&current).unwrap_or_default();
        let now = now();
        for (user, at) in &issued.revocations {
            self.refused.add(user, *at, false, now);
        }
        self.refused.prune(now);
        if self.signer.sign(self.refused.list(), issued.at) != current {
            self.pace.wanted(true, Instant::now());
        }
        self.known = Some((current, issued.at));
    }

    async fn push(&mut self) -> Result<(), PushError> {
        let pushed = self.try_to_push().await;
        match pushed {
            Ok(()) => self.pace.pushed(Instant::now()),
            Err(error) => {
                tracing::warn!(%error, "revocations are not pushed yet");
                self.pace.failed(Instant::now());
            }
        }
        pushed
    }

    async fn try_to_push(&mut self) -> Result<(), PushError> {
        if self.known.is_none() {
            self.compare().await?;
        }
        self.refused.prune(now());
        let dropped = self.refused.take_dropped();
        if dropped > 0 {
            tracing::warn!(dropped, "more credentials to refuse than NATS can be told");
        }
        // NATS keeps the newer of two, and an equal one may be either.
        let before = self.known.as_ref().map_or(0, |(_, issued)| *issued);
        let issued = now().max(before.saturating_add(1));
        let jwt = self.signer.sign(self.refused.list(), issued);
        let begun = Instant::now();
        self.system.push(jwt.clone()).await?;
        let (refused, took) = (self.refused.len(), begun.elapsed());
        tracing::debug!(refused, ?took, "NATS has the revocations");
        self.known = Some((jwt, issued));
        self.pushed += 1;
        Ok(())
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
