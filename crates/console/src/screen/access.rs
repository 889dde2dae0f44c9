//! Who may call, and what we prove ourselves with.

use askama::Template;
use control::status::Report;
use control::store::{KeyRow, StoreRequest};
use control::{Refused, Request};
use http::{Response, StatusCode};
use serde_json::Value;

use crate::frame::{Frame, Place};
use crate::reply::{self, Body};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "access.html")]
struct Access<'a> {
    f: &'a Frame,
    keys: &'a [KeyRow],
    report: &'a Report,
}

/// The page.
pub(crate) async fn page(visit: &Visit<'_>) -> Result<Response<Body>, Refused> {
    let keys: Vec<KeyRow> = visit.store(StoreRequest::Keys).await?;
    let report: Report = visit.ask(Request::Status).await?;
    Ok(reply::page(StatusCode::OK, &Access { f: &visit.frame(Place::Access), keys: &keys, report: &report }))
}

impl Access<'_> {
    /// What a key is restricted to, by the names that `callpost key add` takes.
    fn policy(&self, key: &KeyRow) -> String {
        let Some(rules) = key.policy.as_object().filter(|rules| !rules.is_empty()) else {
            return self.f.w.everything.to_owned();
        };
        let value = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Array(all) => all.iter().map(|one| one.as_str().unwrap_or_default()).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        rules.iter().map(|(name, rule)| format!("{name}: {}", value(rule))).collect::<Vec<_>>().join(" · ")
    }
}
