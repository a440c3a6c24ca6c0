//! What the targets share.

/// Bytes that may be named in an input: what a target cannot expect a fuzzer to guess.
pub type Names = Vec<Vec<u8>>;

/// An input's first four bytes, which are the lengths of its pieces, and what comes in them. `None`
/// where the input is too short.
pub fn split(input: &[u8]) -> Option<([u8; 4], &[u8])> {
    input.split_first_chunk().map(|(lengths, rest)| (*lengths, rest))
}

/// Bytes in pieces of 1 to 64, as each length says in its turn.
pub fn pieces(lengths: [u8; 4], mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lengths = lengths.into_iter().cycle();
    lengths.map_while(move |length| {
        let length = usize::from(length % 64) + 1;
        let (piece, rest) = bytes.split_at(length.min(bytes.len()));
        bytes = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Puts names in place of `@0` to `@9`.
pub fn named(text: &[u8], names: &Names) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, others @ ..] = rest {
        let digit = others.first().map(|digit| usize::from(digit.wrapping_sub(b'0')));
        match digit.filter(|_| *first == b'@').and_then(|digit| names.get(digit)) {
            Some(name) => {
                out.extend_from_slice(name);
                rest = &others[1..];
            }
            None => {
                out.push(*first);
                rest = others;
            }
        }
    }
    out
}

/// A key that changes with every byte of the input: with a fixed one a fuzzer would find, comparison by
/// comparison, what it seals.
#[must_use]
pub fn key_of(input: &[u8]) -> [u8; 32] {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut key = [0; 32];
    for (number, part) in key.chunks_exact_mut(8).enumerate() {
        let mut hasher = DefaultHasher::new();
        (number, input).hash(&mut hasher);
        part.copy_from_slice(&hasher.finish().to_be_bytes());
    }
    key
}
