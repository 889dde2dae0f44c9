//! The keys at the top, and what is known of running it but not built: `[admin]`, `[metrics]`.

use crate::table::{Form, Kind, Literal, Section, key};

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
        )
        .restart(),
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

pub(super) const METRICS: Section = Section {
    name: "metrics",
    form: Form::Table,
    doc: "Metrics.",
    keys: &[key("otlp", Kind::Text, Literal::Text(""), "OpenTelemetry endpoint").later()],
};
