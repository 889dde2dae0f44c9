//! As whom a user's programs may send, field by field.

use std::path::Path;

use config::{Config, Options};
use control::{Octets, Submit};

use super::check;

/// A user that every Debian has.
const NOBODY: u32 = 65_534;

fn may_send(local: &str, from: &str, header: &str) -> bool {
    let toml = format!("hostname = \"vm.example.edu\"\n{local}\n");
    let config = Config::load(&Options::text(&toml, Path::new("/nowhere"))).unwrap();
    let message = Octets(format!("{header}\r\nSubject: s\r\n\r\nFrom: boss@example.edu\r\n").into_bytes());
    check(&config, NOBODY, &Submit { from: from.to_owned(), to: vec!["a@b.org".to_owned()], message, wishes: None })
        .is_ok()
}

const OWN: &str = "nobody@vm.example.edu";
const OWN_FROM: &str = "From: Nobody <nobody@VM.example.edu>";
const SELF: &str = "send.local = \"self\"";

#[test]
fn by_default_a_program_sends_as_any_author() {
    for header in ["From: boss@example.edu", "From: (unreadable", "Subject: none"] {
        assert!(may_send("", "boss@example.edu", header), "{header}");
        assert!(may_send("send.local = \"any\"", "boss@example.edu", header), "{header}");
    }
}

#[test]
fn as_itself_a_program_names_itself_in_the_envelope_and_in_every_field_of_authors() {
    assert!(may_send(SELF, OWN, OWN_FROM) && may_send(SELF, "", OWN_FROM) && may_send(SELF, "<>", OWN_FROM));
    assert!(may_send(SELF, OWN, &format!("{OWN_FROM}\r\nSender: {OWN}\r\nReply-To: boss@example.edu")));
    for header in [
        "From: boss@example.edu",
        "from : boss@example.edu",
        "From:\r\n boss@example.edu",
        "From: nobody@vm.example.edu, boss@example.edu",
        "From: nobody@example.edu",
        "From: nobody@vm.example.edu\r\nFrom: boss@example.edu",
        "From: nobody@vm.example.edu\r\nSender: boss@example.edu",
        "From: nobody@vm.example.edu\r\nResent-From: boss@example.edu",
        "From: \"nobody@vm.example.edu\" <boss@example.edu>",
        "From: team: boss@example.edu;",
        "From: <boss@example.edu",
    ] {
        assert!(!may_send(SELF, OWN, header), "{header}");
    }
    assert!(!may_send(SELF, "boss@example.edu", OWN_FROM) && !may_send(SELF, "no address", OWN_FROM));
}

#[test]
fn what_is_listed_is_permitted_to_whom_it_is_listed_for() {
    let boss = "From: boss@example.edu";
    assert!(may_send("send.local = [\"self\", \"boss@example.edu\"]", OWN, boss));
    assert!(may_send("send.local = [\"nobody:*@example.edu\"]", "boss@example.edu", boss));
    assert!(!may_send("send.local = [\"self\", \"www-data:*@example.edu\"]", OWN, boss));
}
