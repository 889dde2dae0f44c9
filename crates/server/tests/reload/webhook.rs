//! `[[webhook]]`.

use std::time::Duration;

use config::Webhook;

use super::bed::Bed;
use super::{CASE, Case};

const SECRET: (&str, &str) = ("webhook.secret", "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"");
const HOOK: &[(&str, &str)] = &[("webhook.url", "\"http://127.0.0.1:1/\""), SECRET];

fn one(bed: &Bed, see: fn(&Webhook) -> String) -> String {
    see(&bed.setup().config.webhooks[0])
}

/// The hook at work, once it is the configured one alone.
fn at_work(bed: &Bed) -> webhook::Status {
    let name = one(bed, |hook| hook.name.clone());
    let url = one(bed, |hook| hook.url.to_string());
    for _ in 0..3000 {
        let rows = bed.running().node.webhooks.rows();
        if let [row] = rows.as_slice()
            && row.name == name
            && row.url == url
        {
            return row.clone();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    webhook::Status::default()
}

pub(crate) const CASES: &[Case] = &[
    Case {
        key: "webhook.url",
        with: &[SECRET],
        values: ["\"http://127.0.0.1:1/one\"", "\"http://127.0.0.1:1/two\""],
        look: |bed| at_work(bed).url,
        seen: ["http://127.0.0.1:1/one", "http://127.0.0.1:1/two"],
        ..CASE
    },
    Case {
        key: "webhook.name",
        with: HOOK,
        values: ["\"\"", "\"shop\""],
        look: |bed| at_work(bed).name,
        seen: ["127.0.0.1", "shop"],
        ..CASE
    },
    Case {
        key: "webhook.secret",
        with: &[HOOK[0]],
        values: ["\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"", "\"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\""],
        look: |bed| one(bed, |hook| hook.secrets[0].expose()[6..9].to_owned()),
        seen: ["MfK", "C2F"],
        ..CASE
    },
    Case {
        key: "webhook.old_secret",
        with: HOOK,
        values: ["\"\"", "\"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\""],
        look: |bed| one(bed, |hook| hook.secrets.len().to_string()),
        seen: ["1", "2"],
        ..CASE
    },
    Case {
        key: "webhook.events",
        with: HOOK,
        values: ["[\"delivered\"]", "[\"bounced\", \"expired\"]"],
        look: |bed| one(bed, |hook| hook.events.join(" ")),
        seen: ["delivered", "bounced expired"],
        ..CASE
    },
    Case {
        key: "webhook.timeout",
        with: HOOK,
        values: ["\"15s\"", "\"3s\""],
        look: |bed| one(bed, |hook| hook.timeout.as_secs().to_string()),
        seen: ["15", "3"],
        ..CASE
    },
    Case {
        key: "webhook.parallel",
        with: HOOK,
        values: ["4", "9"],
        look: |bed| one(bed, |hook| hook.parallel.to_string()),
        seen: ["4", "9"],
        ..CASE
    },
    Case {
        key: "webhook.give_up",
        with: HOOK,
        values: ["\"3d\"", "\"1h\""],
        look: |bed| one(bed, |hook| hook.give_up.as_secs().to_string()),
        seen: ["259200", "3600"],
        ..CASE
    },
];

#[test]
fn another_value_of_a_key_of_a_webhook_takes_effect() {
    super::play(&[], CASES);
}
