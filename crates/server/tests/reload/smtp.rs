//! `[smtp]` and `[calls]`.

use super::bed::{Bed, listens};
use super::look::{code, offers, second, taken};
use super::{CASE, Case};

/// STARTTLS with a certificate of its own.
const FILES: &[(&str, &str)] =
    &[("smtp.tls", "\"files\""), ("smtp.cert", "\"FOLDER/one.pem\""), ("smtp.key", "\"FOLDER/one.key\"")];

/// What is offered for STARTTLS: which certificate, and from which file its key is.
fn starttls(bed: &Bed) -> String {
    let setup = bed.setup();
    let rows = setup.tls.rows(jiff::Timestamp::now());
    let one = pki::fingerprint(&pki::certificates(&bed.folder.path().join("one.pem")).unwrap()[0]);
    let row = rows.iter().find(|row| row.at.starts_with("mail in")).unwrap();
    let certificate = if row.fingerprint == one { "one" } else { "another" };
    match &setup.config.smtp.tls {
        config::SmtpTls::Files { key, .. } => format!("{certificate} {}", key.file_name().unwrap().to_string_lossy()),
        _ => certificate.to_owned(),
    }
}

/// Whether a second connection of one address is taken.
fn second_of_one(bed: &Bed) -> String {
    let mut first = testbed::Dialogue::with(bed.smtp.address());
    first.play("S: 220");
    code(bed, &[])
}

/// The token of a mail of ours, where any is made.
fn token(bed: &Bed) -> Option<server::return_address::Token> {
    let setup = bed.setup();
    setup.mail.addresses.token(&setup.new_message_id())
}

fn for_answers(bed: &Bed, token: &server::return_address::Token) -> bool {
    let setup = bed.setup();
    setup.mail.addresses.for_answers(&setup.config.calls.from, token).is_some()
}

/// Those who are matched by the subject.
fn by_subject(bed: &Bed) -> String {
    bed.setup().mail.by_subject.iter().map(ToString::to_string).collect()
}

pub(crate) const CASES: &[Case] = &[
    Case {
        key: "smtp.listen",
        values: ["\"SMTP\"", "\"FREE1\""],
        look: |bed| listens(&bed.smtp) + &listens(&bed.free[1]),
        seen: ["somebodynobody", "somebodynobody"],
        ..CASE
    },
    Case {
        key: "smtp.domains",
        values: ["[\"localhost\"]", "[\"other.example\"]"],
        look: |bed| {
            taken(bed, "a@x.example", "postmaster@localhost") + &taken(bed, "a@x.example", "postmaster@other.example")
        },
        seen: ["250550", "550250"],
        ..CASE
    },
    Case {
        key: "smtp.max_size",
        values: ["\"1MB\"", "\"2MB\""],
        look: |bed| offers(bed, "SIZE 2000000"),
        seen: ["false", "true"],
        ..CASE
    },
    Case {
        key: "smtp.unknown",
        values: ["\"reject\"", "\"capture\""],
        look: |bed| taken(bed, "a@x.example", "nobody@localhost"),
        seen: ["550", "250"],
        ..CASE
    },
    Case {
        key: "smtp.relay",
        with: &[("smtp.unknown", "\"forward\"")],
        values: ["[\"127.0.0.0/8\"]", "[]"],
        look: |bed| taken(bed, "a@x.example", "b@y.example"),
        seen: ["250", "550"],
        ..CASE
    },
    Case {
        key: "smtp.tls",
        values: ["\"off\"", "\"auto\""],
        look: |bed| offers(bed, "STARTTLS"),
        seen: ["false", "true"],
        ..CASE
    },
    Case {
        key: "smtp.cert",
        with: FILES,
        values: ["\"FOLDER/one.pem\"", "\"FOLDER/two.pem\""],
        look: starttls,
        seen: ["one one.key", "another one.key"],
        ..CASE
    },
    Case {
        key: "smtp.key",
        with: FILES,
        values: ["\"FOLDER/one.key\"", "\"FOLDER/two.key\""],
        look: starttls,
        seen: ["one one.key", "one two.key"],
        ..CASE
    },
    Case {
        // One connection is held by the look, and one place by the listener that waits for the next.
        key: "smtp.max_connections",
        values: ["1", "5"],
        look: |bed| second(&bed.smtp, b""),
        seen: ["waits", "served"],
        ..CASE
    },
    Case {
        key: "smtp.users",
        values: ["\"FOLDER/nobody\"", "\"FOLDER/users\""],
        look: |bed| code(bed, &["EHLO t", "AUTH PLAIN AHRpbQBzZWNyZXQ="]),
        seen: ["535", "235"],
        ..CASE
    },
    Case { key: "smtp.max_per_client", values: ["1", "5"], look: second_of_one, seen: ["421", "220"], ..CASE },
    Case {
        key: "smtp.command_timeout",
        values: ["\"5m\"", "\"7s\""],
        look: |bed| bed.setup().session.limits.silence.as_secs().to_string(),
        seen: ["300", "7"],
        ..CASE
    },
    Case {
        key: "calls.from",
        values: ["\"one@localhost\"", "\"two@localhost\""],
        look: |bed| taken(bed, "a@x.example", "one@localhost") + &taken(bed, "a@x.example", "two@localhost"),
        seen: ["250550", "550250"],
        ..CASE
    },
    Case {
        key: "calls.listen",
        values: ["\"FREE2\"", "\"FREE3\""],
        look: |bed| listens(&bed.free[2]) + &listens(&bed.free[3]),
        seen: ["somebodynobody", "somebodynobody"],
        ..CASE
    },
    Case {
        key: "smtp.lmtp",
        values: ["\"FREE0\"", "\"FREE1\""],
        look: |bed| listens(&bed.free[0]) + &listens(&bed.free[1]),
        seen: ["somebodynobody", "somebodynobody"],
        ..CASE
    },
    Case {
        key: "calls.wait",
        values: ["\"10m\"", "\"3m\""],
        look: |bed| bed.setup().config.calls.wait.as_secs().to_string(),
        seen: ["600", "180"],
        ..CASE
    },
    Case {
        key: "calls.expire",
        values: ["\"7d\"", "\"1h\""],
        look: |bed| bed.setup().config.calls.expire.as_secs().to_string(),
        seen: ["604800", "3600"],
        ..CASE
    },
    Case {
        key: "calls.resend",
        values: ["[\"2h\", \"12h\"]", "[\"1h\"]"],
        look: |bed| format!("{:?}", bed.setup().config.calls.resend),
        seen: ["[7200s, 43200s]", "[3600s]"],
        ..CASE
    },
    Case {
        key: "calls.token_address",
        values: ["false", "true"],
        look: |bed| token(bed).is_some_and(|token| for_answers(bed, &token)).to_string(),
        seen: ["false", "true"],
        ..CASE
    },
    Case {
        key: "peer.address",
        with: &[("peer.match_by", "\"subject\"")],
        values: ["\"one@x.example\"", "\"two@x.example\""],
        look: by_subject,
        seen: ["one@x.example", "two@x.example"],
        ..CASE
    },
    Case {
        key: "peer.match_by",
        with: &[("peer.address", "\"one@x.example\"")],
        values: ["\"ids\"", "\"subject\""],
        look: by_subject,
        seen: ["", "one@x.example"],
        ..CASE
    },
];

#[test]
fn another_value_of_a_key_about_mail_that_comes_takes_effect_or_is_named() {
    super::play(&[("calls.listen", "\"FREE2\""), ("smtp.lmtp", "\"FREE0\"")], CASES);
}
