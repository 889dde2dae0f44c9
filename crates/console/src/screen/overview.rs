//! Is it working, and what needs somebody?

use askama::Template;
use control::status::{Queue, Readiness, Report, Site};
use control::{Refused, Request};
use http::{Response, StatusCode};

use crate::frame::{Frame, Place};
use crate::reply::{self, Body};
use crate::visit::Visit;
use crate::words::{Words, filled};

/// Fewer days than these, and a certificate needs attention.
const DAYS: i64 = 21;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview<'a> {
    f: &'a Frame,
    report: &'a Report,
    headline: &'a str,
    is_well: bool,
    attention: &'a [Attention],
    figures: &'a [Figure],
    bars: &'a [Bar],
    troubled: Vec<&'a Site>,
}

/// Something that needs somebody.
struct Attention {
    what: String,
    /// Where it can be looked at.
    path: Option<String>,
    /// False for what is only to be known.
    is_urgent: bool,
}

/// A number, and where it leads.
struct Figure {
    count: u64,
    name: &'static str,
    path: &'static str,
    class: &'static str,
}

/// A piece of the drawing of the queue, in thousandths.
struct Bar {
    from: u64,
    width: u64,
    class: &'static str,
}

/// The page.
pub(crate) async fn page(visit: &Visit<'_>) -> Result<Response<Body>, Refused> {
    let report: Report = visit.ask(Request::Status).await?;
    let ready: Readiness = visit.ask(Request::Ready).await?;
    let (f, w) = (visit.frame(Place::Overview), visit.prefs.words);
    let attention = attention(w, &report, &ready);
    let is_well = attention.iter().all(|one| !one.is_urgent);
    let headline = match (ready.ready, is_well) {
        (false, _) => w.takes_no_work,
        (true, false) => w.needs_you,
        (true, true) => w.works,
    };
    let figures = figures(w, &report);
    let page = Overview {
        f: &f,
        report: &report,
        headline,
        is_well,
        attention: &attention,
        bars: &bars(&report.queue),
        figures: &figures,
        troubled: report.sites.iter().filter(|site| site.away || site.last_error.is_some()).collect(),
    };
    Ok(reply::page(StatusCode::OK, &page))
}

fn attention(w: &Words, report: &Report, ready: &Readiness) -> Vec<Attention> {
    let urgent = |what: String, path: Option<&str>| Attention { what, path: path.map(str::to_owned), is_urgent: true };
    let why = ready.why.iter().map(|why| urgent(why.clone(), None));
    let away = report.sites.iter().filter(|site| site.away).map(|site| {
        let words = site.last_error.as_deref().unwrap_or(w.away);
        urgent(filled(w.site_away, &[&site.name, words]), Some("/destinations"))
    });
    let mailboxes = report.mailboxes.iter().filter_map(|mailbox| {
        let error = mailbox.last_error.as_deref().filter(|_| mailbox.failures > 0)?;
        Some(urgent(filled(w.mailbox_fails, &[&mailbox.source, error]), None))
    });
    let certificates = report.certificates.iter().filter(|served| served.days_left < DAYS).map(|served| {
        let days = served.days_left.to_string();
        let what = if served.days_left < 0 { w.certificate_ended } else { w.certificate_ends };
        urgent(filled(what, &[&served.at, &days]), Some("/access"))
    });
    let queue = &report.queue;
    let damaged = (queue.damaged > 0)
        .then(|| urgent(filled(w.some_damaged, &[&queue.damaged.to_string()]), Some("/messages?state=damaged")));
    let held = (queue.held > 0).then(|| Attention {
        what: filled(w.some_held, &[&queue.held.to_string()]),
        path: Some("/messages?state=held".to_owned()),
        is_urgent: false,
    });
    why.chain(away).chain(damaged).chain(mailboxes).chain(certificates).chain(held).collect()
}

fn figures(w: &Words, report: &Report) -> Vec<Figure> {
    let Queue { waiting, delivering, held, damaged } = report.queue;
    let calls = u64::try_from(report.open_calls).unwrap_or(u64::MAX);
    let figure = |count, name, path, class| Figure { count, name, path, class };
    vec![
        figure(waiting, w.waiting, "/messages", "waiting"),
        figure(delivering, w.delivering, "/messages?state=queued", "delivering"),
        figure(held, w.held, "/messages?state=held", "held"),
        figure(damaged, w.damaged, "/messages?state=damaged", "damaged"),
        figure(calls, w.open_calls, "/calls", "calls"),
    ]
}

/// The queue as one line, each state with its part of it.
fn bars(queue: &Queue) -> Vec<Bar> {
    let parts = [
        (queue.delivering, "delivering"),
        (queue.waiting, "waiting"),
        (queue.held, "held"),
        (queue.damaged, "damaged"),
    ];
    let whole: u64 = parts.iter().map(|(count, _)| count).sum();
    let (mut bars, mut before) = (Vec::new(), 0);
    for (count, class) in parts.into_iter().filter(|(count, _)| *count > 0) {
        let from = before * 1000 / whole;
        before += count;
        bars.push(Bar { from, width: (before * 1000 / whole - from).max(1), class });
    }
    bars
}

#[cfg(test)]
mod tests {
    use control::status::Queue;

    use super::bars;

    #[test]
    fn the_queue_is_one_line_of_a_thousand() {
        let drawn = |waiting, delivering, held, damaged| {
            let bars = bars(&Queue { waiting, delivering, held, damaged });
            bars.iter().map(|bar| (bar.from, bar.width, bar.class)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(0, 0, 0, 0), []);
        assert_eq!(drawn(3, 1, 0, 0), [(0, 250, "delivering"), (250, 750, "waiting")]);
        assert_eq!(drawn(1_000_000, 0, 1, 0), [(0, 999, "waiting"), (999, 1, "held")]);
    }
}
