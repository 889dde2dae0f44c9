//! What is known of a mail before any of it is tried: where it goes, whether that is away, and what is captured.

use std::sync::Arc;

use jiff::Timestamp;
use mail::evidence::Reason;
use mail::{Evidence, Mailbox};
use spool::{Attempt, AttemptKind, Course, KnownAttempt, Next, Priority, Submission};

use crate::dispatcher::{CAPTURE, Dispatcher};
use crate::live::Live;
use crate::outage::Gate;
use crate::route::{Destination, Destined};

/// What is known of a mail.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) known_attempt: Option<KnownAttempt>,
    pub(crate) course: Course,
    /// So much fresh mail waits for one of its sites that more of it would leave no room for others.
    pub(crate) is_crowded: bool,
}

/// What is known of one recipient.
enum Way {
    Captured,
    Away(Arc<str>),
    Open { destination: Arc<str>, is_crowded: bool },
    Nowhere,
}

impl Plan {
    /// True where it may be delivered from memory.
    pub(crate) fn is_admissible(&self) -> bool {
        self.known_attempt.is_none() && !self.course.waits
    }
}

impl Dispatcher {
    /// Where this mail goes by the routes in force.
    pub(crate) fn plan(&self, mail: &Submission) -> Plan {
        let recipients = mail.envelope.recipients();
        let (live, now) = (self.live(), self.clock.now());
        let mut plan = Plan::default();
        let (mut captured, mut away) = (0, 0);
        for recipient in recipients {
            let destination = match self.way((&live, now), mail, recipient) {
                Way::Captured => {
                    captured += 1;
                    Arc::from("")
                }
                Way::Away(destination) => {
                    away += 1;
                    destination
                }
                Way::Open { destination, is_crowded } => {
                    plan.is_crowded |= is_crowded;
                    destination
                }
                Way::Nowhere => Arc::from(""),
            };
            plan.course.destinations.push(destination);
        }
        if plan.course.destinations.windows(2).all(|pair| pair[0] == pair[1]) {
            plan.course.destinations.truncate(1);
        }
        // Until its time comes it waits in the store, where it can be taken back.
        let timing = mail.wishes.timing;
        let is_early = timing.first_due(now) > now;
        plan.course.waits = is_early || away == recipients.len();
        plan.is_crowded &= timing.priority != Priority::High;
        let is_captured = captured == recipients.len() && !is_early && !timing.is_over(now);
        plan.known_attempt = is_captured.then(|| self.captured());
        plan
    }

    fn way(&self, (live, now): (&Live, Timestamp), mail: &Submission, recipient: &Mailbox) -> Way {
        let destined = Destined { recipient, next_hop: mail.next_hop.as_deref(), capture: mail.capture };
        match live.policy.routes.destination(destined) {
            Ok(Destination::Capture) => Way::Captured,
            Ok(Destination::Relay(relay)) => {
                let site = self.site(&relay);
                if mail.next_hop.is_some() {
                    site.revive();
                }
                let destination = Arc::clone(&site.destination);
                if matches!(site.gate(now), Gate::Shut(_)) {
                    return Way::Away(destination);
                }
                Way::Open { destination, is_crowded: site.fresh() >= self.memory.share_of_a_site() }
            }
            Err(_) => Way::Nowhere,
        }
    }

    fn captured(&self) -> KnownAttempt {
        let (at, kind, site) = (self.clock.wall(), AttemptKind::Captured, CAPTURE.to_owned());
        KnownAttempt {
            attempt: Attempt { at, kind, site, evidence: Evidence::outside(Reason::Captured), protection: None },
            next: Next::Retire,
        }
    }
}
