//! The configuration, said to each room in the room's own words.

use std::sync::Arc;

use config::{Config, HopTls, Mode, Target};
use delivery::{ByMx, Dialect, Login, NextHop, Policy, Relay, Route, Routes, Schedule, Servers, Timeouts, Tls};
use diagnostic::{Code, Diagnostic, Outcome};
use jiff::SignedDuration;
use mail::address::{Domain, Pattern};
use smtp::{AuthOffer, Settings, StartTls};
use spool::sqlite;

use crate::method::messages::Most;
use crate::method::send_message::Rules;

/// The store's.
#[must_use]
pub fn store_options(config: &Config) -> sqlite::Options {
    let queue = &config.queue;
    sqlite::Options {
        min_free: queue.min_free,
        keep_done: queue.keep_done,
        keep_body: queue.keep_body,
        ..sqlite::Options::default()
    }
}

/// `send_message`'s.
#[must_use]
pub fn rules(config: &Config) -> Rules {
    Rules {
        require_key: config.send.require_key,
        max_messages: config.send.max_messages,
        max_size: config.smtp.max_size,
        max_labels: config.limits.labels,
        most: Most { ids: config.limits.ids, wait: config.limits.long_poll },
        id_domain: id_domain(config),
    }
}

/// The documents'.
#[must_use]
pub fn documents(config: &Config) -> rpc::Limits {
    let limits = &config.limits;
    let xml = rpc::xml::XmlLimits { max_nodes: limits.values, ..rpc::xml::XmlLimits::default() };
    rpc::Limits {
        max_depth: limits.depth,
        max_nodes: limits.values,
        max_batch: limits.batch,
        parallel: limits.parallel,
        xml,
    }
}

/// The right-hand side of our Message-IDs.
#[must_use]
pub fn id_domain(config: &Config) -> Domain {
    Domain::parse(&config.hostname).unwrap_or_else(|_| Domain::Name("localhost".to_owned()))
}

/// The delivery's.
#[must_use]
pub fn policy(config: &Config) -> Policy {
    let retry: Vec<SignedDuration> = config.deliver.retry.iter().map(|wait| signed(*wait)).collect();
    let routes = Routes { routes: routes(config), own: own(config), rest: rest(config) };
    Policy {
        connections: config.deliver.connections,
        schedule: Schedule::new(&retry, signed(config.deliver.give_up)),
        timeouts: timeouts(&config.deliver),
        dane: config.deliver.dane,
        mta_sts: config.deliver.mta_sts,
        own: config.smtp.listen.iter().chain(&config.calls.listen).copied().collect(),
        ..Policy::new(id_domain(config), routes)
    }
}

fn timeouts(said: &config::Deliver) -> Timeouts {
    Timeouts {
        connect: said.connect_timeout,
        handshake: said.tls_timeout,
        greeting: said.greeting_timeout,
        command: said.command_timeout,
        data_start: said.data_timeout,
        write: said.write_timeout,
        final_dot: said.dot_timeout,
        idle: said.idle_timeout,
    }
}

fn routes(config: &Config) -> Vec<Route> {
    let route = |route: &config::Route| Route {
        patterns: route.recipients.clone(),
        next_hop: match &route.target {
            Target::Capture => NextHop::Capture,
            Target::Hop(hop) => NextHop::Relay(Arc::new(relay(std::slice::from_ref(hop), None))),
            Target::Lmtp(hop) => by_lmtp(std::slice::from_ref(hop), None),
            Target::Mx(tls) => by_mx(config, *tls),
        },
    };
    config.routes.iter().map(route).collect()
}

/// Our own addresses go to our own listener: a call to a service of ours never leaves the machine.
fn own(config: &Config) -> Vec<Route> {
    let Some(listen) = config.smtp.listen.first() else { return Vec::new() };
    let mut address = *listen;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    let ours = config.services.iter().flat_map(|service| &service.addresses).chain([&config.calls.from]);
    let patterns = ours.filter_map(|mailbox| Pattern::parse(&mailbox.to_string()).ok());
    let patterns = patterns.chain(return_addresses(config)).collect();
    let host = delivery::HostPort { host: address.ip().to_string(), port: address.port() };
    vec![Route { patterns, next_hop: NextHop::Relay(Arc::new(Relay::to(host, Tls::Off))) }]
}

/// Every address of ours that names a mail: to them comes what is said about it.
#[must_use]
pub fn return_addresses(config: &Config) -> Vec<Pattern> {
    let from = &config.calls.from;
    let answers = config.calls.token_address.then(|| format!("{}+*@{}", from.local(), from.domain()));
    let bounces = config.deliver.bounce_domain.as_ref().map(|domain| format!("bounces+*@{domain}"));
    answers.into_iter().chain(bounces).filter_map(|pattern| Pattern::parse(&pattern).ok()).collect()
}

fn rest(config: &Config) -> NextHop {
    let login = config.deliver.login.as_ref();
    let login = login.map(|login| Login { user: login.user.clone(), password: login.password.expose().to_owned() });
    match &config.deliver.mode {
        Mode::Capture => NextHop::Capture,
        Mode::Smarthost(hops) => NextHop::Relay(Arc::new(relay(hops, login))),
        Mode::Lmtp(hops) => by_lmtp(hops, login),
        Mode::Mx(tls) => by_mx(config, *tls),
    }
}

fn by_mx(config: &Config, tls: HopTls) -> NextHop {
    NextHop::Mx(ByMx { port: config.deliver.port, tls: self::tls(tls) })
}

fn by_lmtp(hops: &[config::NextHop], login: Option<Login>) -> NextHop {
    NextHop::Relay(Arc::new(Relay { dialect: Dialect::Lmtp, ..relay(hops, login) }))
}

fn relay(hops: &[config::NextHop], login: Option<Login>) -> Relay {
    let host = |hop: &config::NextHop| delivery::HostPort { host: hop.hop.host.clone(), port: hop.hop.port };
    let tls = tls(hops.first().map(|hop| hop.tls).unwrap_or_default());
    Relay { servers: Servers::Hosts(hops.iter().map(host).collect()), dialect: Dialect::Smtp, tls, login }
}

fn tls(said: HopTls) -> Tls {
    match said {
        HopTls::StartTls => Tls::Required,
        HopTls::Opportunistic => Tls::Opportunistic,
        HopTls::Implicit => Tls::Implicit,
        HopTls::Off => Tls::Off,
    }
}

fn signed(duration: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// The resolver.
///
/// # Errors
/// It cannot be made.
pub fn resolver(config: &Config) -> Outcome<dns::Resolver> {
    let settings = dns::Settings { servers: config.dns.servers.clone(), trusted: config.dns.trusted };
    dns::Resolver::new(&settings)
        .map_err(|why| Box::new(Diagnostic::new(Code::Bug, "names cannot be looked up").because(why)))
}

/// The SMTP listener's.
///
/// # Errors
/// The host name makes no address.
pub fn session(config: &Config, starttls: StartTls) -> Outcome<Settings> {
    let mut settings = Settings::new(&config.hostname).map_err(|error| {
        let what = format!("hostname = \"{}\" makes no address: {error}", config.hostname);
        Box::new(Diagnostic::new(Code::WrongValue, what))
    })?;
    settings.starttls = starttls;
    settings.auth = AuthOffer::Secured;
    settings.limits.message = config.smtp.max_size;
    settings.limits.recipients = config.limits.recipients;
    settings.limits.silence = config.smtp.command_timeout;
    Ok(settings)
}

/// The LMTP listener's: for mail servers nearby, in the clear.
///
/// # Errors
/// The host name makes no address.
pub fn lmtp(config: &Config) -> Outcome<Settings> {
    let mut settings = session(config, StartTls::No)?;
    (settings.dialect, settings.auth) = (smtp::Dialect::Lmtp, AuthOffer::No);
    Ok(settings)
}

#[cfg(test)]
mod tests;
