//! Reading what comes back: delivery status notifications, and receipts (MDN, RFC 8098).

use super::Action;
use crate::EnhancedStatus;
use crate::header::Headers;
use crate::media_type;
use crate::message_id::{self, message_id};
use crate::mime::{self, LimitError, MimeLimits, Part};

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportKind {
    /// Whether the mail arrived (RFC 3464).
    Delivery,
    /// What a reader or its program did with it (RFC 8098). It says "received", never "done".
    Disposition,
}

/// A report, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What it is about.
    pub kind: ReportKind,
    /// The `ENVID` of the message.
    pub envelope_id: Option<String>,
    /// The Message-ID of the message, without brackets: of its returned header, else the report's `Original-Message-ID`.
    pub message_id: Option<String>,
    /// One for each recipient it speaks of.
    pub notifications: Vec<Notification>,
}

/// What a report says of one recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    /// The recipient as the far server names it (`Original-Recipient`, else `Final-Recipient`), without its type.
    pub recipient: String,
    /// What became of it; `None` where the report does not say.
    pub action: Option<Action>,
    /// The enhanced status code; `None` where there is none. It never contradicts what happened: where the report's own is
    /// of another class, it is the reply's, or `5.0.0`.
    pub status: Option<EnhancedStatus>,
    /// The far server's words, without their type; of a receipt, its disposition.
    pub diagnostic: String,
}

impl Report {
    /// True where some recipient will never get the mail.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.notifications.iter().any(Notification::has_failed)
    }
}

impl Notification {
    /// True where the recipient will never get the mail: what the action says counts, whatever the status says.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        let is_final = || self.status.is_some_and(|status| status.class == 5);
        self.action.map_or_else(is_final, |action| action == Action::Failed)
    }
}

/// Reads a message as a report; `None` where it is none.
///
/// # Errors
/// Says which limit the message exceeds.
pub fn read(message: &[u8], limits: &MimeLimits) -> Result<Option<Report>, LimitError> {
    let parts = mime::parts(message, limits)?;
    match mime::unwrapped(message, &parts, limits)? {
        None => Ok(of_parts(&parts)),
        Some(unwrapped) => Ok(of_parts(&mime::parts(&unwrapped, limits)?)),
    }
}

fn of_parts(parts: &[Part<'_>]) -> Option<Report> {
    let status = parts.iter().find_map(|part| Some((kind_of(part.essence())?, part)));
    let (kind, status) = status?;
    let octets = status.decode();
    let mut groups = Groups { rest: &octets }.map(Headers::of);
    let returned = parts.iter().find_map(returned_message_id);
    let report = match kind {
        ReportKind::Delivery => {
            let about_message = groups.next();
            // QUIRK: some servers leave out the group about the message, or the empty line after it.
            let first = about_message.filter(|group| group.first("Final-Recipient").is_some());
            let notifications = first.into_iter().chain(groups).map(|group| notification(&group)).collect();
            Report {
                kind,
                envelope_id: field(about_message, "Original-Envelope-Id"),
                message_id: returned,
                notifications,
            }
        }
        ReportKind::Disposition => {
            let group = groups.next();
            let original = field(group, "Original-Message-ID").and_then(|value| bare_id(&value));
            let notifications = group.iter().map(disposition).collect();
            Report { kind, envelope_id: None, message_id: original.or(returned), notifications }
        }
    };
    Some(report)
}

fn kind_of(essence: &str) -> Option<ReportKind> {
    match essence {
        "message/delivery-status" | "message/global-delivery-status" => Some(ReportKind::Delivery),
        "message/disposition-notification" | "message/global-disposition-notification" => Some(ReportKind::Disposition),
        _ => None,
    }
}

/// The Message-ID of the header that the report brings back.
fn returned_message_id(part: &Part<'_>) -> Option<String> {
    let returned =
        ["text/rfc822-headers", "message/rfc822", "message/rfc822-headers", "message/global", "message/global-headers"];
    if !returned.contains(&part.essence()) {
        return None;
    }
    message_id(&Headers::of(&part.decode())).map(|id| id.bare)
}

fn bare_id(value: &str) -> Option<String> {
    message_id::read_ids(value).into_iter().next().map(|id| id.bare)
}

fn field(group: Option<Headers<'_>>, name: &str) -> Option<String> {
    Some(group?.first(name)?.value().into_owned()).filter(|value| !value.is_empty())
}

fn notification(group: &Headers<'_>) -> Notification {
    let value = |name: &str| group.first(name).map(|field| field.value().into_owned());
    let recipient = value("Original-Recipient").or_else(|| value("Final-Recipient")).unwrap_or_default();
    let action = value("Action").and_then(|action| Action::parse(&action));
    let diagnostic = without_type(&value("Diagnostic-Code").unwrap_or_default());
    let status = status(&media_type::word(&value("Status").unwrap_or_default()), action, &diagnostic);
    Notification { recipient: without_type(&recipient), action, status, diagnostic }
}

/// The status, of the class that what happened has (RFC 3463 §2): servers send `2.0.0` with a failure, and `4.7.1` with a 550.
fn status(written: &str, action: Option<Action>, diagnostic: &str) -> Option<EnhancedStatus> {
    let written = EnhancedStatus::parse(written).or_else(|| class_alone(written));
    let mut words = diagnostic.split_whitespace();
    let code = words.next().filter(|code| code.len() >= 3 && code.as_bytes()[..3].iter().all(u8::is_ascii_digit));
    let replied = code.and_then(class_alone).map(|status| status.class);
    let right = match (written.map(|status| status.class), action, replied) {
        (Some(2) | None, Some(Action::Failed), Some(4)) => 4,
        (Some(2), Some(Action::Failed), _) | (None | Some(2 | 4), _, Some(5)) => 5,
        (Some(2), Some(Action::Delayed), _) => 4,
        // Exim writes `5.0.0` where the server's own words say more.
        (Some(class @ (4 | 5)), _, _) if written == Some(EnhancedStatus::new(class, 0, 0)) => class,
        _ => return written,
    };
    let said = words.next().and_then(EnhancedStatus::parse).filter(|said| said.class == right);
    said.or(Some(EnhancedStatus::new(right, 0, 0)))
}

/// QUIRK: `5.x.x`, `5.1` and `550` stand where a status should: their class is what they say.
fn class_alone(written: &str) -> Option<EnhancedStatus> {
    let class = written.bytes().next().filter(|class| matches!(class, b'2' | b'4' | b'5'))?;
    Some(EnhancedStatus::new(class - b'0', 0, 0))
}

fn disposition(group: &Headers<'_>) -> Notification {
    let value = |name: &str| group.first(name).map(|field| field.value().into_owned()).unwrap_or_default();
    Notification {
        recipient: without_type(&value("Final-Recipient")),
        diagnostic: value("Disposition"),
        ..Notification::default()
    }
}

/// `rfc822; a@b` and `smtp; 550 no` without what stands before the semicolon.
fn without_type(value: &str) -> String {
    value.split_once(';').map_or(value, |(_, rest)| rest).trim().to_owned()
}

/// Groups of fields parted by empty lines.
struct Groups<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Groups<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while let [b'\r' | b'\n', rest @ ..] = self.rest {
            self.rest = rest;
        }
        if self.rest.is_empty() {
            return None;
        }
        let (group, rest) = crate::header::split(self.rest);
        self.rest = rest;
        Some(group.octets())
    }
}
