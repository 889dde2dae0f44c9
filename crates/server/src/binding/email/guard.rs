//! Who may ask, what must not be answered, and where an answer may go: judged from the mail and the configuration alone.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use config::{Builtin, Service, Work};
use mail::Mailbox;
use mail::etiquette::Silence;
use mail::header::Headers;
use smtp::{EnhancedStatus, Peer, ReceivedMail, Verdict};
use spool::{Proof, ProvenBy};

use super::reply::Refused;
use crate::method::privilege::Privilege;
use crate::setup::MailPolicy;

/// A field with which a client on this machine says where it listens for the answer: `127.0.0.1:8024`.
pub const ANSWER_TO: &str = "X-Callpost-Answer-To";

/// A field with which a client like us names its call: the same however often the call is mailed.
pub const CALL: &str = "Callpost-Call";

/// What a sender with this proof may call of this service. A network of loopback opens nothing more: behind a local MTA every
/// sender of the Internet comes from there.
pub(super) fn privilege(service: &Service, proof: &Proof, peer: &Peer) -> Privilege {
    let is_anybody = match proof.by {
        ProvenBy::Nothing => true,
        ProvenBy::Network => address(peer).is_loopback(),
        _ => false,
    };
    let is_mailer = service.work == Work::Builtin(Builtin::Mailer);
    if is_mailer && !is_anybody { Privilege::Proven } else { Privilege::Unproven }
}

/// True where the service answers to this address; none listed: to every address.
pub(super) fn allows(service: &Service, address: &Mailbox) -> bool {
    service.allow.is_empty() || service.allow.iter().any(|pattern| pattern.matches(address))
}

/// Where a mail comes from; what an MTA of this machine pipes comes from this machine.
pub(super) fn address(peer: &Peer) -> IpAddr {
    peer.address.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip().to_canonical())
}

/// Why this mail gets no answer, where it must get none.
pub(super) fn silence(policy: &MailPolicy, mail: &ReceivedMail) -> Option<Silence> {
    policy.auto_reply.silence(&Headers::of(&mail.message), &mail.envelope.reverse_path)
}

/// Whom a request is answered to. One that names nobody who can be answered, or who is served, is refused at the end of its
/// data: whoever sent it learns that no answer will come.
pub(super) fn asker(
    service: &Service,
    proof: &Proof,
    mail: &ReceivedMail,
    headers: &Headers<'_>,
) -> Result<Mailbox, Refused> {
    let asker = mail::etiquette::reply_address(headers, &mail.envelope.reverse_path).map_err(|why| {
        Verdict::no(550, EnhancedStatus::new(5, 6, 0), format!("Nobody to answer this mail to: {why}"))
    })?;
    if may_be_answered(service, proof, &asker) {
        return Ok(asker);
    }
    let text = "The address to answer to is not among those whom this service answers";
    let why = format!("it would be answered to {asker}, whom {} does not serve; it is {proof}", service.name);
    Err(Refused::because(Verdict::no(550, EnhancedStatus::new(5, 7, 1), text), why))
}

/// True where an answer may go there: to whom the service answers, and outside the domain that is proven only to whom it
/// names. `*` names nobody, or whoever is proven could have any stranger written to.
pub(super) fn may_be_answered(service: &Service, proof: &Proof, address: &Mailbox) -> bool {
    let is_within = proof.domain.as_deref().is_none_or(|domain| is_at_or_below(&address.domain().ascii(), domain));
    let mut named = service.allow.iter().filter(|pattern| !pattern.is_any());
    allows(service, address) && (is_within || named.any(|pattern| pattern.matches(address)))
}

/// True for this domain, and for one below it; neither with a final dot.
pub(super) fn is_at_or_below(name: &str, domain: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A mail that has passed too many hands. RFC 5321 §6.3 would allow 100; `limits.received` is 50, as with Postfix.
pub(super) fn refuse_loop(policy: &MailPolicy, message: &[u8]) -> Option<Refused> {
    let received = mail::etiquette::received_count(&Headers::of(message));
    let text = "Too many Received fields: this mail is in a loop";
    (received > policy.auto_reply.max_received).then(|| Verdict::no(554, EnhancedStatus::new(5, 4, 6), text).into())
}

/// Where a client on this machine listens for its answer, if it says so. Only a loopback peer may, and only for loopback,
/// and not through another server: behind a local MTA every sender of the Internet comes from loopback, or through a pipe,
/// but its mail has a `Received` field, or no peer at all.
pub(super) fn answer_hop(mail: &ReceivedMail, headers: &Headers<'_>) -> Option<String> {
    let hop: SocketAddr = headers.first(ANSWER_TO)?.value().trim().parse().ok()?;
    let direct = mail.peer.address.is_some() && mail::etiquette::received_count(headers) == 0;
    (direct && address(&mail.peer).is_loopback() && hop.ip().is_loopback()).then(|| hop.to_string())
}
