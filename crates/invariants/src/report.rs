//! Delivery reports: what is read is bounded, and a bounce that repeats it is sound and reads back.

use jiff::Timestamp;
use mail::evidence::Stage;
use mail::payload::MimeLimits;
use mail::report::{Action, Bounce, Report, ReportKind, Returned, Undelivered, read};
use mail::{Domain, EnhancedStatus, Evidence, Mailbox, Reply};

use crate::draft::STAMP_ID;
use crate::wire;

pub(crate) fn check(octets: &[u8]) {
    let report = read(octets, &MimeLimits::default());
    if let Ok(Some(report)) = &report {
        let texts = report.notifications.iter();
        let total: usize = texts.map(|n| n.recipient.len() + n.diagnostic.len()).sum();
        // Octets that are no UTF-8 become U+FFFD, of three.
        assert!(total <= 3 * octets.len(), "{} octets became {total}", octets.len());
        assert_eq!(report.has_failed(), report.has_failed());
    }
    bounced(octets, report.ok().flatten().as_ref());
}

/// A bounce of these octets as a message, in the words that the report has for a server's.
fn bounced(octets: &[u8], report: Option<&Report>) {
    let lossy = String::from_utf8_lossy(octets);
    let first = report.and_then(|report| report.notifications.first());
    let host = Domain::parse("house.example").expect("a domain");
    let sender = Mailbox::parse("sender@far.example").expect("an address");
    let status = EnhancedStatus::new(5, 1, 1);
    let words = first.map_or(&*lossy, |first| &first.diagnostic).to_owned();
    let evidence = Evidence::replied(Stage::Recipient, Reply::new(550, status, words));
    let (recipient, server, evidence) = (&sender, "mx.far.example", &evidence);
    let failed = Undelivered { recipient, action: Action::Failed, status, server, evidence };
    let bounce = Bounce {
        reporting_mta: &host,
        to: &sender,
        now: Timestamp::UNIX_EPOCH,
        message_id: STAMP_ID,
        arrival: Timestamp::UNIX_EPOCH,
        envelope_id: report.and_then(|report| report.envelope_id.as_deref()),
        recipients: &[failed.clone(), failed],
        returned: Returned(octets),
    };
    let message = bounce.compose();
    wire::is_sound(&message);
    wire::has_one_of_each(&message, &["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]);
    let back =
        read(&message, &MimeLimits::default()).expect("our own is within the limits").expect("our own is a report");
    assert_eq!((back.kind, back.notifications.len(), back.has_failed()), (ReportKind::Delivery, 2, true));
    for notification in &back.notifications {
        assert_eq!((&*notification.recipient, notification.status), ("sender@far.example", Some(status)));
    }
}
