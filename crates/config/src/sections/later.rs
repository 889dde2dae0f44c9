//! Blocks that belong to the product but are not built in this version: known by name, so that they are refused by name.

use crate::table::{Form, Key, Kind, Literal, Section, key};

pub(super) const WEBHOOK: Section = Section {
    name: "webhook",
    form: Form::LaterBlocks,
    doc: "Events told to a URL.",
    keys: &[
        shown("url", Kind::Text, Literal::Text("https://app.example.edu/mail-events"), "where to"),
        shown("secret", Kind::Secret, Literal::Text("credential:webhook"), "signs each event"),
        shown("events", Kind::Texts, Literal::List(&["delivered", "bounced"]), "which"),
    ],
};

pub(super) const CONNECT: Section = Section {
    name: "connect",
    form: Form::LaterBlocks,
    doc: "A local HTTP endpoint whose calls travel by mail.",
    keys: &[
        shown("name", Kind::Text, Literal::Text("registry"), "its name"),
        shown("listen", Kind::Listen, Literal::Text("127.0.0.1:8081"), "where"),
        shown("to", Kind::Text, Literal::Text("registry@ministry.example"), "whom it calls"),
    ],
};

const fn shown(name: &'static str, kind: Kind, example: Literal, doc: &'static str) -> Key {
    key(name, kind, Literal::Unset, doc).example(example)
}
