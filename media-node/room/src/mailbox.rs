//! The last private messages of one person, for it alone to ask for again.

use conclave_protocol::event::{ChatBody, Mail};
use conclave_protocol::ids::Pid;
use std::collections::VecDeque;

/// Messages kept.
const KEPT: usize = 64;
/// Bytes of their text, plain or sealed.
const KEPT_TEXT: usize = 64 * 1024;

/// Numbers what a person gets and keeps the last of it.
#[derive(Clone, Default)]
pub(crate) struct Mailbox {
    number: u64,
    last: VecDeque<Mail>,
    text: usize,
}

impl Mailbox {
    pub(crate) fn append(&mut self, from: &Pid, to: &Pid, body: &ChatBody) -> &Mail {
        self.number += 1;
        self.text += body.as_str().len();
        while self.last.len() >= KEPT || (self.text > KEPT_TEXT && !self.last.is_empty()) {
            let oldest = self.last.pop_front();
            self.text -= oldest.map_or(0, |oldest| oldest.body.as_str().len());
        }
        let (from, to, body) = (from.clone(), to.clone(), body.clone());
        self.last.push_back(Mail { number: self.number, from, to, body });
        &self.last[self.last.len() - 1]
    }

    /// What is known of everything after `number`.
    pub(crate) fn after(&self, number: u64) -> impl Iterator<Item = &Mail> {
        self.last.iter().filter(move |mail| mail.number > number)
    }
}
