//! Collecting a request's body as it arrives in chunks, with the same bounds on every runtime.

use crate::errors::Problem;
use conclave_protocol::limits::{DISCARDED_BODY, MAX_BODY};
use std::time::Duration;

/// How long a body may take to arrive; then the request is refused with [`Problem::TooSlow`].
pub const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// What has arrived of a body. One that is too large is still read for a while, since a sender that is
/// cut off in the middle would never see why.
#[derive(Default)]
pub struct Body {
    kept: Vec<u8>,
    seen: usize,
}

impl Body {
    /// Takes a chunk; false where no more should be read.
    pub fn take(&mut self, chunk: &[u8]) -> bool {
        self.seen = self.seen.saturating_add(chunk.len());
        if self.seen <= MAX_BODY {
            self.kept.extend_from_slice(chunk);
        }
        self.seen <= DISCARDED_BODY
    }

    /// The whole body.
    ///
    /// # Errors
    /// [`Problem::TooLarge`].
    pub fn finish(self) -> Result<Vec<u8>, Problem> {
        if self.seen > MAX_BODY { Err(Problem::TooLarge) } else { Ok(self.kept) }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({} bytes)", self.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_body_is_kept_and_one_byte_more_is_refused() {
        let mut body = Body::default();
        assert!(body.take(&vec![1; MAX_BODY - 1]) && body.take(&[2]));
        assert_eq!(body.finish().unwrap().len(), MAX_BODY);
        let mut body = Body::default();
        assert!(body.take(&vec![1; MAX_BODY + 1]), "its sender may finish");
        assert_eq!(body.finish(), Err(Problem::TooLarge));
    }

    #[test]
    fn nobody_reads_for_ever() {
        let mut body = Body::default();
        let chunks = (1..).find(|_| !body.take(&[0; 64 * 1024])).unwrap();
        assert_eq!(chunks, DISCARDED_BODY / (64 * 1024) + 1);
        assert_eq!(body.kept.len(), MAX_BODY);
    }
}
