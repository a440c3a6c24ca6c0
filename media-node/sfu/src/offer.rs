//! Reading a client's offer strictly, before str0m sees it.

use std::collections::HashSet;

use crate::config::SfuConfig;
use crate::error::JoinError;
use crate::source::MAX_LAYERS;
use crate::types::{MediaKind, SourceKind};

/// Most receive slots of each kind.
const MAX_SLOTS: usize = 32;

/// One m-line of an offer, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub mid: String,
    pub kind: MediaKind,
    pub use_: LineUse,
}

/// What an m-line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineUse {
    Sender(SourceKind),
    Slot,
    Unused,
}

/// Checks everything that does not need ICE, DTLS or codecs: size, number and
/// kind of m-lines, distinct mids that survive str0m's, numbers in range.
pub(crate) fn read(sdp: &str, config: &SfuConfig) -> Result<Vec<Line>, JoinError> {
    if sdp.len() > config.max_offer_bytes {
        return Err(JoinError::TooLarge);
    }
    let sections = sections(sdp, config.max_media_lines)?;
    let mut mids = HashSet::new();
    let mut lines: Vec<Line> = Vec::with_capacity(sections.len());
    for section in &sections {
        let line = section.line(&lines)?;
        if !mids.insert(line.mid.clone()) {
            return Err(JoinError::Malformed);
        }
        lines.push(line);
    }
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let slots = lines.iter().filter(|l| l.use_ == LineUse::Slot && l.kind == kind);
        if slots.count() > MAX_SLOTS {
            return Err(JoinError::TooManyMediaLines);
        }
    }
    Ok(lines)
}

/// The lines of one m-line.
struct Section<'a> {
    kind: MediaKind,
    rejected: bool,
    attributes: Vec<&'a str>,
}

fn sections(sdp: &str, max: usize) -> Result<Vec<Section<'_>>, JoinError> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in sdp.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            if sections.len() >= max {
                return Err(JoinError::TooManyMediaLines);
            }
            let mut words = media.split(' ');
            let kind = match words.next() {
                Some("audio") => MediaKind::Audio,
                Some("video") => MediaKind::Video,
                _ => return Err(JoinError::UnsupportedMedia),
            };
            let rejected = words.next() == Some("0");
            // Payload types are seven bits (RFC 3550 section 5.1).
            if !words.skip(1).all(is_payload_type) {
                return Err(JoinError::Malformed);
            }
            sections.push(Section { kind, rejected, attributes: Vec::new() });
        } else if let Some(attribute) = line.strip_prefix("a=") {
            check_numbers(attribute)?;
            if let Some(section) = sections.last_mut() {
                section.attributes.push(attribute);
            }
        }
    }
    if sections.is_empty() {
        return Err(JoinError::NoMediaLines);
    }
    Ok(sections)
}

fn is_payload_type(word: &str) -> bool {
    word.parse::<u8>().is_ok_and(|pt| pt < 128)
}

/// Payload types and extension ids (RFC 8285: 1 to 14, or to 255 in the two-byte
/// form without 15) wherever they are declared.
fn check_numbers(attribute: &str) -> Result<(), JoinError> {
    let good = if let Some(rest) = attribute.strip_prefix("rtpmap:") {
        is_payload_type(rest.split(' ').next().unwrap_or_default())
    } else if let Some(rest) = attribute.strip_prefix("extmap:") {
        let id = rest.split([' ', '/']).next().unwrap_or_default();
        id.parse::<u8>().is_ok_and(|id| id != 0 && id != 15)
    } else {
        true
    };
    if good { Ok(()) } else { Err(JoinError::Malformed) }
}

impl Section<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find_map(|a| a.strip_prefix(name)?.strip_prefix(':'))
    }

    fn line(&self, before: &[Line]) -> Result<Line, JoinError> {
        let mid = self.value("mid").map(str::trim).ok_or(JoinError::Malformed)?;
        // str0m replaces other characters, which would make mids collide.
        let plain = mid.bytes().all(|b| b.is_ascii_alphanumeric());
        if mid.is_empty() || mid.len() > 16 || !plain {
            return Err(JoinError::Malformed);
        }
        let layers = self.attributes.iter().filter(|a| a.starts_with("rid:")).count();
        if layers > MAX_LAYERS {
            return Err(JoinError::TooManySenders);
        }
        let use_ = match self.direction() {
            _ if self.rejected => LineUse::Unused,
            "sendonly" | "sendrecv" => LineUse::Sender(next_sender(self.kind, before)?),
            "recvonly" => LineUse::Slot,
            _ => LineUse::Unused,
        };
        Ok(Line { mid: mid.to_owned(), kind: self.kind, use_ })
    }

    /// Without one, `sendrecv` (RFC 8866 section 6.7).
    fn direction(&self) -> &str {
        let known = ["sendonly", "recvonly", "sendrecv", "inactive"];
        let found = self.attributes.iter().find(|a| known.contains(&a.trim()));
        found.map_or("sendrecv", |a| a.trim())
    }
}

/// Senders are known by their order: microphone; camera, then screen.
fn next_sender(kind: MediaKind, before: &[Line]) -> Result<SourceKind, JoinError> {
    let is_sender = |l: &&Line| l.kind == kind && matches!(l.use_, LineUse::Sender(_));
    match (kind, before.iter().filter(is_sender).count()) {
        (MediaKind::Audio, 0) => Ok(SourceKind::Microphone),
        (MediaKind::Video, 0) => Ok(SourceKind::Camera),
        (MediaKind::Video, 1) => Ok(SourceKind::Screen),
        _ => Err(JoinError::TooManySenders),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(lines: &[(&str, &str)]) -> String {
        let mut sdp = String::from("v=0\r\n");
        for (i, (kind, direction)) in lines.iter().enumerate() {
            sdp += &format!("m={kind} 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{i}\r\na={direction}\r\n");
        }
        sdp
    }

    fn read_default(sdp: &str) -> Result<Vec<Line>, JoinError> {
        read(sdp, &SfuConfig::default())
    }

    #[test]
    fn senders_by_order_and_slots_by_direction() {
        let sdp = offer(&[
            ("audio", "sendonly"),
            ("video", "sendrecv"),
            ("video", "sendonly"),
            ("audio", "recvonly"),
            ("video", "inactive"),
        ]);
        let uses: Vec<_> = read_default(&sdp).unwrap().into_iter().map(|l| l.use_).collect();
        assert_eq!(
            uses,
            [
                LineUse::Sender(SourceKind::Microphone),
                LineUse::Sender(SourceKind::Camera),
                LineUse::Sender(SourceKind::Screen),
                LineUse::Slot,
                LineUse::Unused,
            ]
        );
    }

    #[test]
    fn refuses_what_is_not_allowed() {
        let audio = ("audio", "sendonly");
        let cases = [
            (String::new(), JoinError::NoMediaLines),
            ("x".repeat(32 * 1024 + 1), JoinError::TooLarge),
            (offer(&[("audio", "recvonly"); 41]), JoinError::TooManyMediaLines),
            (offer(&[("audio", "recvonly"); 33]), JoinError::TooManyMediaLines),
            (offer(&[audio, audio]), JoinError::TooManySenders),
            (offer(&[("video", "sendonly"); 3]), JoinError::TooManySenders),
            (offer(&[("application", "sendrecv")]), JoinError::UnsupportedMedia),
            (offer(&[audio]).replace("mid:0", "mid:a-b"), JoinError::Malformed),
            (offer(&[audio]).replace("a=mid:0\r\n", ""), JoinError::Malformed),
            (offer(&[audio]).replace("111", "128"), JoinError::Malformed),
            (offer(&[audio]) + "a=rtpmap:200 opus/48000/2\r\n", JoinError::Malformed),
            (offer(&[audio]) + "a=extmap:0 urn:x\r\n", JoinError::Malformed),
            (
                offer(&[audio, ("audio", "recvonly")]).replace("mid:1", "mid:0"),
                JoinError::Malformed,
            ),
            (offer(&[audio]) + &"a=rid:a send\r\n".repeat(4), JoinError::TooManySenders),
        ];
        for (sdp, error) in cases {
            assert_eq!(read_default(&sdp), Err(error), "{}", &sdp[..sdp.len().min(200)]);
        }
    }
}
