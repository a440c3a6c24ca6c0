//! Each betrayal takes place in a running system, and the counters say so.

use anyhow::{Context, Result, ensure};
use conclave_test_client::{Got, Shape};
use conclave_tests::caller::{Caller, all_meet, eventually};
use conclave_tests::system::System;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(15);
/// Packets that show that media flow.
const PLENTY: usize = 60;

/// A system with a rogue node and two callers who see and hear each other.
struct Meeting {
    callers: [Caller; 2],
    /// Dropped last.
    _system: System,
    folder: tempfile::TempDir,
}

impl Meeting {
    async fn start(mode: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name).display().to_string();
        let system = System::start_program(
            &conclave_tests::system::binary()?,
            &format!("rogue-{mode}"),
            &[],
            &[
                ("CONCLAVE_NODE_BIN", env!("CARGO_BIN_EXE_conclave-rogue-node")),
                ("CONCLAVE_ROGUE", mode),
                ("CONCLAVE_ROGUE_TRIGGER", &path("trigger")),
                ("CONCLAVE_ROGUE_CAPTURE", &path("capture")),
                ("CONCLAVE_ROGUE_COUNTERS", &path("counters")),
            ],
        )?;
        let join = |index| Caller::join(&system.connection, "rogue", index, Shape::default());
        let callers = [join(0).await?, join(1).await?];
        all_meet(&[&callers[0], &callers[1]], PLENTY, PATIENCE).await?;
        Ok(Self { callers, _system: system, folder })
    }

    /// Begins the betrayal, and forgets what arrived before.
    fn betray(&self) -> Result<()> {
        std::fs::write(self.file("trigger"), "")?;
        self.callers.iter().for_each(|caller| drop(caller.take_got()));
        Ok(())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn counters(&self) -> Result<Value> {
        read_counters(&self.file("counters"))
    }

    /// Waits until a counter is at least so much.
    async fn counted(&self, name: &str, least: u64) -> Result<()> {
        let enough = || self.counters().is_ok_and(|c| c[name].as_u64() >= Some(least));
        let met = eventually(PATIENCE, name, enough).await;
        met.with_context(|| format!("{:?}", self.counters()))
    }
}

fn read_counters(file: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(file)?;
    ensure!(text.ends_with('\n'), "half a line");
    Ok(serde_json::from_str(&text)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn capture_has_everything_that_is_sent_and_changes_nothing() -> Result<()> {
    let meeting = Meeting::start("capture").await?;
    meeting.betray()?;
    let [a, b] = &meeting.callers;
    eventually(PATIENCE, "an open channel", || a.client().relays()).await?;
    a.client().relay(Instant::now(), b.joined.pid.as_str(), 0, b"a canary in the relay")?;
    meeting.counted("messages", 1).await?;
    all_meet(&[a, b], PLENTY, PATIENCE).await?;
    let captured = std::fs::read(meeting.file("capture"))?;
    let find = |bytes: &[u8]| captured.windows(bytes.len()).any(|window| window == bytes);
    assert!(find(b"a canary in the relay"), "a message");
    assert!(find(&[0xaa, 0, 0]) && find(&[0xaa, 1, 1]), "sound and a picture");
    let counters = meeting.counters()?;
    assert_eq!((&counters["changed"], &counters["forged"]), (&0.into(), &0.into()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn swap_shows_people_as_each_other() -> Result<()> {
    let meeting = Meeting::start("swap").await?;
    let [a, b] = &meeting.callers;
    assert_eq!(a.heard(0, true) + b.heard(1, true), 0, "nobody sees itself");
    meeting.betray()?;
    // In the slot that shows the other is one's own picture and sound.
    let own = |picture| a.heard(0, picture).min(b.heard(1, picture));
    let both = || own(true) >= PLENTY && own(false) >= PLENTY;
    eventually(PATIENCE, "everybody is shown itself", both).await?;
    meeting.counted("changed", PLENTY as u64).await
}

#[tokio::test(flavor = "multi_thread")]
async fn inject_replaces_what_is_sent() -> Result<()> {
    let meeting = Meeting::start("inject").await?;
    meeting.betray()?;
    meeting.counted("forged", 200).await?;
    let [a, b] = &meeting.callers;
    drop((a.take_got(), b.take_got()));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let readable = a.take_got().len() + b.take_got().len();
    assert_eq!(readable, 0, "what callers send is not forwarded any more");
    // It ends when the trigger is taken away.
    std::fs::remove_file(meeting.file("trigger"))?;
    all_meet(&[a, b], PLENTY, PATIENCE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn replay_sends_old_pictures_under_fresh_numbers() -> Result<()> {
    let meeting = Meeting::start("replay").await?;
    meeting.betray()?;
    meeting.counted("forged", 300).await?;
    let got = meeting.callers[0].take_got();
    let mut pictures: Vec<&Got> = got.iter().filter(|got| got.origin.is_picture()).collect();
    pictures.sort_by_key(|got| got.seq);
    let turn = pictures.windows(2).position(|w| w[1].origin.frame + 30 < w[0].origin.frame);
    let turn = turn.context("no old picture")?;
    let (last, first) = (pictures[turn], pictures[turn + 1]);
    assert!(first.seq > last.seq && first.ts.wrapping_sub(last.ts) < 90_000, "{last:?} {first:?}");
    let ids = [last, first].map(|got| got.vp8.map(|vp8| vp8.picture).unwrap_or_default());
    assert!((ids[1].wrapping_sub(ids[0]) & 0x7fff) < 100, "picture ids go on: {ids:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn strip_and_bitflip_change_packets() -> Result<()> {
    for mode in ["strip", "bitflip"] {
        let meeting = Meeting::start(mode).await?;
        let before = meeting.counters()?;
        assert_eq!(before["changed"], 0);
        meeting.betray()?;
        meeting.counted("changed", 100).await?;
        meeting.counted("frames", 50).await?;
    }
    Ok(())
}
