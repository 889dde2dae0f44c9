//! What becomes of a mail, decided by what it says and what is configured: no store is asked, no clock, and nothing is done.

use mail::header::Headers;

use super::call_answer::{self, CallAnswer};
use super::guard;
use super::listener::{Addressee, Listener, ServiceAddress};
use super::proving;
use super::reply::{Refused, no_such_user};
use super::request::{self, Asked, NoRequest, Request};
use super::source::Arrived;

/// What becomes of a mail.
pub(super) enum Decision<'a> {
    /// It is not taken.
    Refuse(Refused),
    /// It is kept where people see it, and not answered: why.
    Keep(String),
    /// It is for somebody else, and handed on.
    Forward,
    /// It answers a call of ours, if any is found that it answers.
    Complete(Box<CallAnswer>),
    /// It asks what a service is, and how it is called.
    Help(Box<Help<'a>>),
    /// It is a request: it runs, unless it ran before.
    Run(Box<Request<'a>>, Box<Asked>),
}

/// A mail to a service's address with the extension `help`.
pub(super) struct Help<'a> {
    /// The service.
    pub(super) service: &'a config::Service,
    /// Who asks, and whom.
    pub(super) decision: spool::Decision,
}

/// Decides about a mail at a listener.
pub(super) fn decide<'a>(arrived: &Arrived<'a>, listener: &Listener<'a>) -> Decision<'a> {
    let (mail, policy) = (arrived.mail, listener.policy);
    if let Some(refused) = guard::refuse_loop(policy, &mail.message) {
        return Decision::Refuse(refused);
    }
    match listener.place(&mail.peer, arrived.recipient) {
        Some(Addressee::Service(at)) => match proving::admit(at.service, &mail.peer, &mail.envelope.reverse_path) {
            Ok(()) if asks_for_help(arrived.recipient) => help(arrived, at, listener),
            Ok(()) => at_service(arrived, at, listener),
            Err(refused) => Decision::Refuse(refused),
        },
        Some(Addressee::Replies) => Decision::Complete(Box::new(call_answer::read(arrived, policy))),
        Some(Addressee::ByTo) => match by_to(arrived, listener) {
            Some(at) => at_service(arrived, at, listener),
            None => Decision::Refuse(no_such_user().into()),
        },
        Some(Addressee::Onward) => Decision::Forward,
        Some(Addressee::Shown) => kept(),
        // `<Postmaster>` has become postmaster at our own host, which need not be among the domains.
        None if arrived.recipient.local().eq_ignore_ascii_case("postmaster") => kept(),
        // Another configuration has come into force since its RCPT.
        None => Decision::Refuse(no_such_user().into()),
    }
}

fn kept<'a>() -> Decision<'a> {
    Decision::Keep("kept: no service has this address".to_owned())
}

fn at_service<'a>(arrived: &Arrived<'a>, at: ServiceAddress<'a>, listener: &Listener<'_>) -> Decision<'a> {
    match request::read(arrived, at, listener.policy) {
        Ok((request, asked)) => Decision::Run(Box::new(request), Box::new(asked)),
        Err(NoRequest::Silent(why)) => Decision::Keep(format!("not answered: {why}")),
        Err(NoRequest::Refused(refused)) => Decision::Refuse(refused),
    }
}

/// `service+help@host`: whatever such a mail holds, it is a question.
pub(super) fn asks_for_help(recipient: &mail::Mailbox) -> bool {
    recipient.local().split_once('+').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("help"))
}

fn help<'a>(arrived: &Arrived<'a>, at: ServiceAddress<'a>, listener: &Listener<'_>) -> Decision<'a> {
    match request::judge(arrived, at, listener.policy) {
        Ok(decision) => Decision::Help(Box::new(Help { service: at.service, decision })),
        Err(NoRequest::Silent(why)) => Decision::Keep(format!("not answered: {why}")),
        Err(NoRequest::Refused(refused)) => Decision::Refuse(refused),
    }
}

fn by_to<'a>(arrived: &Arrived<'a>, listener: &Listener<'a>) -> Option<ServiceAddress<'a>> {
    let headers = Headers::of(&arrived.mail.message);
    let to = mail::address::parse_list(&headers.first("To")?.value()).ok()?;
    let to: Vec<_> = to.iter().map(|named| &named.mailbox).collect();
    listener.found_by_to(&arrived.mail.peer, &to)
}
