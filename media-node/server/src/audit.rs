//! The audit log on disk, written by a thread of its own: a chained line for each deed, synchronised
//! once a second. A full disk stops no meeting: what waits is tried again, and what finds no place
//! among it is counted.

use conclave_protocol::audit::{Chain, Deed};
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Deeds that may wait for the disk.
const QUEUE: usize = 8192;
/// How long a deed may stand in memory alone, and how long to wait after a failure.
const BEAT: Duration = Duration::from_secs(1);
/// Bytes of the end of a log in which its last line is looked for; a line has a few hundred.
const TAIL: u64 = 64 << 10;
/// How every log begins.
const BEGINNING: &[u8] = br#"{"line":1,"#;

/// Takes deeds.
pub(crate) struct AuditLog {
    queue: Option<SyncSender<Deed>>,
    thread: Option<JoinHandle<()>>,
    stopping: Arc<AtomicBool>,
    pub(crate) missed: Arc<AtomicU64>,
}

impl AuditLog {
    /// Opens the log, or begins one, and starts to write.
    ///
    /// # Errors
    /// Where the file cannot be opened, is in use by another node, or is no audit log.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let stopping = Arc::new(AtomicBool::new(false));
        let writer = Writer::open(path, Arc::clone(&stopping))?;
        let (queue, inbox) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("audit".into())
            .spawn(move || write(writer, &inbox))?;
        let missed = Arc::new(AtomicU64::new(0));
        Ok(Self { queue: Some(queue), thread: Some(thread), stopping, missed })
    }

    pub(crate) fn note(&self, deed: Deed) {
        let full = self.queue.as_ref().is_none_or(|queue| queue.try_send(deed).is_err());
        if full && self.missed.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::error!("the audit log cannot be written: deeds are missing in it from now on");
        }
    }
}

/// Writes what waits, as far as the disk takes it.
impl Drop for AuditLog {
    fn drop(&mut self) {
        self.queue = None;
        self.stopping.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the audit log's thread failed");
        }
    }
}

fn write(mut writer: Writer, inbox: &Receiver<Deed>) {
    let mut synchronised = Instant::now();
    loop {
        let wait = BEAT.saturating_sub(synchronised.elapsed());
        match inbox.recv_timeout(wait) {
            Ok(deed) => {
                let line = writer.chain.append(&deed);
                while let Err(error) = writer.add(&line) {
                    tracing::warn!(kind = ?error.kind(), "the audit log cannot be written now");
                    std::thread::sleep(BEAT);
                    // What waits stays where it is until the disk takes this one; once the node stops
                    // nobody waits for the disk.
                    if writer.stopping.load(Ordering::Relaxed) {
                        return;
                    }
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return writer.sync(),
        }
        if synchronised.elapsed() >= BEAT {
            writer.sync();
            synchronised = Instant::now();
        }
    }
}

struct Writer {
    file: File,
    /// Bytes of whole lines.
    length: u64,
    chain: Chain,
    unsynchronised: bool,
    /// True from when the node stops.
    stopping: Arc<AtomicBool>,
}

impl Writer {
    fn open(path: &Path, stopping: Arc<AtomicBool>) -> Result<Self, Error> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).create(true).mode(0o600).open(path)?;
        file.try_lock()
            .map_err(|_| Error::new(ErrorKind::ResourceBusy, "another node writes it"))?;
        let length = whole_lines(&mut file)?;
        let before = if length == 0 { None } else { Some(last_line(&mut file, length)?) };
        let before = before.map(|line| Chain::resume(&line)).transpose();
        let before = before.map_err(|_| not_a_log())?;
        // A crash cut the last line off: nobody was told that it stands.
        file.set_len(length)?;
        let Some(chain) = before else {
            let mut random = [0; 16];
            getrandom::fill(&mut random).map_err(|_| Error::other("no randomness"))?;
            let (chain, first) = Chain::begin(random);
            let mut writer = Self { file, length, chain, unsynchronised: false, stopping };
            writer.add(&first)?;
            writer.sync();
            return Ok(writer);
        };
        Ok(Self { file, length, chain, unsynchronised: false, stopping })
    }

    /// Adds a line. What a failed attempt left of it is overwritten by the next.
    fn add(&mut self, line: &str) -> Result<(), Error> {
        let text = format!("{line}\n");
        self.file.seek(SeekFrom::Start(self.length))?;
        if let Err(error) = self.file.write_all(text.as_bytes()) {
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += text.len() as u64;
        self.unsynchronised = true;
        Ok(())
    }

    fn sync(&mut self) {
        if self.unsynchronised && self.file.sync_data().is_ok() {
            self.unsynchronised = false;
        }
    }
}

/// The end of the file.
fn tail(file: &mut File, length: u64) -> Result<Vec<u8>, Error> {
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(length.min(TAIL)).read_to_end(&mut tail)?;
    Ok(tail)
}

/// Bytes up to and with the last line feed.
fn whole_lines(file: &mut File) -> Result<u64, Error> {
    let length = file.metadata()?.len();
    let tail = tail(file, length)?;
    let cut = tail.iter().rev().take_while(|&&byte| byte != b'\n').count() as u64;
    // A log whose very first line was cut off is begun anew; nothing else is.
    let is_first = cut < length || BEGINNING.starts_with(&tail) || tail.starts_with(BEGINNING);
    if cut == tail.len() as u64 && (cut < length || !is_first) {
        return Err(not_a_log());
    }
    Ok(length - cut)
}

fn not_a_log() -> Error {
    Error::new(ErrorKind::InvalidData, "it is not an audit log")
}

fn last_line(file: &mut File, length: u64) -> Result<String, Error> {
    let tail = tail(file, length)?;
    let lines = tail.strip_suffix(b"\n").unwrap_or(&tail);
    let last = lines.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
    String::from_utf8(last.to_vec()).map_err(|_| ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use conclave_protocol::audit::{Action, verify};
    use conclave_protocol::ids::Sid;

    fn deed(at: u64) -> Deed {
        let sid = Sid::from_random([1; 16]);
        Deed { at, sid, actor: None, action: Action::Ended, target: None }
    }

    fn lines(path: &Path) -> usize {
        let text = std::fs::read_to_string(path).unwrap();
        usize::try_from(verify(text.lines(), None).unwrap().lines).unwrap()
    }

    #[test]
    fn a_log_goes_on_where_it_ended_also_after_a_crash_in_the_middle_of_a_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        for round in 0..3 {
            let log = AuditLog::open(&path).unwrap();
            assert!(AuditLog::open(&path).is_err(), "one writer at a time");
            (0..4).for_each(|n| log.note(deed(round * 10 + n)));
            drop(log);
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(br#"{"line":"#).unwrap();
        }
        drop(AuditLog::open(&path).unwrap());
        assert_eq!(lines(&path), 1 + 3 * 4);
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_log_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        for text in ["notes".to_owned(), "notes\n".to_owned(), "x".repeat(100_000)] {
            std::fs::write(&path, &text).unwrap();
            assert!(AuditLog::open(&path).is_err());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
