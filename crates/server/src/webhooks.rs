//! The hooks that are configured, at work: each reads the store's events, whatever another configuration brings.

use std::path::Path;
use std::sync::Arc;

use client::http::Endpoint;
use config::Webhook;
use diagnostic::Diagnostic;
use jiff::Timestamp;
use spool::{Cursor, Store};
use tokio_util::sync::CancellationToken;
use webhook::{Batch, BoxFuture, Event, Hook, Running, Schedule, Secret, Source, Terms};

use crate::method::messages::events;
use crate::node::Node;

/// Events of one step to the end.
const STRIDE: usize = 1000;

/// Keeps those at work that are configured, until `stop`.
pub(crate) async fn keep(node: Arc<Node>, stop: CancellationToken) {
    let mut setups = node.setups();
    while !stop.is_cancelled() {
        let wanted = setups.borrow_and_update().config.webhooks.clone();
        let state = node.setup().config.state.clone();
        let gone = {
            let mut all = node.webhooks.all();
            let gone: Vec<String> =
                all.iter().filter(|(_, (terms, _))| !wanted.contains(terms)).map(|(name, _)| name.clone()).collect();
            gone.into_iter().filter_map(|name| all.remove(&name)).collect::<Vec<_>>()
        };
        end(gone).await;
        for terms in wanted {
            if node.webhooks.all().contains_key(&terms.name) {
                continue;
            }
            match open(&node, &terms, &state) {
                Ok(hook) => drop(node.webhooks.all().insert(terms.name.clone(), (terms, hook.start()))),
                Err(diagnostic) => tracing::error!(webhook = terms.name, %diagnostic, "nothing is told"),
            }
        }
        tokio::select! {
            changed = setups.changed() => if changed.is_err() { break },
            () = stop.cancelled() => {}
        }
    }
    let all = std::mem::take(&mut *node.webhooks.all());
    end(all.into_values().collect()).await;
}

async fn end(hooks: Vec<(Webhook, Running)>) {
    for (_, hook) in hooks {
        hook.stop().await;
    }
}

fn open(node: &Node, terms: &Webhook, state: &Path) -> Result<Hook, Box<Diagnostic>> {
    let unusable = |why: String| {
        let diagnostic =
            Diagnostic::new(diagnostic::Code::WrongValue, format!("the webhook {} cannot be used", terms.name));
        Box::new(diagnostic.because(why))
    };
    let folder = state.join("webhooks");
    std::fs::create_dir_all(&folder).map_err(|error| unusable(format!("{}: {error}", folder.display())))?;
    let secrets = terms.secrets.iter().map(|secret| Secret::parse(secret.expose()));
    let terms = Terms {
        name: terms.name.clone(),
        endpoint: Endpoint { url: terms.url.clone(), tls: pki::client_config(None, None)?, wait: terms.timeout },
        secrets: secrets.collect::<Result<_, _>>().map_err(|error| unusable(error.to_string()))?,
        kinds: terms.events.clone(),
        schedule: Schedule { give_up: terms.give_up },
        parallel: terms.parallel,
        file: folder.join(format!("{}.json", terms.name)),
    };
    Ok(Hook { terms, source: Arc::new(Happened(Arc::clone(&node.store))) })
}

/// What happened to recipients, as the store tells it.
struct Happened(Arc<dyn Store>);

impl Source for Happened {
    fn after<'a>(&'a self, place: &'a str, limit: usize) -> BoxFuture<'a, Result<Batch, String>> {
        Box::pin(async move {
            let cursor = cursor(place)?;
            let told = events::all(&*self.0, cursor, limit).await.map_err(|refusal| refusal.to_string())?;
            let rows = told["events"].as_array().into_iter().flatten();
            let next = told["cursor"].as_str().unwrap_or(place).to_owned();
            Ok(Batch { events: rows.filter_map(event).collect(), next })
        })
    }

    fn end(&self) -> BoxFuture<'_, Result<String, String>> {
        Box::pin(async move {
            let mut cursor = Cursor::default();
            loop {
                let next = self.0.after(cursor, STRIDE).await.map_err(|refusal| refusal.to_string())?.next;
                if next == cursor {
                    return Ok(cursor.to_string());
                }
                cursor = next;
            }
        })
    }
}

fn cursor(place: &str) -> Result<Cursor, String> {
    match place {
        "" => Ok(Cursor::default()),
        place => place.parse().map_err(|_| format!("`{place}` is no place in what happened")),
    }
}

fn event(row: &serde_json::Value) -> Option<Event> {
    let text = |name: &str| row[name].as_str().map(str::to_owned);
    let at: Timestamp = row["time"].as_str()?.parse().ok()?;
    Some(Event { id: text("id")?, kind: text("type")?, about: text("message_id")?, at, data: row.clone() })
}
