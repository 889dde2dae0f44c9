//! Who may ask, what must not be answered, and where an answer may go: judged from the mail and the configuration alone.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use config::{Builtin, Proof, Service, Work};
use mail::etiquette::Silence;
use mail::header::Headers;
use mail::{Mailbox, ReversePath};
use smtp::{EnhancedStatus, Peer, ReceivedMail, Verdict};
use spool::ProvenBy;

use super::reply::{Refused, not_served};
use crate::method::privilege::Privilege;
use crate::setup::MailPolicy;

/// A field with which a client on this machine says where it listens for the answer: `127.0.0.1:8024`.
pub const ANSWER_TO: &str = "X-Callpost-Answer-To";

/// A field with which a client like us names its call: the same however often the call is mailed.
pub const CALL: &str = "Callpost-Call";

/// What this peer may call of this service.
pub(super) fn privilege(service: &Service, peer: &Peer) -> Privilege {
    let address = address(peer);
    let proven = service.proof.contains(&Proof::Network) && service.lists(address) && !address.is_loopback();
    if proven && service.work == Work::Builtin(Builtin::Mailer) { Privilege::Proven } else { Privilege::Unproven }
}

/// What speaks for whoever this peer brings mail of.
pub(super) fn proof(service: &Service, peer: &Peer) -> ProvenBy {
    let listed = service.proof.contains(&Proof::Network) && service.lists(address(peer));
    if listed { ProvenBy::Network } else { ProvenBy::Nothing }
}

/// Refuses early, at RCPT, and once more at the end of the data, since another configuration may be in force by then: no
/// answer is ever mailed to one who may not ask.
pub(super) fn admit(service: &Service, peer: &Peer, sender: &ReversePath) -> Result<(), Refused> {
    let address = address(peer);
    let shown = service.proof.contains(&Proof::None) || service.lists(address);
    let allowed = match sender {
        ReversePath::Null => true,
        // A server like us sends from an address that names the mail: whom it is from is seen in its header.
        ReversePath::Mailbox(mailbox) if is_for_bounces(mailbox) => true,
        ReversePath::Mailbox(mailbox) => allows(service, mailbox),
    };
    if shown && allowed {
        return Ok(());
    }
    Err(Refused::because(
        not_served(),
        format!("{sender} at {address} is not among those whom {} serves", service.name),
    ))
}

/// `bounces` or `bounces+TOKEN`.
fn is_for_bounces(sender: &Mailbox) -> bool {
    sender.local().split('+').next().is_some_and(|base| base.eq_ignore_ascii_case("bounces"))
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
pub(super) fn asker(service: &Service, mail: &ReceivedMail, headers: &Headers<'_>) -> Result<Mailbox, Refused> {
    let asker = mail::etiquette::reply_address(headers, &mail.envelope.reverse_path).map_err(|why| {
        Verdict::no(550, EnhancedStatus::new(5, 6, 0), format!("Nobody to answer this mail to: {why}"))
    })?;
    if allows(service, &asker) {
        return Ok(asker);
    }
    let text = "The address to answer to is not among those whom this service answers";
    let why = format!("it would be answered to {asker}, whom {} does not serve", service.name);
    Err(Refused::because(Verdict::no(550, EnhancedStatus::new(5, 7, 1), text), why))
}

/// A mail that has passed too many hands. RFC 5321 §6.3 would allow 100; `limits.received` is 50, as with Postfix.
pub(super) fn refuse_loop(policy: &MailPolicy, message: &[u8]) -> Option<Refused> {
    let received = mail::etiquette::received_count(&Headers::of(message));
    let text = "Too many Received fields: this mail is in a loop";
    (received > policy.auto_reply.max_received).then(|| Verdict::no(554, EnhancedStatus::new(5, 4, 6), text).into())
}

/// For a service that does more than to compute, loopback proves only what comes straight from a program of this machine:
/// behind a local MTA every sender of the Internet comes from loopback, but its mail has a `Received` field.
pub(super) fn refuse_brought(service: &Service, mail: &ReceivedMail, headers: &Headers<'_>) -> Option<Refused> {
    let is_pure = !service.work.is_outside() || service.proof.contains(&Proof::None);
    let is_direct = headers.first("Received").is_none();
    if is_pure || is_direct || !address(&mail.peer).is_loopback() {
        return None;
    }
    Some(Refused::because(not_served(), "a mail server of this machine brought it, which proves nobody"))
}

/// Where a client on this machine listens for its answer, if it says so. Only a loopback peer may, and only for loopback,
/// and not through another server: behind a local MTA every sender of the Internet comes from loopback, or through a pipe,
/// but its mail has a `Received` field, or no peer at all.
pub(super) fn answer_hop(mail: &ReceivedMail, headers: &Headers<'_>) -> Option<String> {
    let hop: SocketAddr = headers.first(ANSWER_TO)?.value().trim().parse().ok()?;
    let direct = mail.peer.address.is_some() && mail::etiquette::received_count(headers) == 0;
    (direct && address(&mail.peer).is_loopback() && hop.ip().is_loopback()).then(|| hop.to_string())
}
