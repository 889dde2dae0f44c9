//! The API: `[http]`, `[[http.listener]]`.

use crate::table::{Form, Key, Kind, Literal, Section, choice, key};

const TLS: Kind = choice(&["auto", "off", "own-ca", "files"], &[]);
const CLIENT_CERT: Kind = choice(&["auto", "required", "optional", "off"], &[]);

pub(super) const HTTP: Section =
    Section { name: "http", form: Form::Table, doc: "The API over HTTP and HTTPS.", keys: HTTP_KEYS };

const HTTP_KEYS: &[Key] = &[
    key("listen", Kind::Listens, Literal::Text("127.0.0.1:8020"), "one address or a list; \"\" = none").restart(),
    key("tls", TLS, Literal::Text("auto"), "auto (off on loopback, else own-ca) | off | own-ca | files"),
    key("cert", Kind::File, Literal::Text(""), "PEM, with tls = \"files\""),
    key("key", Kind::File, Literal::Text(""), "PEM, with tls = \"files\""),
    key(
        "client_cert",
        CLIENT_CERT,
        Literal::Text("auto"),
        "required | optional | off; auto = required unless loopback (there optional with TLS)",
    ),
    key(
        "client_ca",
        Kind::File,
        Literal::Text(""),
        "PEM of the CAs that client certificates come from; empty = the own CA",
    ),
    key(
        "client_crl",
        Kind::File,
        Literal::Text(""),
        "PEM of their revocation lists; certificates and lists are read again on HUP; empty = nothing is revoked",
    ),
    key("names", Kind::Texts, Literal::List(&[]), "more names for the server certificate"),
    key(
        "paths",
        Kind::Texts,
        Literal::List(&["/", "/rpc", "/RPC2", "/mailer.php", "/soap", "/xmlrpc"]),
        "where the API answers",
    ),
    key("max_body", Kind::Size, Literal::Text("32MB"), "the largest request; MB = 1,000,000 octets, MiB = 1,048,576"),
    key("trust_proxy", Kind::Networks, Literal::List(&[]), "proxies whose forwarding headers are believed").later(),
    key("networks", Kind::Networks, Literal::List(&[]), "addresses served; empty = all"),
];

pub(super) const LISTENER: Section = Section {
    name: "http.listener",
    form: Form::Blocks,
    doc: "More listeners; what is not said is as in [http].",
    keys: LISTENER_KEYS,
};

const LISTENER_KEYS: &[Key] = &[
    key("listen", Kind::Listens, Literal::Unset, "one address or a list")
        .example(Literal::Text("10.0.0.5:8080"))
        .restart(),
    key("tls", TLS, Literal::Unset, "as in [http]").example(Literal::Text("off")),
    key("cert", Kind::File, Literal::Unset, "as in [http]").example(Literal::Text("")),
    key("key", Kind::File, Literal::Unset, "as in [http]").example(Literal::Text("")),
    key("client_cert", CLIENT_CERT, Literal::Unset, "as in [http]").example(Literal::Text("off")),
    key("client_ca", Kind::File, Literal::Unset, "as in [http]").example(Literal::Text("")),
    key("client_crl", Kind::File, Literal::Unset, "as in [http]").example(Literal::Text("")),
    key("paths", Kind::Texts, Literal::Unset, "as in [http]").example(Literal::List(&["/rpc"])),
    key("max_body", Kind::Size, Literal::Unset, "as in [http]").example(Literal::Text("32MB")),
    key("trust_proxy", Kind::Networks, Literal::Unset, "as in [http]").example(Literal::List(&[])).later(),
    key("networks", Kind::Networks, Literal::Unset, "addresses served").example(Literal::List(&["10.0.0.0/8"])),
];
