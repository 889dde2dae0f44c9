//! Ids that lead everywhere: whatever is shown of a call or a mail is taken by each command that wants one.

use serde_json::Value;
use testbed::{Configuration, Output, Port, Server, Sink};

use super::house::{BINARY, PATIENCE, eventually};

/// A house whose calls go to a sink and stay open.
struct Asker {
    server: Server,
    replies: Port,
    far: Sink,
}

impl Asker {
    fn open() -> Asker {
        let (http, smtp, replies, far) = (Port::claim(), Port::claim(), Port::claim(), Sink::start());
        let configuration = Configuration::listening(&http, &smtp).replies(&replies).set("calls.wait", "20s");
        Asker { server: Server::start(BINARY, &configuration.smarthost(far.address())), replies, far }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.server.command(arguments)
    }

    /// What the command shows of the call with these eight digits.
    fn tells(&self, arguments: &[&str], call: &str) {
        let output = self.run(arguments);
        assert!(output.stdout.contains(call) || output.stderr.contains(call), "{arguments:?}: {output:?}");
    }

    /// Asks for these months, and leaves all calls open; the eight digits of the newest.
    fn asks(&self, months: &[&str]) -> String {
        let known = self.calls().len();
        let mut ask = std::process::Command::new(BINARY);
        ask.arg("-c").arg(self.server.config()).args(["ask", "calendar@far.test", "getMonth"]);
        ask.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut ask = ask.spawn().unwrap();
        let input: String = months.iter().map(|month| format!("2003\n{month}\n")).collect();
        std::io::Write::write_all(ask.stdin.as_mut().unwrap(), input.as_bytes()).unwrap();
        eventually("the calls are made", || self.calls().len() == known + months.len());
        ask.kill().unwrap();
        ask.wait().unwrap();
        self.calls().last().unwrap()["id"].as_str().unwrap().to_owned()
    }

    fn calls(&self) -> Vec<Value> {
        self.run(&["replies", "list", "--json"]).ok("replies list").json()["calls"].as_array().unwrap().clone()
    }

    /// Answers the call that left in the n-th mail.
    fn answer(&self, n: usize, text: &str) {
        let id = self.far.wait_for(n, PATIENCE)[n - 1].header("Message-ID").unwrap();
        let mut dialogue = testbed::Dialogue::with(self.replies.address());
        dialogue.play("S: 220\nC: EHLO x\nS: 250\nC: MAIL FROM:<a@far.test>\nS: 250\nC: RCPT TO:<c@x.test>\nS: 250\nC: DATA\nS: 354");
        let answer = format!(
            "In-Reply-To: {id}\r\nContent-Type: text/xml\r\n\r\n<E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\">\
             <E:Body><getMonthResponse><return>{text}</return></getMonthResponse></E:Body></E:Envelope>\r\n.\r\n"
        );
        dialogue.send(answer.as_bytes()).play("S: 250");
    }
}

#[test]
fn the_number_that_ask_shows_is_taken_by_every_command_and_so_is_each_other_id() {
    let asker = Asker::open();
    let call = asker.asks(&["1"]);
    let message_id = asker.calls()[0]["message_id"].as_str().unwrap().to_owned();
    let bracketed = format!("<{message_id}>");
    let entry =
        asker.run(&["trace", &call, "--json"]).json()["recipients"][0]["entry"]["id"].as_str().unwrap().to_owned();
    let mail = entry.split('.').next().unwrap();
    for id in ["2", &call, &call.to_uppercase(), &message_id, &bracketed, &entry, mail] {
        let shown = asker.run(&["replies", "show", id]);
        assert!(shown.code == Some(75) && shown.stdout.starts_with("open: getMonth"), "{id}: {shown:?}");
        asker.tells(&["trace", id], &format!("call {call}"));
        asker.tells(&["queue", "show", id], &format!("call {call}"));
    }
    let listed = asker.run(&["replies", "list"]).ok("replies list").stdout;
    assert!(
        listed.lines().any(|line| line.starts_with(&call) && line.split_whitespace().nth(1) == Some("2")),
        "{listed}"
    );
    asker.answer(1, "answered");
    assert_eq!(asker.run(&["replies", "wait", "2"]).ok("replies wait").stdout.trim(), "answered");
    assert_eq!(asker.run(&["replies", "show", "2"]).ok("replies show").stdout.trim(), "answered");
}

#[test]
fn a_number_is_the_newest_call_with_it_and_several_open_ones_are_listed_with_their_digits() {
    let asker = Asker::open();
    let first = asker.asks(&["1"]);
    let second = asker.asks(&["2", "3"]);
    let [_, newest_2, newest_3] = asker.calls().try_into().unwrap();
    assert_eq!((newest_2["shown"].as_u64(), newest_3["id"].as_str().unwrap()), (Some(2), second.as_str()));
    let newest_2 = newest_2["id"].as_str().unwrap();
    for verb in ["show", "forget", "wait"] {
        let several = asker.run(&["replies", verb, "2"]);
        assert!(
            several.code == Some(64) && several.stderr.contains(&first) && several.stderr.contains(newest_2),
            "{several:?}"
        );
    }
    asker.run(&["replies", "forget", "3"]).ok("replies forget");
    assert_eq!(asker.calls()[2]["state"], "forgotten");
    asker.answer(1, "the older one");
    asker.run(&["replies", "forget", "2"]).ok("replies forget");
    assert_eq!(
        (asker.calls()[0]["state"].as_str(), asker.calls()[1]["state"].as_str()),
        (Some("answered"), Some("forgotten"))
    );
    assert_eq!(
        asker.run(&["replies", "show", "2"]).stdout.trim(),
        "Fault: the call is forgotten",
        "the newest, though it has ended"
    );
    let nobody = asker.run(&["replies", "show", "77"]);
    assert!(nobody.code != Some(0) && nobody.stderr.contains("there is no call `77`"), "{nobody:?}");
}

#[test]
fn a_mail_is_taken_by_its_number_its_entry_and_its_message_id() {
    let (http, smtp, nobody) = (Port::claim(), Port::claim(), Port::claim());
    let server = Server::start(BINARY, &Configuration::listening(&http, &smtp).smarthost(&nobody));
    for n in 0..4 {
        let mail = format!("From: a@x.test\nMessage-ID: <m{n}@x.test>\n\nhello\n");
        server.command_with(&["sendmail", "-f", "a@x.test", "b@y.test", "c@y.test"], mail.as_bytes()).ok("sendmail");
    }
    let state = |entry: &str| {
        let story = server.command(&["trace", entry, "--json"]).ok("trace").json();
        let recipients = story["recipients"].as_array().unwrap().clone();
        let one = recipients.into_iter().find(|one| one["entry"]["id"] == entry).unwrap();
        one["entry"]["state"].as_str().unwrap().to_owned()
    };
    let held = server.command(&["queue", "hold", "1", "2.1", "<m2@x.test>", "m3@x.test"]).ok("queue hold");
    assert!(held.stdout.starts_with("7 "), "{held:?}");
    for (entry, is_held) in [("1.1", true), ("1.2", true), ("2.1", true), ("2.2", false), ("3.2", true), ("4.2", true)]
    {
        assert_eq!(state(entry) == "held", is_held, "{entry}");
    }
    let dropped = server.command(&["queue", "drop", "3"]).ok("queue drop");
    assert!(dropped.stdout.starts_with("2 "), "{dropped:?}");
    let nothing = server.command(&["queue", "drop", "77"]);
    assert!(nothing.code != Some(0) && nothing.stderr.contains("nothing is known of `77`"), "{nothing:?}");
}
