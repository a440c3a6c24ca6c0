//! A server's bytes into operations: the same in whatever pieces they come, and never more held than
//! is allowed.
#![no_main]

use conclave_edge_bus::codec::{DecodeError, Decoder, MAX_INFO, MAX_MESSAGE, ServerOp};
use conclave_fuzz::{pieces, split};
use libfuzzer_sys::fuzz_target;

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<ServerOp>, Result<usize, DecodeError>) {
    let (mut decoder, mut all) = (Decoder::new(), Vec::new());
    for mut piece in pieces {
        loop {
            match decoder.read(&mut piece) {
                Ok(Some(operation)) => all.push(operation),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(decoder.read(&mut b"PING\r\n".as_slice()), Err(error));
                    return (all, Err(error));
                }
            }
        }
        assert!(piece.is_empty());
        assert!(decoder.held() < MAX_INFO.max(MAX_MESSAGE + 2));
    }
    (all, Ok(decoder.held()))
}

fuzz_target!(|input: &[u8]| {
    let Some((lengths, bytes)) = split(input) else { return };
    let at_once = read([bytes].into_iter());
    assert!(at_once.0.len() <= bytes.len() / 5, "an operation without bytes");
    assert_eq!(at_once, read(bytes.chunks(1)));
    assert_eq!(at_once, read(pieces(lengths, bytes)));
});
