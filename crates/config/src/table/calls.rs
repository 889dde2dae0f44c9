//! Calls by mail: `[smtp]`, `[calls]`, `[[service]]`.

use super::{Form, Key, Kind, Literal, Section, Words, choice, key};

pub(super) const SMTP: Section = Section { name: "smtp", form: Form::Table, doc: "Mail in.", keys: SMTP_KEYS };

const SMTP_KEYS: &[Key] = &[
    key("listen", Kind::Listens, Literal::Text("127.0.0.1:8023"), "one address or a list; \"\" = none"),
    key("domains", Kind::Texts, Literal::List(&["localhost"]), "domains whose mail we take"),
    key("max_size", Kind::Size, Literal::Text("25MB"), "the largest mail"),
    key(
        "unknown",
        choice(&["reject", "capture", "forward"], &[]),
        Literal::Text("reject"),
        "mail for no service: reject | capture | forward (to deliver's next hop, only for who may relay)",
    ),
    key("relay", Kind::Networks, Literal::List(&[]), "networks that may have unknown mail forwarded"),
    key(
        "tls",
        choice(&["auto", "off", "files"], &[]),
        Literal::Text("auto"),
        "STARTTLS: auto (with the http certificate) | off | files (cert, key)",
    ),
    key("cert", Kind::File, Literal::Text(""), "PEM, with tls = \"files\""),
    key("key", Kind::File, Literal::Text(""), "PEM, with tls = \"files\""),
    key("lmtp", Kind::Text, Literal::Text(""), "an LMTP listener: host:port or a socket path").later(),
    key("users", Kind::File, Literal::Text(""), "SMTP AUTH: a file of name:argon2 lines").later(),
    key("max_connections", Kind::Count, Literal::Number(1000), "at once"),
    key("max_per_client", Kind::Count, Literal::Number(100), "at once from one address"),
    key(
        "command_timeout",
        Kind::Duration,
        Literal::Text("5m"),
        "for a client's next whole command, or the next piece of its message (RFC 5321 4.5.3.2.7); then 421",
    ),
];

pub(super) const CALLS: Section = Section {
    name: "calls",
    form: Form::Table,
    doc: "Calls that we make by mail.",
    keys: &[
        key("from", Kind::Text, Literal::Text("auto"), "our address; auto = calls@ and the hostname"),
        key(
            "listen",
            Kind::Listen,
            Literal::Text(""),
            "a reply listener of its own, such as 127.0.0.1:8024; \"\" = none",
        ),
        key("wait", Kind::Duration, Literal::Text("10m"), "how long a command waits for its answer"),
        key("expire", Kind::Duration, Literal::Text("7d"), "then an open call is given up"),
        key("resend", Kind::Durations, Literal::List(&["2h", "12h"]), "an unanswered call is sent again").later(),
        key("token_address", Kind::Switch, Literal::Switch(false), "answers to calls+TOKEN@: needs plus-addressing")
            .later(),
    ],
};

pub(super) const SERVICE: Section = Section {
    name: "service",
    form: Form::Blocks,
    doc: "What answers mail. With no block at all, calendar@localhost answers loopback.",
    keys: SERVICE_KEYS,
};

const PROOFS: Words = Words {
    now: &["network", "none"],
    later: &["auth", "certificate", "dkim", "spf", "dmarc", "token", "results:HOST"],
};

const SERVICE_KEYS: &[Key] = &[
    key("name", Kind::Text, Literal::Unset, "its name").example(Literal::Text("calendar")),
    key("address", Kind::OneOrMore, Literal::Unset, "where it is called, one address or a list")
        .example(Literal::Text("calendar@localhost")),
    key("builtin", choice(&["calendar", "echo", "mailer"], &[]), Literal::Text(""), "calendar | echo | mailer")
        .example(Literal::Text("calendar")),
    key(
        "http",
        Kind::Url,
        Literal::Text(""),
        "instead of builtin: the URL of a service that is called for each request; http://NAME:PASSWORD@host/ is Basic",
    ),
    key(
        "protocol",
        choice(&["auto", "jsonrpc", "xmlrpc", "soap11", "soap12"], &[]),
        Literal::Text("auto"),
        "what that service speaks: auto (as the caller) | jsonrpc | xmlrpc | soap11 | soap12",
    ),
    key(
        "namespace",
        Kind::Text,
        Literal::Text(""),
        "its operations' namespace, if it speaks SOAP; \"\" = the caller's",
    ),
    key("methods", Kind::Texts, Literal::List(&["*"]), "its methods that may be called: names with * for any part"),
    key(
        "repeatable",
        Kind::Switch,
        Literal::Switch(false),
        "true: a mailed call that a crash cut short is made again; false: its answer is \"result unknown\"",
    ),
    key(
        "describe",
        Kind::Url,
        Literal::Text("auto"),
        "what its methods are: auto (it is asked itself) | off | the URL of its WSDL or OpenRPC document",
    ),
    key(
        "callers",
        Kind::OneOrMore,
        Literal::Text("auto"),
        "who may call that service over HTTP, any of: auto (a client certificate, a Bearer key, or a program on this machine \
         over a listener on loopback) | anyone | key:NAME | cert:SUBJECT-OR-FINGERPRINT | net:CIDR; [] = nobody",
    ),
    key("exec", Kind::Texts, Literal::List(&[]), "a command behind it").later(),
    key("allow", Kind::Texts, Literal::List(&["*"]), "senders served: *@domain, local@domain, *"),
    key("proof", Kind::Choices(PROOFS), Literal::List(&["network"]), "what proves a sender, any of: network | none"),
    key(
        "networks",
        Kind::Networks,
        Literal::List(&["127.0.0.0/8", "::1/128"]),
        "networks that prove a sender (proof = [\"network\"]), and that match = \"to\" serves",
    ),
    key(
        "match",
        choice(&["rcpt", "to"], &[]),
        Literal::Text("rcpt"),
        "dispatch by the envelope (rcpt), or for the listed networks by the To: field as well (to)",
    ),
    key("timeout", Kind::Duration, Literal::Text("24h"), "how long one call may run"),
];
