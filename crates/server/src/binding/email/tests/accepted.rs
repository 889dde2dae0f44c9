//! What was decided about a request that runs later is stored with it: nothing is judged again when it runs.

use spool::{AcceptedRequest, Proof, ProvenBy};

use super::super::accepted::{read_again, restored, taken};
use super::{Letter, policy};
use crate::method::privilege::Privilege;
use crate::setup::MailPolicy;

fn asked() -> Letter {
    Letter::calendar().to("elsewhere@localhost").peer("127.0.0.1:4025").field("Reply-To: desk@y.test")
}

/// Rules by which nobody may ask the service any more, and nothing of that client is believed.
fn stricter() -> MailPolicy {
    let mut stricter = policy("");
    for service in &mut stricter.services {
        service.allow = vec!["nobody@z.test".parse().unwrap()];
        service.networks.clear();
    }
    stricter.auto_reply.max_received = 0;
    stricter
}

/// Who asks, by what privilege, from where, when what is stored is read again by these rules; else why it is not run.
fn again(stored: &AcceptedRequest, policy: &MailPolicy) -> Result<(String, Privilege, String), String> {
    let mail = restored(stored);
    let arrived = asked().arrived(&mail);
    let (request, _) = read_again(stored, &arrived, policy)?;
    let client = mail.peer.address.map(|address| address.to_string());
    Ok((request.asker().to_string(), request.privilege(), client.unwrap_or_default()))
}

#[test]
fn what_was_accepted_runs_by_what_was_decided_then() {
    let (then, now) = (policy(""), stricter());
    let stored = asked().request(&then, |request| taken(request, "t1"));
    assert_eq!(asked().becomes(&now), "550 5.7.1", "by the new rules nothing more is accepted");
    let decided = Ok(("desk@y.test".to_owned(), Privilege::Unproven, "127.0.0.1:4025".to_owned()));
    assert_eq!(again(&stored, &then), decided);
    assert_eq!(again(&stored, &now), decided);
    assert_eq!(stored.decision.map(|decision| decision.proof), Some(Proof::of(ProvenBy::Network, "127.0.0.1")));
}

#[test]
fn what_an_older_version_accepted_is_judged_as_it_would_have_been() {
    let stored = AcceptedRequest { decision: None, ..asked().request(&policy(""), |request| taken(request, "t1")) };
    assert_eq!(again(&stored, &policy("")).map(|(asker, ..)| asker), Ok("desk@y.test".to_owned()));
    assert!(again(&stored, &stricter()).is_err_and(|why| why.contains("not among those")));
}

#[test]
fn a_request_whose_service_is_gone_is_not_run() {
    let stored = asked().request(&policy(""), |request| taken(request, "t1"));
    let gone = MailPolicy { services: Vec::new(), ..policy("") };
    assert_eq!(again(&stored, &gone), Err("the service elsewhere is gone".to_owned()));
}

#[test]
fn how_it_came_is_kept() {
    let stored = asked().left("0a1b.mail").peer("").request(&policy(""), |request| taken(request, "t1"));
    assert_eq!((stored.origin.client, stored.origin.file.as_deref()), (None, Some("0a1b.mail")));
    assert_eq!(restored(&stored).peer.address, None);
}
