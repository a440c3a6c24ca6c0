//! Control lines: what stands before a CR LF.

use super::decoder::DecodeError;
use super::fault::ServerFault;
use super::{Info, ServerOp};

/// Longest control line in bytes, its CR LF included: nats-server's own `max_control_line`.
pub const MAX_LINE: usize = 4096;
/// The same for `INFO`, which lists every server of a cluster: about 30 bytes each, in several
/// forms, so that a thousand servers fit.
pub const MAX_INFO: usize = 64 << 10;
/// Largest message in bytes, headers included: nats-server's default `max_payload`, and ours.
pub const MAX_MESSAGE: usize = 1 << 20;

/// What a line is.
pub(super) enum Line {
    /// An operation by itself.
    Whole(ServerOp),
    /// The beginning of a message.
    Head(Head),
}

/// What a line says of the message that follows it.
pub(super) struct Head {
    pub(super) subject: String,
    pub(super) sid: u64,
    /// Bytes of headers; `None` where the message has none.
    pub(super) headers: Option<usize>,
    /// Bytes of headers and payload.
    pub(super) total: usize,
}

/// How long a line may become that begins with these bytes.
pub(super) fn limit(line: &[u8]) -> usize {
    match line.get(..4) {
        Some(name) if name.eq_ignore_ascii_case(b"INFO") => MAX_INFO,
        _ => MAX_LINE,
    }
}

/// Reads a line, which ends in LF.
pub(super) fn read(line: &[u8]) -> Result<Line, DecodeError> {
    let line = line.strip_suffix(b"\r\n").ok_or(DecodeError::Line)?;
    if line.contains(&b'\r') {
        return Err(DecodeError::Line);
    }
    let end = line.iter().position(is_blank).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let is = |operation: &str| name.eq_ignore_ascii_case(operation.as_bytes());
    if is("MSG") {
        head(rest, false).map(Line::Head)
    } else if is("HMSG") {
        head(rest, true).map(Line::Head)
    } else {
        let operation = if is("INFO") {
            let info: Info = serde_json::from_slice(rest).map_err(|_| DecodeError::Info)?;
            ServerOp::Info(info)
        } else if is("-ERR") {
            ServerOp::Err(ServerFault::read(rest))
        } else if !rest.iter().all(is_blank) {
            return Err(DecodeError::Operation);
        } else if is("PING") {
            ServerOp::Ping
        } else if is("PONG") {
            ServerOp::Pong
        } else if is("+OK") {
            ServerOp::Ok
        } else {
            return Err(DecodeError::Operation);
        };
        Ok(Line::Whole(operation))
    }
}

/// `subject sid [reply] [#headers] #total`.
fn head(rest: &[u8], has_headers: bool) -> Result<Head, DecodeError> {
    let mut words: [&[u8]; 5] = [&[]; 5];
    let mut count = 0;
    for word in rest.split(is_blank).filter(|word| !word.is_empty()) {
        *words.get_mut(count).ok_or(DecodeError::Arguments)? = word;
        count += 1;
    }
    // Nobody who answers us expects an answer: the reply subject is dropped.
    let (subject, sid, headers, total) = match (has_headers, &words[..count]) {
        (false, [subject, sid, total] | [subject, sid, _, total]) => (subject, sid, None, total),
        (true, [subject, sid, headers, total] | [subject, sid, _, headers, total]) => {
            (subject, sid, Some(size(headers)?), total)
        }
        _ => return Err(DecodeError::Arguments),
    };
    let total = size(total)?;
    if headers.is_some_and(|headers| headers > total) {
        return Err(DecodeError::Size);
    }
    let subject = String::from_utf8_lossy(subject).into_owned();
    Ok(Head { subject, sid: number(sid)?, headers, total })
}

fn size(word: &[u8]) -> Result<usize, DecodeError> {
    let size = usize::try_from(number(word)?).unwrap_or(usize::MAX);
    if size > MAX_MESSAGE { Err(DecodeError::Size) } else { Ok(size) }
}

/// Digits and nothing else; what is beyond 64 bits is the largest number.
fn number(word: &[u8]) -> Result<u64, DecodeError> {
    if word.is_empty() {
        return Err(DecodeError::Arguments);
    }
    word.iter().try_fold(0_u64, |value, byte| match byte {
        b'0'..=b'9' => Ok(value.saturating_mul(10).saturating_add(u64::from(byte - b'0'))),
        _ => Err(DecodeError::Arguments),
    })
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
