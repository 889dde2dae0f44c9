//! Asking a service elsewhere what it is, in the background: at the start, then again and again.

use std::sync::Arc;
use std::time::Duration;

use rpc::Description;
use tokio_util::sync::CancellationToken;

use super::Upstream;

/// How often a service that has described itself is asked again.
const AGAIN: Duration = Duration::from_mins(10);
/// How soon one that has not is asked again: after the first of these, then each time after twice as long, up to the other.
const SOON: Duration = Duration::from_secs(2);
const LATER: Duration = Duration::from_mins(5);

/// Of what cannot be obeyed in one description so much is logged.
const SAID: usize = 50;

/// Keeps what is known of the service up to date, until `stop`. Whatever comes of it, calls go on.
pub(super) async fn keep(upstream: Arc<Upstream>, stop: CancellationToken) {
    let Some(source) = &upstream.source else { return };
    let mut failed: Option<Duration> = None;
    let mut told = Vec::new();
    loop {
        let asked = tokio::select! {
            asked = source.ask() => asked,
            () = stop.cancelled() => return,
        };
        let wait = match asked {
            Ok(description) => {
                let methods = description.names().filter(|name| upstream.takes(name)).count();
                if failed.take().is_some() || upstream.known.version() == 0 {
                    tracing::info!(service = upstream.name, methods, "the service has described itself");
                }
                told = say(&upstream, &description, &told);
                upstream.known.learnt(description, |name| upstream.takes(name));
                AGAIN
            }
            Err(error) => {
                if failed.is_none() {
                    tracing::warn!(
                        service = upstream.name, %error,
                        "the service has not described itself; calls go on without, and it is asked again"
                    );
                }
                upstream.known.asked_in_vain();
                let wait = failed.map_or(SOON, |before| (before * 2).min(LATER));
                failed = Some(wait);
                wait
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Says what of the description cannot be had or obeyed, where that is another than before.
fn say(upstream: &Upstream, description: &Description, told: &[String]) -> Vec<String> {
    let problems: Vec<String> = description.problems().collect();
    if problems.as_slice() != told {
        for problem in problems.iter().take(SAID) {
            tracing::warn!(service = upstream.name, problem, "a part of the service's WSDL cannot be obeyed");
        }
    }
    problems
}
