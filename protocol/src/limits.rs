//! Bounds on what comes from outside, in one place because edge, node and client share them.

/// Largest body of an HTTP request in bytes.
pub const MAX_BODY: usize = 64 * 1024;
/// How much of a body that is too large is read all the same, in bytes: a sender that is cut off in
/// the middle would never see why.
pub const DISCARDED_BODY: usize = 1 << 20;
/// Largest SDP offer in bytes; nine video and three audio slots come to about 12 kB.
pub const MAX_OFFER: usize = 32 * 1024;
/// Largest message that a participant may publish, in bytes (enforced by NATS through the role).
pub const MAX_PARTICIPANT_PAYLOAD: usize = 16 * 1024;
/// How long a join token may live, in seconds.
pub const MAX_JOIN_TOKEN_SECONDS: u64 = 600;
/// How long a participant's NATS credential lives, in seconds.
pub const BUS_JWT_SECONDS: u64 = 600;
/// How far a proof's time may lie from the edge's clock, in seconds.
pub const PROOF_WINDOW_SECONDS: u64 = 60;
/// How far an edge's clock may be behind that of the edge which issued a token, in seconds: a token
/// counts from so much before its time of issue. It ends on the second all the same.
pub const CLOCK_SKEW_SECONDS: u64 = 5;
/// People in one page of a roster snapshot.
pub const ROSTER_PAGE: usize = 200;
/// People whom one room admits unless it says less.
pub const MAX_PARTICIPANTS: u32 = 500;
/// Characters of one chat message.
pub const MAX_CHAT_CHARS: usize = 2000;
/// Characters of one chat message in an encrypted room: base64url of what was sealed.
pub const MAX_SEALED_CHAT_CHARS: usize = 12_000;
/// Characters of a participant's hello, likewise.
pub const MAX_HELLO_CHARS: usize = 2000;
/// People who may wait before one room's door.
pub const MAX_WAITING: usize = 200;
/// How long a session token lives, in seconds: a long day of meetings; every use gives a fresh one.
pub const SESSION_SECONDS: u64 = 24 * 3600;
