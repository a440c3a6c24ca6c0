//! Answers without what must differ: ids, tokens, times, and what only concerns the connection.

use crate::http::Answer;

/// Headers that say how an answer is carried, or when.
const OF_THE_CONNECTION: [&str; 4] = ["date", "connection", "keep-alive", "transfer-encoding"];

/// Headers by which a platform names a file's version and the forms in which it keeps it: each has its
/// own way to keep files.
const OF_A_FILES_VERSION: [&str; 4] = ["etag", "last-modified", "accept-ranges", "vary"];

/// Status, headers in order of their names, body.
#[must_use]
pub fn scrub(answer: &Answer) -> String {
    let mut headers: Vec<&str> = answer
        .head
        .lines()
        .skip(1)
        .filter(|line| {
            let name = line.split(':').next().unwrap_or_default();
            !OF_THE_CONNECTION.contains(&name) && !OF_A_FILES_VERSION.contains(&name)
        })
        .collect();
    headers.sort_unstable();
    format!("{}\n{}\n\n{}", answer.status, headers.join("\n"), words(&answer.body))
}

/// Tokens, keys, ids and times become their lengths.
fn words(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            word.push(c);
            continue;
        }
        let time = word.len() >= 10 && word.bytes().all(|b| b.is_ascii_digit());
        // A word for programs is what it is, however long.
        let is_word = word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        if time || (word.len() >= 20 && !is_word) {
            out.push_str(&format!("<{}>", word.len()));
        } else {
            out.push_str(&word);
        }
        word.clear();
        out.push(c);
    }
    out.pop();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_by_chance_is_gone_and_the_rest_stays() {
        let answer = Answer {
            status: 200,
            head: "http/1.1 200 ok\r\ndate: now\r\nb: 2\r\na: 1".into(),
            body: r#"{"sid":"abcdefghijklmnopqrstuvwxyz","n":7,"t":1790000000}"#.into(),
        };
        assert_eq!(scrub(&answer), "200\na: 1\nb: 2\n\n{\"sid\":\"<26>\",\"n\":7,\"t\":<10>}");
    }
}
