//! Bytes into a server's operations.

use super::line::{self, Head, Line};
use super::{Delivery, ServerOp, headers};
use crate::redact::hidden_debug;
use conclave_edge_core::wire::Incoming;
use std::mem;

/// Why bytes are not a server's. The connection cannot be used any further, for nobody knows where
/// the next operation would begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A line without an end, too long, or with a CR inside.
    #[error("a control line is too long or ends wrongly")]
    Line,
    /// No operation of NATS.
    #[error("an unknown operation")]
    Operation,
    /// Too few or too many arguments, or a number that is none.
    #[error("an operation has the wrong arguments")]
    Arguments,
    /// A message above [`MAX_MESSAGE`](super::MAX_MESSAGE), or headers longer than their message.
    #[error("a message has an impossible size")]
    Size,
    /// No CR LF after a payload.
    #[error("a message does not end where it should")]
    End,
    /// `INFO` that is not JSON, or whose fields have other types.
    #[error("the server's INFO cannot be read")]
    Info,
}

/// Reads operations from bytes in whatever pieces they come.
///
/// What it holds between two calls is bounded: one line of at most [`MAX_INFO`](super::MAX_INFO), or
/// one message of at most [`MAX_MESSAGE`](super::MAX_MESSAGE), which is not allocated before it has
/// come.
pub struct Decoder {
    state: State,
    /// The beginning of the line or the message that is not complete.
    buffer: Vec<u8>,
}

enum State {
    Line,
    Body(Head),
    Failed(DecodeError),
}

hidden_debug!(Decoder);

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// Before a connection's first byte.
    #[must_use]
    pub fn new() -> Self {
        Self { state: State::Line, buffer: Vec::new() }
    }

    /// Takes bytes from the front of `input` until they complete an operation; `None` where all were
    /// taken and none is complete.
    ///
    /// # Errors
    /// [`DecodeError`], and the same for ever after.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<ServerOp>, DecodeError> {
        let read = self.advance(input);
        if let Err(error) = read {
            self.state = State::Failed(error);
            self.buffer = Vec::new();
        }
        read
    }

    /// Bytes held of an operation that is not complete.
    #[must_use]
    pub fn held(&self) -> usize {
        self.buffer.len()
    }

    fn advance(&mut self, input: &mut &[u8]) -> Result<Option<ServerOp>, DecodeError> {
        if let State::Failed(error) = self.state {
            return Err(error);
        }
        if matches!(self.state, State::Line) {
            if !self.take_line(input)? {
                return Ok(None);
            }
            match line::read(&mem::take(&mut self.buffer))? {
                Line::Whole(operation) => return Ok(Some(operation)),
                Line::Head(head) => self.state = State::Body(head),
            }
        }
        let State::Body(head) = &self.state else {
            return Ok(None);
        };
        let want = head.total + 2;
        let missing = want - self.buffer.len();
        take(&mut self.buffer, input, missing);
        if self.buffer.len() < want {
            return Ok(None);
        }
        let State::Body(head) = mem::replace(&mut self.state, State::Line) else {
            return Ok(None);
        };
        message(head, mem::take(&mut self.buffer)).map(|message| Some(ServerOp::Message(message)))
    }

    /// True where the buffer holds a whole line, its LF included.
    fn take_line(&mut self, input: &mut &[u8]) -> Result<bool, DecodeError> {
        let end = input.iter().position(|byte| *byte == b'\n');
        take(&mut self.buffer, input, end.map_or(usize::MAX, |end| end + 1));
        if self.buffer.len() > line::limit(&self.buffer) {
            return Err(DecodeError::Line);
        }
        Ok(end.is_some())
    }
}

/// Moves up to `count` bytes from the front of `input` to the end of `buffer`.
fn take(buffer: &mut Vec<u8>, input: &mut &[u8], count: usize) {
    let (now, later) = input.split_at(count.min(input.len()));
    buffer.extend_from_slice(now);
    *input = later;
}

fn message(head: Head, mut body: Vec<u8>) -> Result<Delivery, DecodeError> {
    if !body.ends_with(b"\r\n") {
        return Err(DecodeError::End);
    }
    body.truncate(head.total);
    let incoming = match head.headers {
        None => Some(Incoming { payload: body, ..Incoming::default() }),
        Some(length) => {
            let payload = body.split_off(length);
            let headers = headers::read(&body);
            headers.map(|(status, headers)| Incoming { status, headers, payload })
        }
    };
    Ok(Delivery { subject: head.subject, sid: head.sid, incoming })
}

#[cfg(test)]
mod tests {
    use super::super::{Info, MAX_INFO, MAX_LINE, MAX_MESSAGE, ServerFault};
    use super::*;

    /// All operations of `bytes`, given at once, and how it ends.
    fn read(bytes: &[u8]) -> (Vec<ServerOp>, Result<usize, DecodeError>) {
        let (mut decoder, mut input, mut all) = (Decoder::new(), bytes, Vec::new());
        loop {
            match decoder.read(&mut input) {
                Ok(Some(operation)) => all.push(operation),
                Ok(None) => return (all, Ok(decoder.held())),
                Err(error) => {
                    assert_eq!(decoder.read(&mut b"PING\r\n".as_slice()), Err(error), "stays");
                    assert_eq!(decoder.held(), 0);
                    return (all, Err(error));
                }
            }
        }
    }

    fn fails(bytes: impl AsRef<[u8]>, error: DecodeError) {
        let text = String::from_utf8_lossy(bytes.as_ref());
        assert_eq!(read(bytes.as_ref()).1, Err(error), "{}", &text[..text.len().min(80)]);
    }

    #[test]
    fn operations_are_read_in_any_case_and_with_any_blanks() {
        let (all, end) = read(
            b"info\t {\"nonce\":\"n\",\"max_payload\":5}\r\nPiNG \r\npong\r\n+ok\r\n-err 'Slow Consumer'\r\n\
              mSg \t a.b  7\tr 2\r\nhi\r\nMSG a 1 0\r\n\r\nHMSG a 1 r 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPIN",
        );
        assert_eq!(end, Ok(3));
        let info =
            Info { nonce: Some("n".into()), headers: false, max_payload: 5, tls_required: false };
        let message = |subject: &str, sid, payload: &str| {
            let incoming = Incoming { payload: payload.into(), ..Incoming::default() };
            ServerOp::Message(Delivery { subject: subject.into(), sid, incoming: Some(incoming) })
        };
        assert_eq!(
            all,
            [
                ServerOp::Info(info),
                ServerOp::Ping,
                ServerOp::Pong,
                ServerOp::Ok,
                ServerOp::Err(ServerFault::Closing),
                message("a.b", 7, "hi"),
                message("a", 1, ""),
                message("a", 1, "hi"),
            ]
        );
    }

    #[test]
    fn what_is_no_operation_ends_the_connection() {
        for text in [
            "\r\n",
            " PING\r\n",
            "PINGS\r\n",
            "PING x\r\n",
            "+OK!\r\n",
            "SUB a 1\r\n",
            "INFO{}\r\n",
        ] {
            fails(text, DecodeError::Operation);
        }
        for text in ["PING\n", "PI\rNG\r\n", "MSG a 1 0\n\r\n"] {
            fails(text, DecodeError::Line);
        }
        for text in ["INFO\r\n", "INFO {\"max_payload\":-1}\r\n", "INFO {\"nonce\":1}\r\n"] {
            fails(text, DecodeError::Info);
        }
        for text in [
            "MSG\r\n",
            "MSG a 1\r\n",
            "MSG a 1 r 0 0\r\n",
            "MSG a x 0\r\n",
            "MSG a 1 -1\r\n",
            "MSG a 1 +1\r\n",
            "MSG a 1 NaN\r\n",
            "MSG a 1 1e3\r\n",
            "MSG a 1 0x1\r\n",
            "HMSG a 1 12\r\n",
            "HMSG a 1 r 12 12 12\r\n",
            "HMSG a 1 -12 12\r\n",
        ] {
            fails(text, DecodeError::Arguments);
        }
        for text in [
            "MSG a 1 99999999999999999999\r\n",
            "MSG a 1 18446744073709551621\r\n",
            "HMSG a 1 13 12\r\n",
            "HMSG a 1 18446744073709551615 18446744073709551615\r\n",
        ] {
            fails(text, DecodeError::Size);
        }
        for text in ["MSG a 1 2\r\nhiPING\r\n", "MSG a 1 1\r\nhi\r\n", "MSG a 1 0\r\n\n\r"] {
            fails(text, DecodeError::End);
        }
    }

    #[test]
    fn bounds_are_exact() {
        let line = |name: &str, length: usize| {
            let mut line = name.to_owned();
            line.push_str(&" ".repeat(length - 2 - name.len()));
            line + "\r\n"
        };
        assert_eq!(read(line("PING", MAX_LINE).as_bytes()).0, [ServerOp::Ping]);
        fails(line("PING", MAX_LINE + 1), DecodeError::Line);
        assert_eq!(read(line("INFO {}", MAX_INFO).as_bytes()).0.len(), 1);
        fails(line("INFO {}", MAX_INFO + 1), DecodeError::Line);
        fails("x".repeat(MAX_LINE + 1), DecodeError::Line);
        fails("x".repeat(MAX_INFO * 4), DecodeError::Line);
        let largest = format!("MSG a 1 {MAX_MESSAGE}\r\n{}\r\n", "x".repeat(MAX_MESSAGE));
        assert_eq!(read(largest.as_bytes()).0.len(), 1);
        fails(format!("MSG a 1 {}\r\n", MAX_MESSAGE + 1), DecodeError::Size);
    }

    #[test]
    fn a_claimed_size_costs_nothing_until_it_comes() {
        let mut decoder = Decoder::new();
        let input = format!("MSG a 1 {MAX_MESSAGE}\r\nx");
        assert_eq!(decoder.read(&mut input.as_bytes()), Ok(None));
        assert!(decoder.held() == 1 && decoder.buffer.capacity() < 100);
    }

    #[test]
    fn unreadable_headers_and_subjects_leave_the_next_message_alone() {
        let (all, end) = read(
            b"HMSG a 1 3 5\r\n\xff\xffxhi\r\nMSG \xff 1 0\r\n\r\nHMSG a 1 0 0\r\n\r\nPING\r\n",
        );
        assert_eq!((all.len(), end), (4, Ok(0)));
        for index in [0, 2] {
            assert!(matches!(&all[index], ServerOp::Message(Delivery { incoming: None, .. })));
        }
        assert!(matches!(&all[1], ServerOp::Message(delivery) if delivery.subject == "\u{fffd}"));
    }
}
