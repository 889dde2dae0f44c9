//! Mail that leaves: `[deliver]`, `[[route]]`, `[queue]`.

use super::{Form, Key, Kind, Literal, Section, choice, key};

const TLS: Kind = choice(&["starttls", "opportunistic", "implicit", "off"], &[]);

pub(super) const DELIVER: Section =
    Section { name: "deliver", form: Form::Table, doc: "Where mail goes.", keys: DELIVER_KEYS };

const DELIVER_KEYS: &[Key] = &[
    key(
        "mode",
        choice(&["capture", "smarthost"], &["mx", "lmtp"]),
        Literal::Text("capture"),
        "capture (kept and shown, not sent) | smarthost",
    ),
    key(
        "smarthost",
        Kind::Hops,
        Literal::Text(""),
        "host[:port], or a list tried in order; setting it implies mode = \"smarthost\"; port 25, with tls = \"implicit\" 465",
    ),
    key(
        "tls",
        TLS,
        Literal::Text("starttls"),
        "starttls (required) | opportunistic | implicit | off; unless said, a hop on loopback is opportunistic",
    ),
    key("user", Kind::Text, Literal::Text(""), "the name to log in with"),
    key("password", Kind::Secret, Literal::Text(""), "the password, or \"credential:NAME\""),
    key("password_file", Kind::File, Literal::Text(""), "a file whose first line is the password"),
    key("connections", Kind::Count, Literal::Number(10), "at once to one destination"),
    key(
        "retry",
        Kind::Durations,
        Literal::List(&["1m", "5m", "15m", "1h", "2h", "4h", "8h"]),
        "waits between tries; the last one repeats",
    ),
    key("give_up", Kind::Duration, Literal::Text("5d"), "then the mail bounces"),
    key("connect_timeout", Kind::Duration, Literal::Text("30s"), "for a connection to one address of a server"),
    key("tls_timeout", Kind::Duration, Literal::Text("1m"), "for the TLS handshake with a server"),
    key("greeting_timeout", Kind::Duration, Literal::Text("5m"), "for a server's greeting (RFC 5321 4.5.3.2.1)"),
    key(
        "command_timeout",
        Kind::Duration,
        Literal::Text("5m"),
        "for its reply to a command, MAIL and RCPT among them (4.5.3.2.2, 4.5.3.2.3)",
    ),
    key("data_timeout", Kind::Duration, Literal::Text("2m"), "for its 354 to DATA (4.5.3.2.4)"),
    key(
        "write_timeout",
        Kind::Duration,
        Literal::Text("3m"),
        "for a piece of a message to leave, where it reads slowly (4.5.3.2.5)",
    ),
    key("dot_timeout", Kind::Duration, Literal::Text("10m"), "for its reply to the final dot (4.5.3.2.6)"),
    key(
        "idle_timeout",
        Kind::Duration,
        Literal::Text("30s"),
        "how long a connection without mail is kept; then QUIT is said",
    ),
    key("warn_after", Kind::Duration, Literal::Text("4h"), "the author is told that it is late").later(),
    key("bounce_domain", Kind::Text, Literal::Text(""), "a domain whose mail reaches us: VERP reverse-paths there")
        .later(),
];

pub(super) const ROUTE: Section = Section {
    name: "route",
    form: Form::Blocks,
    doc: "Where mail for some recipients goes; the first match wins.",
    keys: &[
        key("match", Kind::Texts, Literal::Unset, "recipients: *@domain, local@*, *@*.domain, *")
            .example(Literal::List(&["*@fourthought.com"])),
        key("next_hop", Kind::Text, Literal::Unset, "host:port | capture").example(Literal::Text("127.0.0.1:8024")),
        key("tls", TLS, Literal::Unset, "as in [deliver]").example(Literal::Text("off")),
    ],
};

pub(super) const QUEUE: Section = Section {
    name: "queue",
    form: Form::Table,
    doc: "What waits.",
    keys: &[
        key(
            "min_free",
            Kind::Size,
            Literal::Text("256MB"),
            "free disk; below it new work is refused (200 / 452 / exit 75) and delivery goes on",
        ),
        key("keep_done", Kind::Duration, Literal::Text("7d"), "how long finished mail stays listed"),
        key("keep_body", Kind::Switch, Literal::Switch(false), "with its text"),
    ],
};
