//! What an address is at a listener: a service, a place for answers, somebody else's, or nobody's.

use config::{Dispatch, Service, Unknown};
use mail::Mailbox;
use smtp::{EnhancedStatus, Hello, Path, Peer, Recipient, Transaction, Verdict};

use super::reply::{Refused, no_relay, no_such_user};
use super::{guard, proving};
use crate::setup::MailPolicy;

/// What a listener is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenerRole {
    /// `smtp.listen`, pipe: services, and answers to our calls.
    Services,
    /// `calls.listen`: every recipient is taken, answers are matched, nothing is relayed and no service is offered.
    Replies,
}

/// A listener, as decisions know it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listener<'a> {
    /// What it is for.
    pub(super) role: ListenerRole,
    /// By which rules.
    pub(super) policy: &'a MailPolicy,
}

/// Where a mail was sent to.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServiceAddress<'a> {
    /// The service.
    pub(super) service: &'a Service,
    /// Which of its addresses.
    pub(super) address: &'a Mailbox,
}

/// What a recipient is here.
#[derive(Clone, Copy, Debug)]
pub(super) enum Addressee<'a> {
    /// A service.
    Service(ServiceAddress<'a>),
    /// Where answers to our calls come.
    Replies,
    /// For somebody else, from one who may have it forwarded.
    Onward,
    /// Kept and shown: postmaster (RFC 5321 §4.5.1), and unknown recipients where `smtp.unknown = "capture"`.
    Shown,
    /// Services that are found by `To:`, for listed networks: the verdict falls after the data.
    ByTo,
}

impl Addressee<'_> {
    /// True where one mail can be for both.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Service(one), Self::Service(other)) => one.service.name == other.service.name,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl<'a> Listener<'a> {
    /// Whether mail for this recipient is taken, as it is said at RCPT.
    pub(super) fn admit(&self, transaction: &Transaction, recipient: &Recipient) -> Result<(), Refused> {
        let Some(place) = self.place_of(&transaction.peer, &recipient.path) else {
            let ours = matches!(&recipient.path, Path::Mailbox(mailbox) if self.is_ours(mailbox));
            return Err(if ours { no_such_user() } else { no_relay() }.into());
        };
        // A mail does one thing here: what was accepted for a second place would be lost at the first. LMTP has a verdict for
        // each recipient, but what makes a request known again does not tell one service from another.
        let is_lmtp = transaction.peer.greeting.as_ref().is_some_and(|greeting| greeting.hello == Hello::Lhlo);
        let elsewhere = |earlier: &Recipient| {
            self.place_of(&transaction.peer, &earlier.path).is_none_or(|earlier| match (earlier, place) {
                (Addressee::Service(_), Addressee::Service(_)) => !earlier.is_same(&place),
                _ => !is_lmtp && !earlier.is_same(&place),
            })
        };
        if transaction.recipients.iter().any(elsewhere) {
            return Err(Verdict::no(452, EnhancedStatus::new(4, 5, 3), "One service in one transaction, please").into());
        }
        match place {
            Addressee::Service(at) => proving::admit(at.service, &transaction.peer, &transaction.reverse_path),
            _ => Ok(()),
        }
    }

    fn place_of(&self, peer: &Peer, path: &Path) -> Option<Addressee<'a>> {
        match (path, self.role) {
            (Path::Mailbox(mailbox), _) => self.place(peer, mailbox),
            (Path::Postmaster, ListenerRole::Services) => Some(Addressee::Shown),
            (Path::Postmaster, ListenerRole::Replies) => Some(Addressee::Replies),
        }
    }

    /// Which of the recipients are the same here as this one, itself among them.
    pub(super) fn same_place(&self, peer: &Peer, recipients: &[Mailbox], first: usize) -> Vec<usize> {
        let place = |at: usize| recipients.get(at).and_then(|recipient| self.place(peer, recipient));
        let own = place(first);
        let is_same = |at: &usize| match (place(*at), own) {
            (Some(other), Some(own)) => other.is_same(&own),
            (None, None) => true,
            _ => *at == first,
        };
        (0..recipients.len()).filter(is_same).collect()
    }

    /// What this recipient is, for mail that this peer brings; `None` where nobody here has the address.
    pub(super) fn place(&self, peer: &Peer, recipient: &Mailbox) -> Option<Addressee<'a>> {
        if self.role == ListenerRole::Replies {
            return Some(Addressee::Replies);
        }
        let policy = self.policy;
        if let Some(at) = policy.services.iter().find_map(|service| at(service, recipient)) {
            return Some(Addressee::Service(at));
        }
        if policy.calls_from.same_mailbox(recipient) || policy.addresses.read(recipient).is_some() {
            return Some(Addressee::Replies);
        }
        if policy.services.iter().any(|service| is_found_by_to(service, peer)) {
            return Some(Addressee::ByTo);
        }
        let ours = self.is_ours(recipient);
        let postmaster = recipient.local().eq_ignore_ascii_case("postmaster");
        match policy.smtp.unknown {
            _ if ours && postmaster => Some(Addressee::Shown),
            Unknown::Capture if ours => Some(Addressee::Shown),
            Unknown::Forward if policy.smtp.relays(guard::address(peer)) => Some(Addressee::Onward),
            Unknown::Reject | Unknown::Capture | Unknown::Forward => None,
        }
    }

    fn is_ours(&self, recipient: &Mailbox) -> bool {
        let domain = recipient.domain().ascii();
        self.policy.smtp.domains.iter().any(|ours| ours.eq_ignore_ascii_case(&domain))
            || self.policy.addresses.is_bounce_domain(recipient.domain())
    }

    /// The service that these addresses of a `To:` name, among those that are found so by this peer.
    pub(super) fn found_by_to(&self, peer: &Peer, to: &[&Mailbox]) -> Option<ServiceAddress<'a>> {
        let mut services = self.policy.services.iter().filter(|service| is_found_by_to(service, peer));
        services.find_map(|service| to.iter().find_map(|named| at(service, named)))
    }
}

fn at<'a>(service: &'a Service, recipient: &Mailbox) -> Option<ServiceAddress<'a>> {
    service.address_at(recipient).map(|address| ServiceAddress { service, address })
}

/// True where the service takes mail by its `To:` from this peer.
fn is_found_by_to(service: &Service, peer: &Peer) -> bool {
    service.dispatch == Dispatch::To && service.lists(guard::address(peer))
}
