//! Signatures on mail that leaves: `[[dkim]]`.

use crate::table::{Form, Key, Kind, Literal, Section, key};

pub(super) const DKIM: Section = Section {
    name: "dkim",
    form: Form::Blocks,
    doc: "Signatures on mail that leaves, by the domain of its author; several blocks of a domain all sign.",
    keys: DKIM_KEYS,
};

const DKIM_KEYS: &[Key] = &[
    key("domain", Kind::Text, Literal::Unset, "whose mail is signed: the domain in From, or one above it")
        .example(Literal::Text("example.edu")),
    key("selector", Kind::Text, Literal::Text("callpost"), "the name of the key in DNS: SELECTOR._domainkey.DOMAIN"),
    key(
        "key",
        Kind::File,
        Literal::Text(""),
        "PEM; \"\" = two are made and kept: RSA under the selector, Ed25519 under SELECTOR-ed25519",
    ),
];
