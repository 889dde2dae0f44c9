//! What answers mail: `[[service]]`.

use crate::table::{Form, Key, Kind, Literal, Section, Words, choice, key};

pub(crate) const SERVICE: Section = Section {
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
    key(
        "methods",
        Kind::Texts,
        Literal::List(&["*"]),
        "its methods that may be called: names with * for any part; for exec, unless said, the one with the service's name",
    ),
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
    key(
        "exec",
        Kind::Texts,
        Literal::List(&[]),
        "instead of builtin: a program and its arguments, {name} for a parameter of the call; without any the parameters are \
         JSON on its standard input, and its answer is JSON",
    ),
    key("user", Kind::Text, Literal::Text(""), "as whom that program runs; \"\" = as the daemon"),
    key("memory", Kind::Size, Literal::Text("256MB"), "address space of each of its processes"),
    key("output", Kind::Size, Literal::Text("16MB"), "the longest answer of that program"),
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
