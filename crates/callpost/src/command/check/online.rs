//! `check --online`: whether the mail servers would take our mail, as whom and over what, and whether the services behind us
//! are there. No mail is sent, and no method is called.

use std::sync::Arc;
use std::time::Duration;

use client::description::{Source, Undescribed};
use client::http::{CallError, Endpoint};
use config::{Config, Describe, Service, Upstream};
use delivery::{HostPort, NextHop, Policy, Relay, Visited};
use diagnostic::Exit;
use diagnostic::url::shown;
use mail::evidence::Stage;
use rpc::Protocol;

use super::{Line, published};

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn check(config: &Config) -> Vec<Line> {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(visits(config)),
        Err(error) => vec![Line::bad("online", Exit::Software, error.to_string())],
    }
}

async fn visits(config: &Config) -> Vec<Line> {
    let policy = server::wiring::policy(config);
    let mut relays: Vec<Arc<Relay>> = Vec::new();
    let hops = [&policy.routes.rest].into_iter().chain(policy.routes.routes.iter().map(|route| &route.next_hop));
    for hop in hops {
        if let NextHop::Relay(relay) = hop
            && !relays.contains(relay)
        {
            relays.push(Arc::clone(relay));
        }
    }
    let mut lines = match server::wiring::resolver(config) {
        Ok(dns) => published::check(config, &dns).await,
        Err(diagnostic) => vec![Line::of("dns", &diagnostic)],
    };
    for relay in relays {
        for host in relay.hosts() {
            lines.push(mail_server(policy.clone(), &relay, host).await);
        }
    }
    for service in &config.services {
        if let Some(upstream) = service.work.upstream() {
            lines.push(visited(config, service, upstream).await);
        }
    }
    lines
}

/// Connects, begins TLS and logs in as mail would.
async fn mail_server(policy: Policy, relay: &Relay, host: &HostPort) -> Line {
    match delivery::visit(policy, relay, host, PATIENCE).await {
        Ok(Visited { secured, logged_in }) => {
            let over = if secured { "over TLS" } else { "without TLS" };
            let whom = relay.login.as_ref().filter(|_| logged_in);
            let whom = whom.map(|login| format!(", logged in as {}", login.user)).unwrap_or_default();
            Line::good("online", format!("{host}: takes mail {over}{whom}"))
        }
        Err(evidence) => {
            let exit = match (evidence.stage, evidence.reply()) {
                (Some(Stage::Lookup), _) => Exit::NoHost,
                (Some(Stage::Auth), Some(reply)) if reply.code() != 421 => Exit::NoPermission,
                _ => Exit::TryAgain,
            };
            Line::bad("online", exit, format!("{host}: {evidence}"))
        }
    }
}

/// Visits a service by its description, where that is a document; else by connecting. To ask it in JSON-RPC or XML-RPC
/// what it is would be to call a method.
async fn visited(config: &Config, service: &Service, upstream: &Upstream) -> Line {
    let name = format!("{} at {}", service.name, shown(&upstream.url.to_string()));
    let tls = match pki::client_config(None, None) {
        Ok(tls) => tls,
        Err(diagnostic) => return Line::of("online", &diagnostic),
    };
    let endpoint = || Endpoint { url: upstream.url.clone(), tls: Arc::clone(&tls), wait: PATIENCE };
    let described = match source(config, upstream, endpoint()) {
        Some(source) => source.ask().await.map(Some),
        None => endpoint().reach().await.map(|()| None).map_err(Undescribed::Call),
    };
    match described {
        Ok(Some(description)) => {
            let methods = description.names().filter(|name| upstream.takes(name)).count();
            Line::good("online", format!("{name} describes {methods} methods that are passed on"))
        }
        Ok(None) => Line::good("online", format!("{name} takes connections")),
        Err(Undescribed::Call(CallError::Refused(status, _) | CallError::Status(status, _)))
            if [401, 403, 407].contains(&status.as_u16()) =>
        {
            Line::bad("online", Exit::NoPermission, format!("{name} does not let us in: HTTP {status}"))
        }
        Err(Undescribed::Call(error @ (CallError::Connection(_) | CallError::Url(_) | CallError::Late(_)))) => {
            Line::bad("online", Exit::Unavailable, format!("{name} cannot be reached: {error}"))
        }
        Err(why) => Line::doubtful("online", format!("{name} is there, but does not describe itself: {why}")),
    }
}

fn source(config: &Config, upstream: &Upstream, service: Endpoint) -> Option<Source> {
    let (at, protocol) = match (&upstream.describe, upstream.protocol?) {
        (Describe::Off, _) | (Describe::Auto, Protocol::JsonRpc | Protocol::XmlRpc) => return None,
        (Describe::Auto, protocol) => (None, protocol),
        (Describe::At(url), protocol) => (Some(url.as_ref().clone()), protocol),
    };
    let largest = config.limits.description;
    Some(Source {
        service,
        protocol,
        at,
        largest: usize::try_from(largest).unwrap_or(usize::MAX),
        budget: budget::MemoryBudget::new(largest),
        limits: server::wiring::documents(config),
        wanted: Box::new(|_| true),
    })
}
