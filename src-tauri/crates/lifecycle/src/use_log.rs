//! The log of how keys were used: each line is bound to the one before, so that a line that was changed, left out or put
//! in between shows. The binding has no key: whoever writes the whole log anew, or cuts off its end, shows only by the head
//! ([`LogHead`]) that is kept apart from it.

use crate::journey::KeyUse;
use aws_lc_rs::digest::{Context, SHA256};
use serde::Serialize;

/// What stands for the line before the first one.
const BEFORE_THE_FIRST: [u8; 32] = [0; 32];

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedKeyUse {
    /// Its number: 1 for the first, one more for each.
    pub number: u64,
    /// The use.
    pub key_use: KeyUse,
    /// Binds it to all lines before it ([`UseLogChain`]); `None` for a line of a version of the program that bound none.
    pub hash: Option<[u8; 32]>,
}

/// The head of the log: the number and the hash of its last line. Kept apart from the log, it shows an end that was cut
/// off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogHead {
    /// The number of the last line.
    pub number: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

impl LogHead {
    /// As text: the number and the hash in hexadecimal, with a colon between.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}:{}", self.number, hex::encode(self.hash))
    }

    /// Reads the text back; `None` where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, hash) = text.split_once(':')?;
        let mut head = Self { number: number.parse().ok()?, hash: [0; 32] };
        hex::decode_to_slice(hash, &mut head.hash).ok()?;
        Some(head)
    }
}

/// The log as far as it is shown, and what the check of all of it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseLog {
    /// The latest lines, newest first.
    pub lines: Vec<LoggedKeyUse>,
    /// What the check of the whole log came to.
    pub state: UseLogState,
    /// The last line's number and hash; `None` where no line is bound.
    pub last: Option<LogHead>,
}

/// What a check of the log came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum UseLogState {
    /// Every line is as it was written, and none is missing between the first and the last.
    Intact,
    /// A line was changed, left out or put in.
    Altered {
        /// The number of the first line that does not fit.
        number: u64,
    },
    /// Lines at the end are missing.
    CutOff {
        /// The number of the first line that is missing.
        number: u64,
    },
}

impl UseLog {
    /// The log, held against a head that was kept apart from it.
    #[must_use]
    pub fn against(self, head: &LogHead) -> Self {
        let Self { lines, state, last } = self;
        let state = match (state, last) {
            (UseLogState::Intact, None) => UseLogState::CutOff { number: 1 },
            (UseLogState::Intact, Some(last)) if last.number < head.number => {
                UseLogState::CutOff { number: last.number + 1 }
            }
            // Written anew from the beginning, with as many lines.
            (UseLogState::Intact, Some(last)) if last.number == head.number && last.hash != head.hash => {
                UseLogState::Altered { number: head.number }
            }
            (state, _) => state,
        };
        Self { lines, state, last }
    }
}

/// Walks along the log, oldest line first: binds new lines, or checks those that are there.
#[derive(Debug, Clone)]
pub struct UseLogChain {
    number: u64,
    hash: [u8; 32],
    bound: bool,
    state: UseLogState,
}

impl Default for UseLogChain {
    fn default() -> Self {
        Self { number: 0, hash: BEFORE_THE_FIRST, bound: false, state: UseLogState::Intact }
    }
}

impl UseLogChain {
    /// Stands behind the line of this number and hash, which is taken as it is.
    #[must_use]
    pub fn behind(number: u64, hash: Option<[u8; 32]>) -> Self {
        Self { number, hash: hash.unwrap_or(BEFORE_THE_FIRST), bound: hash.is_some(), state: UseLogState::Intact }
    }

    /// The next line of the log.
    #[must_use]
    pub fn bind(&mut self, key_use: KeyUse) -> LoggedKeyUse {
        self.number += 1;
        self.hash = bound(&self.hash, self.number, &key_use);
        self.bound = true;
        LoggedKeyUse { number: self.number, key_use, hash: Some(self.hash) }
    }

    /// Checks the next line that is there.
    pub fn check(&mut self, line: &LoggedKeyUse) {
        self.number += 1;
        let fits = line.number == self.number
            && match line.hash {
                Some(hash) => hash == bound(&self.hash, line.number, &line.key_use),
                None => !self.bound,
            };
        if !fits && self.state == UseLogState::Intact {
            self.state = UseLogState::Altered { number: self.number.min(line.number) };
        }
        self.number = line.number;
        if let Some(hash) = line.hash {
            self.hash = hash;
            self.bound = true;
        }
    }

    /// What the check has come to.
    #[must_use]
    pub fn state(&self) -> UseLogState {
        self.state
    }

    /// The line that the walk has come to; `None` where none was bound.
    #[must_use]
    pub fn head(&self) -> Option<LogHead> {
        self.bound.then_some(LogHead { number: self.number, hash: self.hash })
    }
}

/// SHA-256 over the hash before, the number, and every field with its length in front.
fn bound(before: &[u8; 32], number: u64, key_use: &KeyUse) -> [u8; 32] {
    let KeyUse { key, purpose, at, portal, document, program_version, refused } = key_use;
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(&number.to_be_bytes());
    let mut field = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    field(key.0.as_bytes());
    field(purpose.name().as_bytes());
    field(&at.timestamp().to_be_bytes());
    field(&at.timestamp_subsec_nanos().to_be_bytes());
    field(portal.as_bytes());
    field(document.as_ref().map_or(&[][..], |document| document.as_bytes()));
    field(program_version.as_bytes());
    field(refused.map_or("", crate::problem::ProblemCode::name).as_bytes());
    context.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journey::{KeyId, KeyPurpose};
    use crate::problem::ProblemCode;
    use chrono::{DateTime, TimeDelta};
    use uuid::Uuid;

    fn log(lines: i64) -> Vec<LoggedKeyUse> {
        let mut chain = UseLogChain::default();
        let began = DateTime::from_timestamp(1_795_000_000, 0).expect("a time");
        (0..lines)
            .map(|number| {
                chain.bind(KeyUse {
                    key: KeyId(Uuid::from_u128(7)),
                    purpose: KeyPurpose::DeclarationSignature,
                    at: began + TimeDelta::minutes(number),
                    portal: "https://portal.example".into(),
                    document: Some(Uuid::from_u128(8)),
                    program_version: "1.0.0".into(),
                    refused: (number == 2).then_some(ProblemCode::PasswordWrong),
                })
            })
            .collect()
    }

    fn checked(lines: &[LoggedKeyUse]) -> UseLogState {
        let mut chain = UseLogChain::default();
        lines.iter().for_each(|line| chain.check(line));
        chain.state()
    }

    #[test]
    fn a_log_that_nobody_touched_is_intact() {
        for lines in [0, 1, 5] {
            assert_eq!(checked(&log(lines)), UseLogState::Intact);
        }
    }

    #[test]
    fn every_change_of_a_line_shows() {
        type Change = fn(&mut KeyUse);
        let changes: [Change; 7] = [
            |line| line.key = KeyId(Uuid::from_u128(9)),
            |line| line.purpose = KeyPurpose::DeclarationSubmission,
            |line| line.at += TimeDelta::nanoseconds(1),
            |line| line.portal.push('x'),
            |line| line.document = None,
            |line| line.program_version = "1.0.1".into(),
            |line| line.refused = None,
        ];
        for change in changes {
            let mut lines = log(5);
            change(&mut lines[2].key_use);
            assert_eq!(checked(&lines), UseLogState::Altered { number: 3 });
        }
    }

    #[test]
    fn a_line_that_is_left_out_moved_or_put_in_shows() {
        let mut left_out = log(5);
        left_out.remove(1);
        assert_eq!(checked(&left_out), UseLogState::Altered { number: 2 });
        let mut first_left_out = log(5);
        first_left_out.remove(0);
        assert_eq!(checked(&first_left_out), UseLogState::Altered { number: 1 });
        let mut moved = log(5);
        moved.swap(1, 2);
        assert_eq!(checked(&moved), UseLogState::Altered { number: 2 });
        let mut put_in = log(5);
        put_in[3].hash = None;
        assert_eq!(checked(&put_in), UseLogState::Altered { number: 4 });
    }

    #[test]
    fn lines_of_a_version_that_bound_none_are_taken_at_the_beginning_only() {
        let mut old = log(2);
        old.iter_mut().for_each(|line| line.hash = None);
        let mut chain = UseLogChain::behind(old[1].number, old[1].hash);
        let newer = chain.bind(log(1).remove(0).key_use);
        assert_eq!(newer.number, 3);
        let all = [old[0].clone(), old[1].clone(), newer];
        assert_eq!(checked(&all), UseLogState::Intact);
    }

    #[test]
    fn an_end_that_was_cut_off_and_a_log_written_anew_show_by_the_head() {
        let state = |lines: &[LoggedKeyUse], head: &LogHead| {
            let mut chain = UseLogChain::default();
            lines.iter().for_each(|line| chain.check(line));
            UseLog { lines: Vec::new(), state: chain.state(), last: chain.head() }.against(head).state
        };
        let lines = log(5);
        let head = |number: usize| LogHead { number: number as u64, hash: lines[number - 1].hash.expect("bound") };
        assert_eq!(LogHead::parse(&head(5).to_text()), Some(head(5)));
        assert_eq!(state(&lines, &head(5)), UseLogState::Intact);
        assert_eq!(state(&lines, &head(4)), UseLogState::Intact, "the program was stopped before it kept the newest");
        assert_eq!(state(&lines[..3], &head(5)), UseLogState::CutOff { number: 4 });
        assert_eq!(state(&[], &head(5)), UseLogState::CutOff { number: 1 });
        let anew = LogHead { hash: [1; 32], ..head(5) };
        assert_eq!(state(&lines, &anew), UseLogState::Altered { number: 5 });
    }

    #[test]
    fn what_is_added_behind_the_last_line_belongs_to_the_same_log() {
        let mut lines = log(3);
        let mut chain = UseLogChain::behind(lines[2].number, lines[2].hash);
        lines.push(chain.bind(lines[0].key_use.clone()));
        assert_eq!(checked(&lines), UseLogState::Intact);
    }
}
