//! A mail that has come, and how.

use jiff::Timestamp;
use mail::Mailbox;
use mail::address::Pattern;
use smtp::ReceivedMail;

use super::left;

/// How a mail came, where that makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source<'a> {
    /// By a program that waits for the verdict.
    Live,
    /// From the drop folder or a mailbox that is read, where it has this name: taken in once.
    Left(&'a str),
}

impl Source<'_> {
    /// Its name in the drop folder or the mailbox.
    pub(super) fn file(self) -> Option<String> {
        match self {
            Self::Live => None,
            Self::Left(name) => Some(name.to_owned()),
        }
    }

    /// The record that it was taken in.
    pub(super) fn record(self, now: Timestamp) -> Option<spool::Answered> {
        match self {
            Self::Live => None,
            Self::Left(name) => Some(left::taken_in(name, now)),
        }
    }
}

/// A mail that has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived<'a> {
    /// The mail.
    pub(super) mail: &'a ReceivedMail,
    /// The recipient who decides what it is here: the first.
    pub(super) recipient: &'a Mailbox,
    /// How it came.
    pub(super) source: Source<'a>,
    /// When.
    pub(super) now: Timestamp,
    /// The authors that whoever logged in may write as; none: any.
    pub(super) authors: Option<&'a [Pattern]>,
}
