//! A row of `send_message`: whatever its texts are, the message is sound, has no field that nobody asked for, and says what
//! the row said.
//!
//! The octets are the row's texts, parted by U+001F: headers, text, subject, to, from, cc, bcc, reply_to, html.

use jiff::Timestamp;
use mail::compose::{Draft, LegacyField, Row, Rules, Stamp};
use mail::{Headers, Mailbox, parse_list, payload};

use crate::wire;

pub(crate) const STAMP_ID: &str = "0190c4f3-0000-7000-8000-000000000000@service.example";

const ALL: [LegacyField; 5] =
    [LegacyField::Cc, LegacyField::Bcc, LegacyField::MessageId, LegacyField::ReturnPath, LegacyField::Multipart];
const OURS: [&str; 10] = [
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];
const ONCE: [&str; 7] = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"];

pub(crate) fn stamp(message_id: &str) -> Stamp<'_> {
    Stamp { now: Timestamp::UNIX_EPOCH, message_id }
}

pub(crate) fn check(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    let mut texts = text.split('\u{1f}');
    let mut next = |default: &'static str| texts.next().filter(|text| !text.is_empty()).unwrap_or(default);
    let row = Row {
        headers: next(""),
        text: next(""),
        subject: next(""),
        to: next("to@b.example"),
        from: next("from@b.example"),
        cc: next(""),
        bcc: next(""),
        reply_to: next(""),
        html: texts.next(),
        attachments: Vec::new(),
    };
    if let Ok(draft) = Draft::read(row.clone(), &Rules::default()) {
        is_sound(&row, &draft);
        says_the_text(&row, &draft);
        assert!(draft.return_path().is_none() && draft.message_id().is_none());
    }
    if let Ok(draft) = Draft::read(row.clone(), &Rules { authors: None, legacy: &ALL }) {
        is_sound(&row, &draft);
    }
}

fn is_sound(row: &Row<'_>, draft: &Draft<'_>) {
    let message = draft.compose(&stamp(STAMP_ID));
    wire::is_sound(&message);
    let asked = row.headers.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim());
    let names: Vec<&str> = OURS.into_iter().chain(asked).collect();
    wire::has_only(&message, &names);
    wire::has_one_of_each(&message, &ONCE);
    assert_eq!(Headers::of(&message).count("Bcc"), 0, "Bcc is never written");
    // Quoted-printable is three times as long, an encoded word a little more.
    let given = row.headers.len() + row.text.len() + row.html.map_or(0, str::len) + row.subject.len();
    let named = row.to.len() + row.from.len() + row.cc.len() + row.reply_to.len();
    assert!(message.len() <= 5 * (given + named) + 4096, "{given} and {named} octets became {}", message.len());
    let recipients = draft.recipients();
    assert!(!recipients.is_empty());
    recipients.iter().for_each(|one| assert_eq!(Mailbox::parse(&one.to_string()).as_ref(), Ok(one)));
    let to = Headers::of(&message).first("To").map(|field| field.value().into_owned()).unwrap_or_default();
    assert_eq!(parse_list(&to).map(|list| list.len()), parse_list(row.to).map(|list| list.len()), "{to:?}");
}

/// The one part of a plain message is the text.
fn says_the_text(row: &Row<'_>, draft: &Draft<'_>) {
    let message = draft.compose(&stamp(STAMP_ID));
    let payload =
        payload::find(&message, &payload::MimeLimits::default()).expect("our own message is within the limits");
    if let (None, Some(part)) = (row.html, payload.candidates.first()) {
        let mut wanted = row.text.replace("\r\n", "\n").replace('\r', "\n");
        if !wanted.ends_with('\n') && !wanted.is_empty() {
            wanted.push('\n');
        }
        assert_eq!(
            part.bytes.escape_ascii().to_string(),
            wanted.replace('\n', "\r\n").as_bytes().escape_ascii().to_string()
        );
    }
}
