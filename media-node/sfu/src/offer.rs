//! Reading a client's offer strictly, before str0m sees it.

use std::collections::HashSet;

use crate::config::SfuConfig;
use crate::error::JoinError;
use crate::source::MAX_LAYERS;
use crate::types::{MediaKind, SourceKind};

/// How an m-line for data goes on after its port.
const DATA: [&str; 2] = ["UDP/DTLS/SCTP", "webrtc-datachannel"];

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
/// kind of m-lines, distinct mids that survive str0m's, numbers in range. The
/// lines are those of media; the one for data needs nothing more from here.
pub(crate) fn read(sdp: &str, config: &SfuConfig) -> Result<Vec<Line>, JoinError> {
    if sdp.len() > config.max_offer_bytes {
        return Err(JoinError::TooLarge);
    }
    let sections = sections(sdp, config.max_media_lines)?;
    let mut mids = HashSet::new();
    let mut lines: Vec<Line> = Vec::with_capacity(sections.len());
    let mut channels = 0;
    for section in &sections {
        let mid = section.mid()?;
        if !mids.insert(mid) {
            return Err(JoinError::Malformed);
        }
        match section.content {
            Content::Media(kind) => lines.push(section.line(mid, kind, &lines)?),
            Content::Data => channels += 1,
        }
    }
    if lines.is_empty() {
        return Err(JoinError::NoMediaLines);
    }
    if channels > 1 {
        return Err(JoinError::TooManyMediaLines);
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
    content: Content,
    zero_port: bool,
    attributes: Vec<&'a str>,
}

/// What an m-line is about.
#[derive(Clone, Copy)]
enum Content {
    Media(MediaKind),
    /// A data channel (RFC 8841).
    Data,
}

fn sections(sdp: &str, max: usize) -> Result<Vec<Section<'_>>, JoinError> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in sdp.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            if sections.len() >= max {
                return Err(JoinError::TooManyMediaLines);
            }
            let mut words = media.split(' ');
            let content = match words.next() {
                Some("audio") => Content::Media(MediaKind::Audio),
                Some("video") => Content::Media(MediaKind::Video),
                Some("application") => Content::Data,
                _ => return Err(JoinError::UnsupportedMedia),
            };
            let zero_port = words.next() == Some("0");
            let proper = match content {
                // Payload types are seven bits (RFC 3550 section 5.1).
                Content::Media(_) => words.skip(1).all(is_payload_type),
                Content::Data => words.map(str::trim).eq(DATA),
            };
            if !proper {
                return Err(JoinError::Malformed);
            }
            sections.push(Section { content, zero_port, attributes: Vec::new() });
        } else if let Some(attribute) = line.strip_prefix("a=") {
            check_numbers(attribute)?;
            if let Some(section) = sections.last_mut() {
                section.attributes.push(attribute);
            }
        }
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
    /// A port of zero is a rejection, but for lines that only come in a bundle (RFC 9143, section 6), as
    /// Firefox offers all but the first.
    fn is_rejected(&self) -> bool {
        self.zero_port && !self.attributes.iter().any(|a| a.trim() == "bundle-only")
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find_map(|a| a.strip_prefix(name)?.strip_prefix(':'))
    }

    fn mid(&self) -> Result<&str, JoinError> {
        let mid = self.value("mid").map(str::trim).ok_or(JoinError::Malformed)?;
        // str0m replaces other characters, which would make mids collide.
        let plain = mid.bytes().all(|b| b.is_ascii_alphanumeric());
        if mid.is_empty() || mid.len() > 16 || !plain {
            return Err(JoinError::Malformed);
        }
        Ok(mid)
    }

    fn line(&self, mid: &str, kind: MediaKind, before: &[Line]) -> Result<Line, JoinError> {
        let layers = self.attributes.iter().filter(|a| a.starts_with("rid:")).count();
        if layers > MAX_LAYERS {
            return Err(JoinError::TooManySenders);
        }
        let use_ = match self.direction() {
            _ if self.is_rejected() => LineUse::Unused,
            "sendonly" | "sendrecv" => LineUse::Sender(next_sender(kind, before)?),
            "recvonly" => LineUse::Slot,
            _ => LineUse::Unused,
        };
        Ok(Line { mid: mid.to_owned(), kind, use_ })
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

    fn data(mid: usize) -> String {
        format!("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:{mid}\r\n")
    }

    fn read_default(sdp: &str) -> Result<Vec<Line>, JoinError> {
        read(sdp, &SfuConfig::default())
    }

    #[test]
    fn a_port_of_zero_is_no_rejection_of_a_line_that_only_comes_in_the_bundle() {
        let sdp = offer(&[("audio", "sendonly"), ("video", "sendonly")]);
        let zero = sdp.replace("m=video 9", "m=video 0");
        assert_eq!(read_default(&zero).unwrap()[1].use_, LineUse::Unused);
        let bundled = format!("{zero}a=bundle-only\r\n");
        let camera = LineUse::Sender(SourceKind::Camera);
        assert_eq!(read_default(&bundled).unwrap()[1].use_, camera);
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
    fn a_line_for_data_changes_nothing_about_the_others() {
        let media = offer(&[("audio", "sendonly"), ("audio", "recvonly")]);
        let with = media.clone() + &data(2) + &data(3).replace("9 UDP", "0 UDP");
        assert_eq!(read_default(&(media.clone() + &data(2))), read_default(&media));
        assert_eq!(read_default(&with), Err(JoinError::TooManyMediaLines), "a rejected one counts");
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
            (offer(&[("text", "sendrecv")]), JoinError::UnsupportedMedia),
            (offer(&[("application", "sendrecv")]), JoinError::Malformed),
            (data(0), JoinError::NoMediaLines),
            (offer(&[audio]) + &data(1) + &data(2), JoinError::TooManyMediaLines),
            (offer(&[audio]) + &data(0), JoinError::Malformed),
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
