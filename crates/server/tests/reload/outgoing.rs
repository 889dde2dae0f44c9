//! `[send]`, `[deliver]`, `[[route]]` and `[queue]`.

use std::time::Duration;

use control::{Octets, Submit};
use delivery::{ByMx, Destination, Destined, NextHop, Relay, Schedule, Timeouts};
use jiff::SignedDuration;
use mail::Mailbox;
use server::operator::author;

use super::bed::Bed;
use super::look::sent;
use super::{CASE, Case};

/// Anybody sends, and no key is asked for.
const OPEN: (&str, &str) = ("send.require_key", "false");
/// Mail goes to the first sink.
const SINK: &[(&str, &str)] =
    &[OPEN, ("deliver.mode", ""), ("deliver.smarthost", "\"SINK0\""), ("deliver.tls", "\"off\"")];
const LOGIN: &[(&str, &str)] = &[
    ("deliver.mode", ""),
    ("deliver.smarthost", "\"SINK0\""),
    ("deliver.user", "\"me\""),
    ("deliver.password", "\"secret\""),
];

/// Sends a mail, and says how many have come to each of the sinks by this.
fn come(bed: &Bed) -> String {
    let count = |bed: &Bed| [bed.sinks[0].count(), bed.sinks[1].count()];
    let before = count(bed);
    assert!(sent(bed, 1).contains("successfully"), "it is not taken");
    for _ in 0..3000 {
        let open = bed.runtime.block_on(bed.running().node.store.totals()).unwrap();
        if open.waiting + open.claimed == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let now = count(bed);
    format!("{} {}", now[0] - before[0], now[1] - before[1])
}

/// How mail that no route takes leaves.
fn relay(bed: &Bed, see: fn(&Relay) -> String) -> String {
    match bed.policy().routes.rest {
        NextHop::Relay(relay) => see(&relay),
        NextHop::Mx(ByMx { port, tls }) => format!("mx {port} {tls:?}"),
        NextHop::Capture => "captured".to_owned(),
    }
}

fn login(relay: &Relay) -> String {
    relay.login.as_ref().map_or_else(|| "nobody".to_owned(), |login| format!("{}:{}", login.user, login.password))
}

fn timeout(bed: &Bed, see: fn(&Timeouts) -> Duration) -> String {
    see(&bed.policy().timeouts).as_secs().to_string()
}

/// Where mail to this address goes.
fn way(bed: &Bed, to: &str) -> String {
    let recipient = Mailbox::parse(to).unwrap();
    let hop = bed.policy().routes.destination(Destined { recipient: &recipient, next_hop: None, capture: false });
    match hop.unwrap() {
        Destination::Capture => "captured".to_owned(),
        Destination::Relay(relay) if relay.to_string() == bed.sinks[0].address().to_string() => {
            format!("0 {:?}", relay.tls)
        }
        Destination::Relay(relay) if relay.to_string() == bed.sinks[1].address().to_string() => {
            format!("1 {:?}", relay.tls)
        }
        Destination::Relay(relay) => relay.to_string(),
    }
}

/// Whose keys sign.
fn signers(bed: &Bed) -> String {
    bed.policy().signers.identities().iter().map(dkim::Identity::record_name).collect::<Vec<_>>().join(" ")
}

/// Whether a program of the user `nobody` may send as this author.
fn may_send(bed: &Bed) -> String {
    let message = Octets(b"From: someone@example.org\r\n\r\nHello\r\n".to_vec());
    let submit = Submit { from: "someone@example.org".into(), to: vec!["b@y.example".into()], message, wishes: None };
    author::check(&bed.setup().config, 65_534, &submit).is_ok().to_string()
}

/// What becomes of a parcel of so many messages.
fn parcel(bed: &Bed, messages: usize) -> String {
    let answer = sent(bed, messages);
    let codes = ["100", "120", "200"].into_iter().find(|code| answer.contains(&format!("\"error_code\":{code}")));
    codes.unwrap_or(if answer.contains("successfully") { "queued" } else { "?" }).to_owned()
}

/// Whether mail is tried again each time after so many hours, until so many have passed.
fn schedule(bed: &Bed, wait: i64, give_up: i64) -> String {
    let hours = SignedDuration::from_hours;
    (bed.policy().schedule == Schedule::new(&[hours(wait)], hours(give_up))).to_string()
}

fn kept(bed: &Bed) -> String {
    format!("{:?}", server::wiring::store_options(&bed.setup().config).retention())
}

pub(crate) const CASES: &[Case] = &[
    Case {
        key: "send.require_key",
        values: ["true", "false"],
        look: |bed| parcel(bed, 1),
        seen: ["100", "queued"],
        ..CASE
    },
    Case { key: "send.local", values: ["", "\"self\""], look: may_send, seen: ["true", "false"], ..CASE },
    Case {
        key: "send.max_messages",
        with: &[OPEN],
        values: ["2", "1"],
        look: |bed| parcel(bed, 2),
        seen: ["queued", "120"],
        ..CASE
    },
    Case {
        key: "deliver.mode",
        with: &[OPEN, ("deliver.tls", "\"off\"")],
        values: ["\"capture\"", "\"smarthost\""],
        along: &[("deliver.smarthost", "\"SINK1\"")],
        look: come,
        seen: ["0 0", "0 1"],
    },
    Case {
        key: "deliver.smarthost",
        with: SINK,
        values: ["\"SINK0\"", "\"SINK1\""],
        look: come,
        seen: ["1 0", "0 1"],
        ..CASE
    },
    Case {
        key: "deliver.tls",
        with: SINK,
        values: ["\"off\"", "\"implicit\""],
        look: |bed| relay(bed, |relay| format!("{:?}", relay.tls)),
        seen: ["Off", "Implicit"],
        ..CASE
    },
    Case {
        key: "deliver.port",
        with: &[("deliver.mode", "\"mx\"")],
        values: ["25", "2525"],
        look: |bed| relay(bed, |relay| relay.to_string()),
        seen: ["mx 25 Opportunistic", "mx 2525 Opportunistic"],
        ..CASE
    },
    Case {
        key: "deliver.dane",
        values: ["true", "false"],
        look: |bed| bed.policy().dane.to_string(),
        seen: ["true", "false"],
        ..CASE
    },
    Case {
        key: "deliver.mta_sts",
        values: ["true", "false"],
        look: |bed| bed.policy().mta_sts.to_string(),
        seen: ["true", "false"],
        ..CASE
    },
    Case {
        key: "deliver.user",
        with: LOGIN,
        values: ["\"me\"", "\"you\""],
        look: |bed| relay(bed, login),
        seen: ["me:secret", "you:secret"],
        ..CASE
    },
    Case {
        key: "deliver.password",
        with: LOGIN,
        values: ["\"secret\"", "\"another\""],
        look: |bed| relay(bed, login),
        seen: ["me:secret", "me:another"],
        ..CASE
    },
    Case {
        key: "deliver.password_file",
        with: LOGIN,
        values: ["", "\"FOLDER/password\""],
        look: |bed| relay(bed, login),
        seen: ["me:secret", "me:from the file"],
        ..CASE
    },
    Case {
        key: "deliver.connections",
        values: ["10", "3"],
        look: |bed| bed.policy().connections.to_string(),
        seen: ["10", "3"],
        ..CASE
    },
    Case {
        key: "deliver.retry",
        values: ["[\"10h\"]", "[\"90h\"]"],
        look: |bed| schedule(bed, 90, 120),
        seen: ["false", "true"],
        ..CASE
    },
    Case {
        key: "deliver.give_up",
        with: &[("deliver.retry", "[\"10h\"]")],
        values: ["\"5d\"", "\"1h\""],
        look: |bed| schedule(bed, 10, 1),
        seen: ["false", "true"],
        ..CASE
    },
    Case {
        key: "deliver.connect_timeout",
        values: ["\"7s\"", "\"8s\""],
        look: |bed| timeout(bed, |known| known.connect),
        seen: ["7", "8"],
        ..CASE
    },
    Case {
        key: "deliver.tls_timeout",
        values: ["\"7s\"", "\"8s\""],
        look: |bed| timeout(bed, |known| known.handshake),
        seen: ["7", "8"],
        ..CASE
    },
    Case {
        key: "deliver.greeting_timeout",
        values: ["\"7s\"", "\"8s\""],
        look: |bed| timeout(bed, |known| known.greeting),
        seen: ["7", "8"],
        ..CASE
    },
    Case {
        key: "deliver.command_timeout",
        values: ["\"7s\"", "\"8s\""],
        look: |bed| timeout(bed, |known| known.command),
        seen: ["7", "8"],
        ..CASE
    },
    Case {
        key: "deliver.data_timeout",
        values: ["\"7s\"", "\"8s\""],
        look: |bed| timeout(bed, |known| known.data_start),
        seen: ["7", "8"],
        ..CASE
    },
    Case {
        key: "deliver.write_timeout",
        values: ["\"7s\"", "\"8s\""],
        look: |bed| timeout(bed, |known| known.write),
        seen: ["7", "8"],
        ..CASE
    },
    Case {
        key: "deliver.dot_timeout",
        values: ["\"7s\"", "\"8s\""],
        look: |bed| timeout(bed, |known| known.final_dot),
        seen: ["7", "8"],
        ..CASE
    },
    Case {
        key: "deliver.idle_timeout",
        values: ["\"7s\"", "\"8s\""],
        look: |bed| timeout(bed, |known| known.idle),
        seen: ["7", "8"],
        ..CASE
    },
    Case {
        key: "deliver.bounce_domain",
        values: ["\"\"", "\"bounce.example\""],
        look: |bed| {
            let setup = bed.setup();
            let token = setup.mail.addresses.token(&setup.new_message_id());
            let path = token.and_then(|token| setup.mail.addresses.for_bounces(&token));
            path.is_some_and(|path| path.to_string().ends_with("@bounce.example>")).to_string()
        },
        seen: ["false", "true"],
        ..CASE
    },
    Case {
        key: "route.match",
        with: &[("route.next_hop", "\"SINK0\""), ("route.tls", "\"off\"")],
        values: ["[\"*@one.example\"]", "[\"*@two.example\"]"],
        look: |bed| way(bed, "a@one.example") + ", " + &way(bed, "a@two.example"),
        seen: ["0 Off, captured", "captured, 0 Off"],
        ..CASE
    },
    Case {
        key: "route.next_hop",
        with: &[OPEN, ("route.match", "[\"*\"]"), ("route.tls", "\"off\"")],
        values: ["\"SINK0\"", "\"SINK1\""],
        look: come,
        seen: ["1 0", "0 1"],
        ..CASE
    },
    Case {
        key: "route.tls",
        with: &[("route.match", "[\"*\"]"), ("route.next_hop", "\"SINK0\"")],
        values: ["\"off\"", "\"starttls\""],
        look: |bed| way(bed, "a@one.example"),
        seen: ["0 Off", "0 Required"],
        ..CASE
    },
    Case {
        key: "dkim.domain",
        values: ["\"a.example\"", "\"b.example\""],
        look: |bed| signers(bed),
        seen: [
            "callpost._domainkey.a.example callpost-ed25519._domainkey.a.example",
            "callpost._domainkey.b.example callpost-ed25519._domainkey.b.example",
        ],
        ..CASE
    },
    Case {
        key: "dkim.selector",
        with: &[("dkim.domain", "\"a.example\""), ("dkim.key", "\"FOLDER/signing.pem\"")],
        values: ["\"one\"", "\"two\""],
        look: |bed| signers(bed),
        seen: ["one._domainkey.a.example", "two._domainkey.a.example"],
        ..CASE
    },
    Case {
        key: "dkim.key",
        with: &[("dkim.domain", "\"a.example\"")],
        values: ["", "\"FOLDER/signing.pem\""],
        look: |bed| signers(bed),
        seen: ["callpost._domainkey.a.example callpost-ed25519._domainkey.a.example", "callpost._domainkey.a.example"],
        ..CASE
    },
    Case {
        key: "queue.min_free",
        with: &[OPEN],
        values: ["0", "\"900TB\""],
        look: |bed| parcel(bed, 1),
        seen: ["queued", "200"],
        ..CASE
    },
    Case {
        key: "queue.keep_done",
        values: ["\"7d\"", "\"1h\""],
        look: |bed| kept(bed).contains("keep_done: 3600s").to_string(),
        seen: ["false", "true"],
        ..CASE
    },
    Case {
        key: "queue.keep_body",
        values: ["false", "true"],
        look: |bed| kept(bed).contains("keep_body: true").to_string(),
        seen: ["false", "true"],
        ..CASE
    },
];

#[test]
fn another_value_of_a_key_about_mail_that_leaves_takes_effect() {
    super::play(&[], CASES);
}
