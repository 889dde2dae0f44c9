//! `[[webhook]]`: URLs that events are told to.

use std::time::Duration;

use http::Uri;

use super::declare::rows;
use super::upstream::url;
use super::value::Secret;
use super::view::{Reading, View};

rows! {
    WEBHOOK: Blocks = "webhook", "Events told to a URL, signed as Standard Webhooks has it.";

    url: url ["https://app.example.edu/mail-events"], now, "where to: http:// or https://";
    name: text = "", now, "what people call it; \"\" = the host of the URL";
    secret: secret ["whsec_ThisIsNoSecretMakeYourOwnOfRandomOctets0"], now,
        "signs each event: whsec_ and the base64 of 24 to 64 octets, or \"credential:NAME\"";
    old_secret: secret = "", now, "signs too, while the receiver changes over";
    events: texts = [], now, "which: queued, deferred, delivered, bounced, cancelled, expired, captured; [] = all";
    timeout: duration = "15s", now, "how long the receiver may take";
    parallel: count = 4, now, "requests at once";
    give_up: duration = "3d", now, "how long an event is told again that nobody takes";
}

/// What may be told.
const KINDS: [&str; 10] = [
    "queued",
    "deferred",
    "delivered",
    "bounced",
    "complained",
    "suppressed",
    "unsubscribed",
    "cancelled",
    "expired",
    "captured",
];

/// A URL that events are told to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// What people call it: no two are called the same.
    pub name: String,
    /// Where to.
    pub url: Uri,
    /// What signs; the first is the newer one.
    pub secrets: Vec<Secret>,
    /// What is told; empty: everything.
    pub events: Vec<String>,
    /// How long the receiver may take.
    pub timeout: Duration,
    /// Requests at once.
    pub parallel: usize,
    /// How long an event is told again.
    pub give_up: Duration,
}

/// The configured ones, in order.
pub(super) fn webhooks(reading: &Reading<'_>) -> Vec<Webhook> {
    let mut hooks: Vec<Webhook> = Vec::new();
    for view in reading.blocks("webhook", None) {
        let Some(hook) = webhook(view) else { continue };
        if hooks.iter().any(|other| other.name == hook.name) {
            view.contradicts("name", format!("another [[webhook]] is called {}", hook.name));
        }
        hooks.push(hook);
    }
    hooks
}

fn webhook(view: View<'_>) -> Option<Webhook> {
    let url = view.parsed("url", url);
    let secrets: Vec<Secret> = [view.secret("secret"), view.secret("old_secret")].into_iter().flatten().collect();
    let events = view.each("events", |kind| match KINDS.contains(&kind) {
        true => Ok(kind.to_owned()),
        false => Err(format!("`{kind}` is no event; there are {}", KINDS.join(", "))),
    });
    let (timeout, parallel, give_up) =
        (view.some_time("timeout"), view.positive("parallel"), view.some_time("give_up"));
    let Some(url) = url.filter(|url| url.host().is_some()) else {
        view.wrong("url", "a URL is wanted, https://app.example.edu/mail-events");
        return None;
    };
    if secrets.is_empty() {
        view.contradicts("url", "a `secret` is wanted: without one the receiver cannot know who calls");
    }
    if !secrets.iter().all(is_sound) {
        view.wrong("secret", "whsec_ and base64 of 24 to 64 octets is wanted: echo whsec_$(openssl rand -base64 32)");
    }
    let name = view.parsed("name", name).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| url.host().unwrap_or_default().to_owned());
    Some(Webhook { name, url, secrets, events, timeout, parallel, give_up })
}

/// `whsec_` and the base64 of 24 to 64 octets.
fn is_sound(secret: &Secret) -> bool {
    let digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    secret.expose().strip_prefix("whsec_").is_some_and(|text| {
        let digits = text.trim_end_matches('=');
        text.len().is_multiple_of(4) && (32..=88).contains(&text.len()) && digits.chars().all(digit)
    })
}

/// A name is the name of a file too.
fn name(text: &str) -> Result<String, String> {
    let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match text.chars().all(sound) && !text.starts_with('.') && text.len() <= 60 {
        true => Ok(text.to_owned()),
        false => Err("a name has letters, digits, `-`, `_` and `.` of ASCII, and at most 60 of them".to_owned()),
    }
}
