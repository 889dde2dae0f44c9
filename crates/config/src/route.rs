//! `[[route]]`.

use mail::address::Pattern;

use super::declare::rows;
use super::deliver::{HopTls, NextHop, Speaks, TlsWord, default_port, mx_tls, with_tls};
use super::value;
use super::view::{Reading, View};

rows! {
    ROUTE: Blocks = "route", "Where mail for some recipients goes; the first match wins.";

    match: texts [["*@fourthought.com"]], now, "recipients: *@domain, local@*, *@*.domain, *";
    next_hop: text ["127.0.0.1:8024"], now, "host:port | mx | lmtp:host:port | lmtp:/path/of/socket | capture";
    tls: choice<TlsWord> ["off"], now, "as in [deliver]";
}

/// Where mail for some recipients goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// For which recipients; at least one.
    pub recipients: Vec<Pattern>,
    /// Where it goes.
    pub target: Target,
}

/// What a route does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Keep it.
    Capture,
    /// Send it there by SMTP.
    Hop(NextHop),
    /// Send it there by LMTP.
    Lmtp(NextHop),
    /// Send it to the mail exchangers of its domain.
    Mx(HopTls),
}

pub(super) fn routes(reading: &Reading<'_>) -> Vec<Route> {
    reading.blocks("route", Some("deliver")).map(route).collect()
}

fn route(view: View<'_>) -> Route {
    let recipients = view.patterns("match");
    if recipients.is_empty() && view.is_said("match") {
        view.wrong("match", "it matches nobody");
    }
    let target = view.parsed("next_hop", |text| match text {
        "capture" => Ok(Target::Capture),
        "mx" => Ok(Target::Mx(mx_tls(view))),
        _ => match text.strip_prefix("lmtp:") {
            Some(text) => value::lmtp(text).map(|hop| Target::Lmtp(with_tls(view, hop, Speaks::Lmtp))),
            None => value::hop(text, default_port(view)).map(|hop| Target::Hop(with_tls(view, hop, Speaks::Smtp))),
        },
    });
    Route { recipients, target: target.unwrap_or(Target::Capture) }
}
