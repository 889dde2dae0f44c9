//! M14 and M23: whom a request is answered to, and who may ask what.

use mail::{Mailbox, ReversePath};
use smtp::{MailParameters, Path, Recipient, RecipientParameters, Transaction};

use super::super::listener::{Listener, ListenerRole};
use super::super::request::When;
use super::{Letter, policy, reply};
use crate::method::privilege::Privilege;

/// Whom the letter is answered to, or what becomes of it instead.
fn asker(letter: &Letter) -> String {
    let policy = policy("");
    match letter.becomes(&policy).as_str() {
        "runs" => letter.request(&policy, |request| request.asker().to_string()),
        other => other.to_owned(),
    }
}

#[test]
fn an_answer_goes_to_reply_to_else_from_and_to_nobody_else() {
    let many = "From: Asker <author@x.test>\nTo: calendar@localhost, other@x.test\nCc: copy@x.test\nSender: s@x.test";
    assert_eq!(asker(&Letter::calendar().addresses(many)), "author@x.test");
    let reply_to = Letter::calendar().addresses(many).field("Reply-To: \"RemoteMethods, Inc.\" <desk@y.test>");
    assert_eq!(asker(&reply_to), "desk@y.test");
}

#[test]
fn a_reply_to_that_names_nobody_is_none_and_one_address_twice_is_one() {
    for reply_to in ["", " ", "<>", "undisclosed-recipients:;", "\"\" <>", "Asker <asker@x.test>, asker@X.test"] {
        let letter = Letter::calendar().field(&format!("Reply-To: {reply_to}"));
        assert_eq!(asker(&letter), "asker@x.test", "{reply_to}");
    }
}

#[test]
fn where_from_is_absent_or_cannot_be_read_the_reverse_path_is_answered() {
    for from in ["From: Example, Inc. <a@b.test>\n", "From: undisclosed\n", "From:\n", ""] {
        let letter = Letter::calendar().addresses(&format!("{from}To: calendar@localhost"));
        assert_eq!(asker(&letter), "asker@x.test", "{from}");
    }
}

#[test]
fn a_request_that_names_no_one_to_answer_is_refused() {
    for field in [
        "Reply-To: a@x.test, b@x.test",
        "Reply-To: nobody",
        "Reply-To: Example, Inc. <a@x.test>",
        "Reply-To: a@x.test\nReply-To: a@x.test",
        "Reply-To: g: a@x.test, b@x.test;",
    ] {
        assert_eq!(asker(&Letter::calendar().field(field)), "550 5.6.0", "{field}");
    }
    assert_eq!(asker(&Letter::calendar().addresses("From: a@x.test, b@x.test\nTo: calendar@localhost")), "550 5.6.0");
}

#[test]
fn an_answer_goes_to_nobody_whom_the_service_does_not_serve() {
    let letter = Letter::calendar().to("listed@localhost");
    assert_eq!(asker(&letter.clone().field("Reply-To: two@y.test")), "550 5.7.1");
    assert_eq!(asker(&letter.field("Reply-To: One@y.test")), "One@y.test");
}

/// What is said at RCPT to this sender from this address, of this service.
fn admits(sender: &str, peer: &str, service: &str) -> String {
    let policy = policy("");
    let mail = Letter::calendar().peer(peer).mail();
    let reverse_path = match sender {
        "" => ReversePath::Null,
        sender => ReversePath::Mailbox(Mailbox::parse(sender).unwrap()),
    };
    let parameters = MailParameters::default();
    let transaction = Transaction { peer: mail.peer, reverse_path, recipients: Vec::new(), parameters };
    let path = Path::Mailbox(Mailbox::parse(&format!("{service}@localhost")).unwrap());
    let recipient = Recipient { path, parameters: RecipientParameters::default() };
    let listener = Listener { role: ListenerRole::Services, policy: &policy };
    listener.admit(&transaction, &recipient).map_or_else(|refused| reply(&refused.reply), |()| "250".to_owned())
}

#[test]
fn who_may_not_ask_is_refused_at_rcpt() {
    let (far, listed, here) = ("198.51.100.7:4025", "192.0.2.9:4025", "127.0.0.1:4025");
    for (sender, peer, service, said) in [
        ("asker@x.test", far, "calendar", "250"),
        ("asker@x.test", far, "listed", "250"),
        ("asker@y.test", far, "listed", "550 5.7.1"),
        ("", far, "listed", "250"),
        ("asker@x.test", far, "mailer", "550 5.7.1"),
        ("asker@x.test", listed, "mailer", "250"),
        ("asker@x.test", "[::ffff:192.0.2.9]:4025", "mailer", "250"),
        ("asker@x.test", here, "elsewhere", "250"),
        ("asker@x.test", far, "elsewhere", "550 5.7.1"),
        ("asker@x.test", "", "elsewhere", "250"),
    ] {
        assert_eq!(admits(sender, peer, service), said, "{sender} from {peer} at {service}");
    }
}

#[test]
fn loopback_proves_nobody_whose_mail_another_server_brought() {
    let here = Letter::calendar().to("elsewhere@localhost").peer("127.0.0.1:4025");
    assert_eq!(here.becomes(&policy("")), "runs");
    let brought = here.field("Received: from x.test by localhost");
    assert_eq!(brought.clone().becomes(&policy("")), "550 5.7.1");
    assert_eq!(brought.clone().peer("").becomes(&policy("")), "550 5.7.1", "nor through a pipe");
    assert_eq!(brought.to("calendar@localhost").becomes(&policy("")), "runs", "what only computes needs no proof");
}

#[test]
fn only_who_is_proven_from_another_machine_may_call_all_methods() {
    for (service, peer, privilege) in
        [("mailer", "192.0.2.9:4025", Privilege::Proven), ("calendar", "192.0.2.9:4025", Privilege::Unproven)]
    {
        let letter = Letter::calendar().to(&format!("{service}@localhost")).peer(peer);
        assert_eq!(letter.request(&policy(""), |request| request.privilege()), privilege, "{service} from {peer}");
    }
    for peer in ["127.0.0.1:4025", ""] {
        let letter = Letter::calendar().to("mailer@localhost").peer(peer);
        assert_eq!(letter.becomes(&policy("")), "550 5.7.1", "at the end of the data as at RCPT, from {peer}");
    }
}

#[test]
fn what_our_store_cannot_undo_runs_after_the_250() {
    let when = |letter: Letter| letter.request(&policy(""), |request| request.when);
    assert_eq!(when(Letter::calendar()), When::AtOnce);
    assert_eq!(when(Letter::calendar().to("elsewhere@localhost").peer("127.0.0.1:4025")), When::Later);
}
