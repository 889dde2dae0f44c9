//! M15: what an address is here, at RCPT and after the data; nothing is lost, and nothing is relayed for strangers.

use std::sync::Arc;

use mail::{Mailbox, ReversePath};
use smtp::{MailParameters, Path, Peer, Recipient, RecipientParameters, Transaction};

use super::super::listener::{Listener, ListenerRole};
use super::{Letter, addresses, policy, reply};
use crate::setup::MailPolicy;

const BY_TO: &str = r#"
[[service]]
name = "by-to"
address = "by-to@localhost"
builtin = "calendar"
match = "to"
allow = ["*"]
networks = ["198.51.100.0/24"]
"#;

/// By what RCPT after RCPT is answered, from the address that [`Letter`]s come from.
fn admits(policy: &MailPolicy, role: ListenerRole, recipients: &[&str]) -> Vec<String> {
    let peer = Arc::new(Peer { address: Some("198.51.100.7:4025".parse().unwrap()), ..Peer::default() });
    let reverse_path = ReversePath::Mailbox(Mailbox::parse("asker@x.test").unwrap());
    let parameters = MailParameters::default();
    let mut transaction = Transaction { peer, reverse_path, recipients: Vec::new(), parameters };
    let mut said = Vec::new();
    for recipient in recipients {
        let path = match *recipient {
            "Postmaster" => Path::Postmaster,
            mailbox => Path::Mailbox(Mailbox::parse(mailbox).unwrap()),
        };
        let recipient = Recipient { path, parameters: RecipientParameters::default() };
        match (Listener { role, policy }).admit(&transaction, &recipient) {
            Ok(()) => {
                transaction.recipients.push(recipient);
                said.push("250".to_owned());
            }
            Err(refused) => said.push(reply(&refused.reply)),
        }
    }
    said
}

#[test]
fn an_unknown_recipient_is_refused_at_rcpt_and_nothing_is_relayed() {
    let admits = |more: &str, recipient: &str| admits(&policy(more), ListenerRole::Services, &[recipient]);
    assert_eq!(admits("", "nobody@localhost"), ["550 5.1.1"]);
    assert_eq!(admits("", "somebody@example.org"), ["550 5.7.1"]);
    assert_eq!(admits("smtp.unknown = \"capture\"", "nobody@localhost"), ["250"]);
    assert_eq!(admits("smtp.unknown = \"capture\"", "somebody@example.org"), ["550 5.7.1"]);
    let relay = "smtp.unknown = \"forward\"\nsmtp.relay = [\"198.51.100.0/24\"]";
    assert_eq!(admits(relay, "somebody@example.org"), ["250"]);
    assert_eq!(admits(&relay.replace("198", "203"), "somebody@example.org"), ["550 5.7.1"], "for those listed only");
}

#[test]
fn a_second_service_in_one_transaction_comes_later() {
    let recipients = ["calendar@localhost", "echo@localhost", "Postmaster", "calendar+again@localhost"];
    assert_eq!(admits(&policy(""), ListenerRole::Services, &recipients), ["250", "452 4.5.3", "452 4.5.3", "250"]);
}

#[test]
fn the_listener_for_answers_takes_any_recipient_and_runs_nothing() {
    let recipients = ["Mike.Olson@Fourthought.com", "calendar@localhost", "Postmaster"];
    assert_eq!(admits(&policy(""), ListenerRole::Replies, &recipients), ["250", "250", "250"]);
    for to in ["Mike.Olson@Fourthought.com", "calendar@localhost", "anybody@example.org"] {
        assert_eq!(Letter::calendar().to(to).becomes_at(&policy(""), ListenerRole::Replies), "completes", "{to}");
    }
}

#[test]
fn the_envelope_decides_what_a_mail_is_for() {
    let relay = policy("smtp.unknown = \"forward\"\nsmtp.relay = [\"198.51.100.0/24\"]");
    for (to, becomes) in [
        ("calendar@localhost", "runs"),
        ("calendar+month@localhost", "runs"),
        ("CALENDAR@LocalHost", "runs"),
        ("client@localhost", "completes"),
        ("postmaster@localhost", "kept: kept: no service has this address"),
        ("somebody@example.org", "forwarded"),
    ] {
        assert_eq!(Letter::calendar().to(to).becomes(&relay), becomes, "{to}");
    }
    let address = |letter: &Letter| letter.request(&relay, |request| request.decision.address.to_string());
    assert_eq!(address(&Letter::calendar().to("CALENDAR+x@localhost")), "calendar@localhost");
    let other = Letter::calendar().addresses("From: asker@x.test\nTo: echo@localhost");
    assert_eq!(address(&other), "calendar@localhost", "the text of To decides nothing by itself");
}

#[test]
fn a_service_may_be_found_by_to_for_listed_networks() {
    let by_to = |policy: &mut MailPolicy| {
        let more = policy_with_by_to();
        policy.services.extend(more.services.into_iter().filter(|service| service.name == "by-to"));
    };
    let mut policy = policy("");
    by_to(&mut policy);
    let letter = Letter::calendar().from("Mike.Olson@Fourthought.com").to("Mike.Olson@Fourthought.com");
    let named = letter.clone().addresses("From: Mike.Olson@Fourthought.com\nTo: by-to@localhost");
    assert_eq!(named.request(&policy, |request| request.service.name.clone()), "by-to");
    assert_eq!(named.request(&policy, |request| request.decision.address.to_string()), "by-to@localhost");
    let other = letter.addresses("From: a@x.test\nTo: elsewhere@example.org");
    assert_eq!(other.becomes(&policy), "550 5.1.1", "the verdict falls after the data");
    assert_eq!(
        named.peer("203.0.113.1:25").becomes(&policy),
        "550 5.1.1",
        "what RCPT refuses is refused after the data"
    );
    let admitted = admits(&policy, ListenerRole::Services, &["Mike.Olson@Fourthought.com"]);
    assert_eq!(admitted, ["250"]);
}

fn policy_with_by_to() -> MailPolicy {
    let options = config::Options::text(BY_TO, std::path::Path::new("/state"));
    {
        let config = config::Config::load(&options).unwrap();
        MailPolicy::of(&config, &rpc::Limits::default(), addresses(&config))
    }
}

#[test]
fn an_address_with_a_token_of_ours_takes_what_comes_back_and_one_that_is_forged_does_not() {
    let rules = policy("calls.token_address = true\ndeliver.bounce_domain = \"bounce.test\"");
    let token = rules.addresses.token("0193735c-8f21-7c5e-9a3b-0123456789ab@callpost.test").unwrap().0;
    let admits = |recipient: &str| admits(&rules, ListenerRole::Services, &[&recipient.replace("TOKEN", &token)]);
    assert_eq!(
        (admits("client+TOKEN@localhost"), admits("bounces+TOKEN@bounce.test")),
        (vec!["250".into()], vec!["250".into()])
    );
    for forged in ["client+TOKENa@localhost", "client+x@localhost", "bounces+x@bounce.test", "bounces@bounce.test"] {
        assert_eq!(admits(forged), ["550 5.1.1"], "{forged}");
    }
    let to = format!("bounces+{token}@bounce.test");
    assert_eq!(Letter::calendar().to(&to).becomes(&rules), "completes", "never dispatched as a request");
}

#[test]
fn at_a_service_s_address_with_the_extension_help_it_is_told_of_whatever_the_mail_holds() {
    let question = |to: &str| Letter::with("text/plain", "").to(to).becomes(&policy(""));
    assert_eq!(question("calendar+help@localhost"), "told");
    assert_eq!(question("Calendar+HELP@LocalHost"), "told");
    assert_eq!(Letter::calendar().to("calendar+help@localhost").becomes(&policy("")), "told", "a request is not run");
    assert_eq!(question("calendar+helped@localhost"), "550 5.6.0");
    assert_eq!(question("nobody+help@localhost"), "550 5.1.1");
    let automatic = Letter::with("text/plain", "").to("calendar+help@localhost").field("Auto-Submitted: auto-replied");
    assert!(automatic.becomes(&policy("")).starts_with("kept: not answered"));
    let stranger = Letter::with("text/plain", "").to("listed+help@localhost").from("eve@evil.test");
    assert_eq!(stranger.becomes(&policy("")), "550 5.7.1", "who is not served is not told");
}
