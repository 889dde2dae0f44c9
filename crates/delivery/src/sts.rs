//! The policies of MTA-STS (RFC 8461) that are known: asked for, fetched over HTTPS, and kept as long as they say.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dns::Resolver;
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::clock::later;
use crate::connect;
use crate::mta_sts::{self, Mode, StsPolicy};
use crate::policy::Policy;
use crate::route::HostPort;
use crate::tls::{Assurance, Connectors};

/// Most domains whose policy is kept.
const MOST: usize = 10_000;

/// The largest policy with its header fields, in octets (RFC 8461 §3.2: 64 KiB are enough).
const LARGEST: u64 = 80 << 10;

/// How long one may take to come (RFC 8461 §3.3).
const PATIENCE: Duration = Duration::from_secs(60);

/// After a failure nothing is fetched for so long (RFC 8461 §3.3).
const REST: SignedDuration = SignedDuration::from_mins(5);

/// By what policies are asked for and fetched.
#[derive(Clone, Copy)]
pub(crate) struct Means<'a> {
    pub(crate) dns: &'a Resolver,
    pub(crate) policy: &'a Policy,
    pub(crate) connectors: &'a Connectors,
}

/// What is known of the domains.
#[derive(Debug, Default)]
pub(crate) struct StsPolicies {
    kept: Mutex<HashMap<String, Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    id: String,
    /// `None` where it could not be fetched.
    policy: Option<StsPolicy>,
    until: Timestamp,
}

impl StsPolicies {
    /// What the domain says now, or has said for now. What it takes back, and what cannot be had, is nothing.
    pub(crate) async fn of(&self, means: Means<'_>, domain: &str, now: Timestamp) -> Option<StsPolicy> {
        let said = mta_sts::id(&means.dns.txt(&format!("_mta-sts.{domain}")).await.records());
        let kept = self.kept().get(domain).filter(|kept| kept.until > now).cloned();
        let policy = match (said, kept) {
            (Some(id), Some(kept)) if kept.id == id => kept.policy,
            (Some(id), kept) => self.fetched(means, Wanted { domain, id, kept, now }).await,
            // RFC 8461 §5.1: whoever takes the record away does not take the policy back.
            (None, kept) => kept.and_then(|kept| kept.policy),
        };
        policy.filter(|policy| policy.mode != Mode::None)
    }

    async fn fetched(&self, means: Means<'_>, wanted: Wanted<'_>) -> Option<StsPolicy> {
        let Wanted { domain, id, kept, now } = wanted;
        let fetched = match timeout(PATIENCE, fetch(means, domain)).await {
            Ok(Ok(text)) => StsPolicy::read(&text).ok_or_else(|| "it is no policy".to_owned()),
            Ok(Err(words)) => Err(words),
            Err(_) => Err("it does not come in time".to_owned()),
        };
        let old = kept.and_then(|kept| kept.policy.map(|policy| (policy, kept.id, kept.until)));
        let kept = match (fetched, old) {
            (Ok(policy), _) => Kept { until: policy.until(now), id, policy: Some(policy) },
            (Err(words), old) => {
                tracing::warn!(domain, "the MTA-STS policy cannot be fetched: {words}");
                match old {
                    // The old one holds, and the new one is asked for again with the next connection.
                    Some((policy, id, until)) => Kept { id, policy: Some(policy), until },
                    None => Kept { id, policy: None, until: later(now, REST) },
                }
            }
        };
        let policy = kept.policy.clone();
        let mut all = self.kept();
        if all.len() >= MOST {
            all.retain(|_, kept| kept.until > now);
        }
        if all.len() < MOST {
            all.insert(domain.to_owned(), kept);
        }
        policy
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A policy that is to be fetched.
struct Wanted<'a> {
    domain: &'a str,
    id: String,
    kept: Option<Kept>,
    now: Timestamp,
}

/// `https://mta-sts.DOMAIN/.well-known/mta-sts.txt`, as the host of a certificate that we trust has it; nothing is followed
/// elsewhere (RFC 8461 §3.3).
async fn fetch(means: Means<'_>, domain: &str) -> Result<String, String> {
    let Means { dns, policy, connectors } = means;
    let host = HostPort { host: format!("mta-sts.{domain}"), port: policy.https_port };
    let (ipv4, ipv6) = tokio::join!(dns.ipv4(&host.host), dns.ipv6(&host.host));
    let ipv6 = ipv6.records().into_iter().map(|ip| SocketAddr::from((ip, host.port)));
    let addresses = ipv6.chain(ipv4.records().into_iter().map(|ip| SocketAddr::from((ip, host.port)))).collect();
    let stream = connect::to_any(addresses, policy.timeouts.connect).await.map_err(|why| why.to_string())?;
    let secured = connectors.secure(stream, &host, (Assurance::Trusted, &policy.trust)).await;
    let mut stream = secured.map_err(|cause| mail::Evidence::outside(cause).to_string())?;
    let request = format!(
        "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {}\r\nUser-Agent: Callpost\r\nAccept: text/plain\r\n\
         Connection: close\r\n\r\n",
        host.host
    );
    stream.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
    read(&mut stream).await
}

/// The text of a plain answer.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<String, String> {
    let mut octets = Vec::new();
    // Who closes without TLS's farewell has said all the same what he had to say; what is cut off is no policy.
    let _ = stream.take(LARGEST).read_to_end(&mut octets).await;
    let text = String::from_utf8(octets).map_err(|_| "it is no text".to_owned())?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or("it is no answer")?;
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        return Err(format!("the server answers {status}"));
    }
    let field = |name: &str| {
        let fields = lines.clone().filter_map(|line| line.split_once(':'));
        fields.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    if !field("Content-Type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/plain")) {
        return Err("it is not text/plain".to_owned());
    }
    match (field("Transfer-Encoding"), field("Content-Length").map(str::parse::<usize>)) {
        (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => {
            unchunked(body).ok_or("it is cut off".to_owned())
        }
        (Some(coding), _) => Err(format!("it is {coding}")),
        (None, Some(length)) => {
            let whole = length.ok().and_then(|length| body.get(..length)).ok_or("it is cut off")?;
            Ok(whole.to_owned())
        }
        (None, None) => Ok(body.to_owned()),
    }
}

/// The chunks put together (RFC 9112 §7.1); `None` where the last is missing.
fn unchunked(mut rest: &str) -> Option<String> {
    let mut whole = String::new();
    loop {
        let (size, more) = rest.split_once("\r\n")?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole += more.get(..size)?;
        rest = more.get(size..)?.strip_prefix("\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn said(answer: &str) -> Result<String, String> {
        read(&mut answer.as_bytes()).await
    }

    #[tokio::test]
    async fn a_plain_text_is_read_whole_or_not_at_all() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n";
        assert_eq!(said(&format!("{head}Content-Length: 3\r\n\r\nabcd")).await.unwrap(), "abc");
        assert_eq!(said(&format!("{head}\r\nabcd")).await.unwrap(), "abcd");
        let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        assert_eq!(said(&chunked).await.unwrap(), "abcde");
        assert_eq!(said(&chunked[..chunked.len() - 5]).await.unwrap_err(), "it is cut off");
        assert_eq!(said(&format!("{head}Content-Length: 5\r\n\r\nabcd")).await.unwrap_err(), "it is cut off");
        assert!(said("HTTP/1.1 301 Moved\r\nLocation: https://x/\r\n\r\n").await.is_err());
        assert!(said("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>").await.is_err());
        assert!(said("220 mx.example ESMTP\r\n").await.is_err());
    }
}
