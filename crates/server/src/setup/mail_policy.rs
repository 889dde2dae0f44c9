//! What is configured about mail that comes in: all that its decisions ask for beside the mail itself and the time.

use config::{Config, MatchBy, Service, Smtp};
use jiff::SignedDuration;
use mail::etiquette::AutoReplyPolicy;
use mail::{Mailbox, payload};

use crate::redact::Scrubber;
use crate::return_address::ReturnAddresses;

/// The rules by which mail is decided about.
#[derive(Clone, Debug)]
pub struct MailPolicy {
    /// The services and whom they answer, in the order in which they are looked for.
    pub services: Vec<Service>,
    /// Where answers to calls of ours come (`calls.from`).
    pub calls_from: Mailbox,
    /// Our addresses that name one mail of ours.
    pub addresses: ReturnAddresses,
    /// Those of our peers who are matched by the subject too.
    pub by_subject: Vec<Mailbox>,
    /// Our domains, and what becomes of mail for no service.
    pub smtp: Smtp,
    /// Which mail is never answered, and how often one may have been handed on (`limits.received`).
    pub auto_reply: AutoReplyPolicy,
    /// How long a request is remembered, so that it runs once (`limits.remember`).
    pub remember: SignedDuration,
    /// How often a stored answer is sent again at most (`limits.replays`).
    pub replays: usize,
    /// How many answers one sender gets in an hour whom nothing proves (`limits.answers_per_sender`); none: any number.
    pub answers_per_sender: Option<usize>,
    /// The limits of one document.
    pub documents: rpc::Limits,
    /// The parts of one mail (`limits.parts`, `limits.nesting`).
    pub mime: payload::MimeLimits,
}

impl MailPolicy {
    /// As it is configured, with these limits of one document, and these addresses that name mails.
    #[must_use]
    pub fn of(config: &Config, documents: &rpc::Limits, addresses: ReturnAddresses) -> Self {
        let by_subject = config.peers.iter().filter(|peer| peer.match_by == MatchBy::Subject);
        Self {
            addresses,
            by_subject: by_subject.map(|peer| peer.address.clone()).collect(),
            services: config.services.clone(),
            calls_from: config.calls.from.clone(),
            smtp: config.smtp.clone(),
            // Mail from our own addresses is never answered, or two servers would talk for ever.
            auto_reply: AutoReplyPolicy {
                loop_marker: config.hostname.clone(),
                own: config.services.iter().flat_map(|service| service.addresses.clone()).collect(),
                max_received: config.limits.received,
            },
            remember: SignedDuration::try_from(config.limits.remember).unwrap_or(SignedDuration::MAX),
            // Whoever sends a call again is to get its answer again.
            replays: config.limits.replays.max(config.calls.resend.len()),
            answers_per_sender: config.limits.answers_per_sender,
            documents: documents.clone(),
            mime: payload::MimeLimits { max_parts: config.limits.parts, max_nesting: config.limits.nesting },
        }
    }

    /// What reads mail by these limits for the keys in it.
    #[must_use]
    pub fn scrubber(&self) -> Scrubber {
        Scrubber { mime: self.mime, documents: self.documents.clone() }
    }
}
