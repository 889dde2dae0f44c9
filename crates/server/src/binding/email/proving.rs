//! What proves whom a mail is from: the first proof that holds of those that its service counts, decided once.

use config::{Proof as Counts, Service};
use mail::header::Headers;
use mail::{Mailbox, ReversePath};
use smtp::{EnhancedStatus, Peer, ReceivedMail, Verdict};
use spool::{Proof, ProvenBy};

use super::guard;
use super::reply::{Refused, not_served};
use super::source::Arrived;

/// The proof of a mail for this service.
///
/// # Errors
/// None holds: why each of them does not, in words for the log and the journal.
pub(super) fn prove(service: &Service, arrived: &Arrived<'_>, headers: &Headers<'_>) -> Result<Proof, String> {
    let (mail, mut failed) = (arrived.mail, Vec::new());
    for counts in [Counts::Auth, Counts::Certificate, Counts::Network, Counts::None] {
        if !service.proof.contains(&counts) {
            continue;
        }
        let proof = match counts {
            Counts::Auth => login(arrived, headers),
            Counts::Certificate => certificate(&mail.peer),
            Counts::Network => network(service, mail, headers),
            Counts::None => Ok(Proof::nothing()),
        };
        match proof {
            Ok(proof) => return Ok(proof),
            Err(why) => failed.push(why),
        }
    }
    Err(failed.join("; "))
}

/// Refuses early, at RCPT, and once more at the end of the data, since another configuration may be in force by then: no
/// answer is ever mailed to one who may not ask.
pub(super) fn admit(service: &Service, peer: &Peer, sender: &ReversePath) -> Result<(), Refused> {
    let address = guard::address(peer);
    let shown = may_be_proven(service, peer);
    let allowed = match sender {
        ReversePath::Null => true,
        // A server like us sends from an address that names the mail: whom it is from is seen in its header.
        ReversePath::Mailbox(mailbox) if is_for_bounces(mailbox) => true,
        ReversePath::Mailbox(mailbox) => guard::allows(service, mailbox),
    };
    if shown && allowed {
        return Ok(());
    }
    if !shown && service.proof.contains(&Counts::Auth) {
        // RFC 4954 §6.
        let login = Verdict::no(530, EnhancedStatus::new(5, 7, 0), "This service answers those who log in");
        return Err(Refused::because(login, format!("{sender} at {address} is not logged in")));
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

/// True where a proof may hold of mail that this client brings, as far as can be told before the mail is there.
fn may_be_proven(service: &Service, peer: &Peer) -> bool {
    service.proof.contains(&Counts::None)
        || (service.proof.contains(&Counts::Auth) && peer.identity.is_some())
        || (service.proof.contains(&Counts::Certificate) && certificate(peer).is_ok())
        || (service.proof.contains(&Counts::Network) && service.lists(guard::address(peer)))
}

/// For a service that does more than to compute, loopback proves only what comes straight from a program of this machine:
/// behind a local MTA every sender of the Internet comes from loopback, but its mail has a `Received` field.
fn network(service: &Service, mail: &ReceivedMail, headers: &Headers<'_>) -> Result<Proof, String> {
    let address = guard::address(&mail.peer);
    if !service.lists(address) {
        return Err(format!("network: {address} is in none of its networks"));
    }
    if address.is_loopback() && service.work.is_outside() && headers.first("Received").is_some() {
        return Err("network: a mail server of this machine brought it, which proves nobody".to_owned());
    }
    Ok(Proof::of(ProvenBy::Network, address.to_string()))
}

/// A login. Whoever may write as some authors only has proven no other.
fn login(arrived: &Arrived<'_>, headers: &Headers<'_>) -> Result<Proof, String> {
    let identity = arrived.mail.peer.identity.as_deref().ok_or("auth: the client is not logged in")?;
    let Some(authors) = arrived.authors else { return Ok(Proof::of(ProvenBy::Auth, identity)) };
    let author = mail::etiquette::author(headers).ok_or("auth: the mail has no single author")?;
    match authors.iter().any(|pattern| pattern.matches(&author)) {
        true => Ok(Proof::of(ProvenBy::Auth, identity)),
        false => Err(format!("auth: {identity} may not write as {author}")),
    }
}

fn certificate(peer: &Peer) -> Result<Proof, String> {
    let shown = peer.tls.as_ref().and_then(|tls| tls.certificate.as_deref());
    shown
        .map(|fingerprint| Proof::of(ProvenBy::Certificate, fingerprint))
        .ok_or_else(|| "certificate: the client showed none of the CA".to_owned())
}
