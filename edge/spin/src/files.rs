//! The web application's files: a folder that the host mounts.

use crate::requests::{Answer, set, text, whole};
use conclave_edge_core::files::{asked, codings, media_type};
use spin_sdk::http::Request;
use std::fs;
use std::path::Path;

/// Where spin.toml mounts the folder.
const ROOT: &str = "/web";

/// The file that is asked for; `None` where there is none, or where no folder is mounted.
pub(crate) fn serve(request: &Request) -> Option<Answer> {
    let file = asked(request.method().as_str(), request.uri().path())?;
    let plain = format!("{ROOT}{}", file.path);
    if !Path::new(&plain).is_file() {
        return None;
    }
    let accept = text(request.headers(), "accept-encoding");
    let coded = codings(accept.as_deref())
        .find_map(|(coding, end)| Some((Some(coding), fs::read(format!("{plain}{end}")).ok()?)));
    let (coding, content) = match coded {
        Some(found) => found,
        None => (None, fs::read(&plain).ok()?),
    };
    let mut answer = whole(content);
    let headers = answer.headers_mut();
    set(headers, "cache-control", file.cache);
    set(headers, "vary", "accept-encoding");
    if let Some(media_type) = media_type(file.path) {
        set(headers, "content-type", media_type);
    }
    if let Some(coding) = coding {
        set(headers, "content-encoding", coding);
    }
    Some(answer)
}
