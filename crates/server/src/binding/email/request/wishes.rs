//! What a request asks of its answer: until when it is worth one (`Expires:`), and who is to get it (WS-Addressing).

use config::Service;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use mail::payload::LimitError;
use mail::{Mailbox, etiquette};
use rpc::{Code, Fault, Inquiry, Performed};
use spool::Proof;

use super::super::guard;
use super::Request;
use crate::method::Effects;

/// The address that means "no answer" (WS-Addressing 1.0 – Core §2.1).
const NONE: &str = "http://www.w3.org/2005/08/addressing/none";

/// The number of the fault "expired" in JSON-RPC and XML-RPC.
const EXPIRED: i32 = -32004;

/// The wishes of one request.
#[derive(Debug, Default)]
pub(in crate::binding::email) struct Wishes {
    /// `wsa:MessageID`: the call itself, however often it is mailed.
    pub(super) call_id: Option<String>,
    reply_to: Option<Recipient>,
    fault_to: Option<Recipient>,
}

/// Who gets an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::binding::email) enum Recipient {
    /// This address.
    One(Mailbox),
    /// Nobody: the call was one-way.
    Nobody,
}

impl Wishes {
    /// Reads them; an answer goes only to whom the service answers, and never to ourselves.
    pub(super) fn of(inquiry: &mut Inquiry, who: (&Service, &Proof), us: &etiquette::AutoReplyPolicy) -> Self {
        let Some(addressing) = inquiry.soap().and_then(|reply| reply.addressing.clone()) else {
            return Self::default();
        };
        let recipient = |address: Option<&str>| Recipient::read(address?, who, us);
        Self {
            call_id: addressing.message_id.filter(|id| !id.is_empty()),
            reply_to: recipient(addressing.reply_to.as_deref()),
            fault_to: recipient(addressing.fault_to.as_deref()),
        }
    }

    /// Who gets the answer; a fault has a place of its own, where one is named.
    pub(in crate::binding::email) fn recipient(&self, performed: &Performed<Effects>, asker: &Mailbox) -> Recipient {
        let faulted = || performed.calls().any(|(_, outcome)| outcome.is_err());
        let fault_to = self.fault_to.as_ref().filter(|_| faulted());
        fault_to.or(self.reply_to.as_ref()).cloned().unwrap_or_else(|| Recipient::One(asker.clone()))
    }
}

impl Recipient {
    /// `None` for the anonymous address, and for one that this service does not answer to: the mail's own fields decide.
    fn read(address: &str, (service, proof): (&Service, &Proof), us: &etiquette::AutoReplyPolicy) -> Option<Self> {
        if address == NONE {
            return Some(Self::Nobody);
        }
        let (scheme, rest) = address.split_at_checked("mailto:".len())?;
        let text = rest.split('?').next().unwrap_or_default();
        let mailbox = Mailbox::parse(text).ok().filter(|_| scheme.eq_ignore_ascii_case("mailto:"))?;
        (!us.is_own(&mailbox) && guard::may_be_answered(service, proof, &mailbox)).then_some(Self::One(mailbox))
    }
}

/// True for an Envelope that answers: a Fault, or a response to what somebody here asked. It is never answered.
pub(super) fn is_answer(inquiry: &mut Inquiry) -> bool {
    let relates = |reply: &rpc::soap::Reply| {
        reply.addressing.as_ref().is_some_and(|addressing| !addressing.relates_to.is_empty())
            || reply.operation.ends_with("Response")
    };
    let faulted = inquiry.calls.first().is_some_and(Result::is_err);
    inquiry.soap().is_some_and(|reply| relates(reply) || (faulted && reply.operation == "Fault"))
}

/// A request whose time is over is not run: each call of it gets the fault that says so.
pub(in crate::binding::email) fn refuse_stale(inquiry: &mut Inquiry, request: &Request<'_>) {
    if let Some(what) = expired(request) {
        refuse(inquiry, &Fault::new(Code::Application { number: EXPIRED, sender: true }, what));
    }
}

/// Says that the time of a request is over, where it is: by its own field, or because it waited here longer than one call of
/// its service may run.
pub(in crate::binding::email) fn expired(request: &Request<'_>) -> Option<String> {
    let field = request.headers.first("Expires");
    let expires = field.and_then(|field| date(&field.value())).filter(|expires| *expires <= request.now);
    let good_until = |expires| format!("expired: the request was good until {expires:.0} and was not run");
    let timeout = request.service.timeout;
    let waited = request.waited > SignedDuration::try_from(timeout).unwrap_or(SignedDuration::MAX);
    let too_long = || format!("expired: the request waited longer than {timeout:?} and was not run");
    expires.map(good_until).or_else(|| waited.then(too_long))
}

/// A request whose mail exceeds a limit is not run: each call of it gets the fault that says so.
pub(super) fn refuse_oversized(inquiry: &mut Inquiry, limit: LimitError) {
    refuse(inquiry, &Fault::new(Code::InvalidRequest, format!("{limit}: nothing of it was run")));
}

/// A date of a header field (RFC 5322 §3.3), perhaps with a comment behind it.
fn date(value: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    let value = value.split('(').next().unwrap_or_default().trim();
    PARSER.parse_timestamp(value).ok()
}

/// Nothing of the document is run.
fn refuse(inquiry: &mut Inquiry, fault: &Fault) {
    for call in &mut inquiry.calls {
        if call.is_ok() {
            *call = Err(fault.clone());
        }
    }
}
