//! A draft becomes mail that can be queued, or what is wrong with it.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use keys::Key;
use mail::address::Pattern;
use mail::compose::{self, Attachment, DraftError, Row, Stamp};
use mail::{Envelope, Mailbox, ReversePath};
use spool::{Kind, Submission, Timing, Wishes};

use super::Rules;
use super::draft::{Draft, File, More};
use super::options::Options;

/// How far ahead mail may be queued.
const LONGEST: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What holds for every message of a call.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) rules: &'a Rules,
    pub(super) key: &'a Key,
    pub(super) options: &'a Options,
    pub(super) now: Timestamp,
}

impl Desk<'_> {
    /// The mail that a draft asks for.
    pub(super) fn submission(&self, draft: &Draft) -> Result<Submission, DraftError> {
        let Self { rules, key, .. } = *self;
        let repaired = if key.policy.keep_latin1 { None } else { draft.repaired() };
        if repaired.is_some() {
            key.count_repaired();
        }
        let draft = repaired.as_ref().unwrap_or(draft);
        let may = compose::Rules { authors: key.authors(), legacy: key.legacy() };
        let composed = compose::Draft::read(row(draft), &may)?;
        if let Some(wrong) = &draft.wrong {
            return Err(DraftError::Content(wrong.clone()));
        }
        let wishes = self.wishes(draft.more.as_deref())?;
        let reverse_path = self.reverse_path(&composed)?;
        let message_id = match composed.message_id() {
            Some(own) => own.to_owned(),
            None => mail::message_id::new_id(uuid::Uuid::now_v7(), &rules.id_domain),
        };
        let message = composed.compose(&Stamp { now: self.now, message_id: &message_id });
        if message.len() as u64 > rules.max_size {
            return Err(DraftError::Content(format!("The message is larger than {} octets", rules.max_size)));
        }
        let envelope = Envelope::new(ReversePath::Mailbox(reverse_path), composed.recipients());
        Ok(Submission {
            envelope: envelope.ok_or_else(|| DraftError::Recipient(draft.to.clone()))?,
            message: message.into(),
            message_id,
            kind: Kind::Message,
            owner: key.name.clone(),
            next_hop: None,
            capture: key.policy.sandbox,
            wishes,
        })
    }

    /// Who is told where it fails: whom the call names, the row, or its author.
    fn reverse_path(&self, composed: &compose::Draft<'_>) -> Result<Mailbox, DraftError> {
        let Some(named) = self.options.envelope_from.as_ref().or(composed.return_path()) else {
            return Ok(composed.author().clone());
        };
        let is_theirs = |authors: &[Pattern]| authors.iter().any(|pattern| pattern.matches(named));
        match self.key.authors() {
            Some(authors) if !is_theirs(authors) => Err(DraftError::SenderNotAllowed(named.to_string())),
            _ => Ok(named.clone()),
        }
    }

    fn wishes(&self, more: Option<&More>) -> Result<Wishes, DraftError> {
        let Self { rules, options, now, .. } = *self;
        let not_before =
            more.and_then(|more| more.send_at).or(options.send_at).map(whole_second).filter(|at| *at > now);
        if not_before.is_some_and(|at| at.duration_since(now) > LONGEST) {
            return Err(DraftError::Content("send_at is out of range: at most 60 days ahead".into()));
        }
        let expires = more.and_then(|more| more.expires).or(options.expires);
        let expires = expires.map(|when| when.after(not_before.unwrap_or(now)));
        if expires.is_some_and(|at| at <= not_before.unwrap_or(now)) {
            return Err(DraftError::Content("expires is before the message would leave".into()));
        }
        let priority = more.and_then(|more| more.priority).or(options.priority).unwrap_or_default();
        let labels = more.map(More::labels).unwrap_or_default();
        if labels.len() as u64 > rules.max_labels {
            let most = rules.max_labels;
            return Err(DraftError::Content(format!("tags and metadata are larger than {most} octets")));
        }
        Ok(Wishes { timing: Timing { not_before, expires, priority }, labels })
    }
}

/// Not earlier than that: what leaves, leaves to the second.
fn whole_second(at: Timestamp) -> Timestamp {
    let begun = i64::from(at.subsec_nanosecond() > 0);
    Timestamp::from_second(at.as_second().saturating_add(begun)).unwrap_or(at)
}

fn row(draft: &Draft) -> Row<'_> {
    let row = Row {
        to: &draft.to,
        from: &draft.from,
        subject: &draft.subject,
        text: &draft.text,
        headers: &draft.headers,
        ..Row::default()
    };
    let Some(more) = draft.more.as_deref() else { return row };
    Row {
        cc: &more.cc,
        bcc: &more.bcc,
        reply_to: &more.reply_to,
        html: more.html.as_deref(),
        attachments: more.attachments.iter().map(attachment).collect(),
        ..row
    }
}

fn attachment(file: &File) -> Attachment<'_> {
    Attachment {
        filename: &file.filename,
        content_type: &file.content_type,
        content: Cow::Borrowed(&file.content),
        content_id: file.content_id.as_deref(),
    }
}
