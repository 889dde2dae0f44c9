//! Mailboxes that are read: `[[scan]]`.

use crate::table::{Form, Kind, Literal, Section, key};

pub(super) const SCAN: Section = Section {
    name: "scan",
    form: Form::Blocks,
    doc: "Mailboxes that are read: requests in them are answered, answers complete calls, all else stays as it is.",
    keys: &[
        key("source", Kind::Url, Literal::Unset, "maildir:FOLDER | mbox:FILE | imaps://USER@HOST/FOLDER | pop3s://USER@HOST (imap: and pop3: begin TLS on the connection)")
            .example(Literal::Text("maildir:/var/mail/rpc")),
        key("every", Kind::Duration, Literal::Text("30s"), "how often it is looked at"),
        key(
            "after",
            Kind::Text,
            Literal::Text("delete"),
            "what becomes of mail that was taken in: delete | move:NAME (Maildir, IMAP) | keep",
        ),
        key(
            "service",
            Kind::Text,
            Literal::Text(""),
            "the service that its mail is for; \"\" = by X-Original-To, Delivered-To, Envelope-To",
        ),
        key(
            "set_aside",
            Kind::Text,
            Literal::Text("Callpost-Aside"),
            "the folder for requests that cannot be run (Maildir, IMAP; the others have the state folder)",
        ),
        key("password", Kind::Secret, Literal::Text(""), "for a mailbox on a server"),
        key("oauth", Kind::File, Literal::Text(""), "instead of a password: a file with the access token, read at each login"),
    ],
};
