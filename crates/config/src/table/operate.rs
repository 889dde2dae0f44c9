//! The keys at the top, and the sections about running it: `[admin]`, `[log]`, `[metrics]`.

use super::{Form, Key, Kind, Literal, Section, choice, key};

pub(super) const TOP: Section = Section {
    name: "",
    form: Form::Table,
    doc: "Callpost: mail by call, calls by mail.",
    keys: &[
        key(
            "hostname",
            Kind::Text,
            Literal::Text("auto"),
            "the name in Message-IDs, greetings and the server certificate; auto = this machine's",
        ),
        key(
            "state",
            Kind::File,
            Literal::Text("auto"),
            "the folder of queue, keys and certificates; auto = $STATE_DIRECTORY, /var/lib/callpost (root) or ~/.local/state/callpost",
        ),
    ],
};

pub(super) const ADMIN: Section = Section {
    name: "admin",
    form: Form::Table,
    doc: "Console and metrics.",
    keys: &[
        key("listen", Kind::Listen, Literal::Text("127.0.0.1:8021"), "console, /metrics, /healthz, /readyz").later(),
        key("console", Kind::Switch, Literal::Switch(true), "serve the console").later(),
    ],
};

pub(super) const LOG: Section =
    Section { name: "log", form: Form::Table, doc: "What is written to stderr.", keys: LOG_KEYS };

const LOG_KEYS: &[Key] = &[
    key(
        "format",
        choice(&["auto", "text", "journald", "json"], &[]),
        Literal::Text("auto"),
        "auto = text on a terminal, journald under systemd, else json",
    ),
    key(
        "level",
        choice(&["error", "warn", "info", "debug", "trace"], &[]),
        Literal::Text("info"),
        "how much: error | warn | info | debug | trace",
    ),
    key(
        "addresses",
        choice(&["full", "domain", "hash"], &[]),
        Literal::Text("full"),
        "mail addresses in the mail log: full | domain | hash",
    ),
];

pub(super) const METRICS: Section = Section {
    name: "metrics",
    form: Form::Table,
    doc: "Metrics.",
    keys: &[key("otlp", Kind::Text, Literal::Text(""), "OpenTelemetry endpoint").later()],
};
