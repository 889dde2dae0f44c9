//! `check --online`: the records by which other mail servers judge our mail and find us, to paste, each beside what the DNS
//! has.

use std::collections::BTreeSet;

use config::{Config, Mode};
use dns::{Answer, Resolver};
use mail::Domain;

use super::Line;

/// Looks up all of them.
pub(super) async fn check(config: &Config, dns: &Resolver) -> Vec<Line> {
    let by_mx = matches!(config.deliver.mode, Mode::Mx(_));
    if !by_mx && config.dkim.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![proven(config, dns).await];
    lines.extend(addresses(config, dns).await);
    let signed = config.dkim.iter().map(|dkim| dkim.domain.clone()).collect::<BTreeSet<_>>();
    for domain in &signed {
        lines.push(senders(config, dns, domain).await);
    }
    lines.extend(signatures(config, dns).await);
    for domain in &signed {
        let policy = format!("v=DMARC1; p=none; rua=mailto:postmaster@{domain}");
        lines.push(
            Wanted { subject: "dmarc", name: format!("_dmarc.{domain}"), begins: "v=DMARC1", text: policy }
                .look(dns)
                .await,
        );
    }
    for domain in config.smtp.domains.iter().filter(|domain| Domain::parse(domain).is_ok() && domain.contains('.')) {
        lines.extend(inward(dns, domain).await);
    }
    lines
}

/// Whether DANE can be had.
async fn proven(config: &Config, dns: &Resolver) -> Line {
    let by_mx = matches!(config.deliver.mode, Mode::Mx(_));
    match (by_mx && config.deliver.dane, dns.is_believed()) {
        (true, false) => Line::doubtful(
            "dane",
            "not used: the name servers are not on loopback, so nobody can tell what they have proven; run one that \
             validates on this machine, or set dns.trusted = true",
        ),
        (true, true) => match dns.proves().await {
            Ok(true) => Line::good("dane", "used: the name servers prove what they say"),
            Ok(false) => Line::doubtful(
                "dane",
                "not used: the name servers prove nothing, not even the root; mail goes on without it. Let them validate \
                 (DNSSEC)",
            ),
            Err(words) => Line::doubtful("dane", format!("whether the name servers prove what they say: {words}")),
        },
        (false, _) => Line::good("dane", "not used: no mail goes by MX, or deliver.dane is false"),
    }
}

/// A text record that is to stand somewhere.
struct Wanted {
    subject: &'static str,
    name: String,
    /// What a record of this kind begins with.
    begins: &'static str,
    /// What is proposed.
    text: String,
}

impl Wanted {
    /// One that is there may say what it likes: it is the operator's.
    async fn look(self, dns: &Resolver) -> Line {
        let Self { subject, name, begins, text } = self;
        match texts(dns, &name, begins).await {
            Err(words) => Line::doubtful(subject, format!("{name} cannot be looked up: {words}")),
            Ok(there) => match there.as_slice() {
                [] => Line::doubtful(subject, format!("publish {name} TXT \"{text}\"; there is none")),
                [one] => Line::good(subject, format!("{name} has \"{one}\"")),
                several => {
                    Line::doubtful(subject, format!("{name} has {} where one may be: {several:?}", several.len()))
                }
            },
        }
    }
}

/// The text records of a name that begin so.
async fn texts(dns: &Resolver, name: &str, begins: &str) -> Result<Vec<String>, String> {
    match dns.txt(name).await {
        Answer::Failed(words) => Err(words),
        answer => {
            let texts = answer.records().into_iter().map(|text| String::from_utf8_lossy(&text).into_owned());
            Ok(texts.filter(|text| text.starts_with(begins)).collect())
        }
    }
}

/// SPF (RFC 7208): who may send for the domain.
async fn senders(config: &Config, dns: &Resolver, domain: &str) -> Line {
    let text = match config.deliver.mode {
        Mode::Smarthost(_) => "v=spf1 include:SMARTHOST -all".to_owned(),
        _ => format!("v=spf1 a:{} -all", config.hostname),
    };
    Wanted { subject: "spf", name: domain.to_owned(), begins: "v=spf1", text }.look(dns).await
}

/// DKIM: the keys that sign, as they are here and as they are there.
async fn signatures(config: &Config, dns: &Resolver) -> Vec<Line> {
    let mut lines = Vec::new();
    for (name, record) in server::signing::records(config).unwrap_or_default() {
        let Some(record) = record else { continue };
        lines.push(match texts(dns, &name, "").await {
            Err(words) => Line::doubtful("dkim", format!("{name} cannot be looked up: {words}")),
            Ok(there) if there.iter().any(|text| same(text, &record)) => {
                Line::good("dkim", format!("{name} is published"))
            }
            Ok(there) => {
                Line::doubtful("dkim", format!("publish {name} TXT \"{record}\"; there is {}", quoted(&there)))
            }
        });
    }
    lines
}

/// White space between tags says nothing (RFC 6376 §3.2).
fn same(one: &str, other: &str) -> bool {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    bare(one) == bare(other)
}

fn quoted(texts: &[String]) -> String {
    if texts.is_empty() { "none".to_owned() } else { format!("{texts:?}") }
}

/// Who sends to us: MTA-STS (RFC 8461) and reports of TLS (RFC 8460).
async fn inward(dns: &Resolver, domain: &str) -> Vec<Line> {
    let id = "v=STSv1; id=1".to_owned();
    let sts = Wanted { subject: "mta-sts", name: format!("_mta-sts.{domain}"), begins: "v=STSv1", text: id };
    let rua = format!("v=TLSRPTv1; rua=mailto:postmaster@{domain}");
    let rpt = Wanted { subject: "tlsrpt", name: format!("_smtp._tls.{domain}"), begins: "v=TLSRPTv1", text: rua };
    vec![sts.look(dns).await, rpt.look(dns).await]
}

/// Our name has addresses, and each of them has our name: many servers refuse mail otherwise.
async fn addresses(config: &Config, dns: &Resolver) -> Vec<Line> {
    let host = config.hostname.trim_end_matches('.').to_ascii_lowercase();
    let (ipv4, ipv6) = (dns.ipv4(&host).await, dns.ipv6(&host).await);
    let ipv6 = ipv6.records().into_iter().map(std::net::IpAddr::from);
    let all: Vec<std::net::IpAddr> = ipv4.records().into_iter().map(std::net::IpAddr::from).chain(ipv6).collect();
    if all.is_empty() {
        return vec![Line::doubtful(
            "ptr",
            format!("publish {host} A and AAAA with the addresses of this machine; there are none"),
        )];
    }
    let mut lines = Vec::new();
    for address in all {
        let names = dns.ptr(address).await.records();
        lines.push(if names.iter().any(|name| name.eq_ignore_ascii_case(&host)) {
            Line::good("ptr", format!("{address} is {host}, and {host} is {address}"))
        } else {
            Line::doubtful("ptr", format!("publish the PTR of {address}: {host}; there is {}", quoted(&names)))
        });
    }
    lines
}
