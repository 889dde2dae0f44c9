//! A line of the mail log stays one line, and reads as what it says it is.

use config::LogFormat;
use jiff::Timestamp;
use mail::evidence::{Evidence, GivenUp, Reason, Stage};
use mail::{EnhancedStatus, Reply};

use super::Line;

fn line(format: LogFormat, reply: &str) -> String {
    let mut out = Vec::new();
    let mut line = Line { out: &mut out, format };
    line.begin(Timestamp::UNIX_EPOCH, "deferred");
    line.field("attempt", 3);
    line.text("reply", reply);
    line.end();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_reply_of_a_stranger_cannot_end_its_line_or_its_text() {
    let reply = "451 \"later\"\r\n2026-01-01 INFO delivered \\ \u{7f}\u{85}ż\u{a9}";
    let json: serde_json::Value = serde_json::from_str(&line(LogFormat::Json, reply)).unwrap();
    assert_eq!((json["reply"].as_str(), json["message"].as_str()), (Some(reply), Some("deferred")));
    for format in [LogFormat::Text, LogFormat::Journald] {
        let text = line(format, reply);
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert!(text.contains(r#"deferred attempt=3 reply="451 \"later\"\u000d\u000a2026"#), "{text}");
    }
}

#[test]
fn what_decided_an_attempt_stands_in_its_parts() {
    let reply = |text: &'static str| Reply::new(451, EnhancedStatus::parse("4.7.1"), text);
    let given_up = GivenUp { tries: 3, looks: 0 };
    for (evidence, expected) in [
        (
            Evidence::replied(Stage::Recipient, reply("550 is no code\nof this")),
            serde_json::json!({"stage": "rcpt", "code": "451", "enhanced": "4.7.1", "reply": "550 is no code\nof this"}),
        ),
        (
            Evidence::at(Stage::Greeting, Reason::TimedOut).given_up(given_up),
            serde_json::json!({"stage": "greeting", "reason": "timed-out", "given_up": "3 attempts",
                "reply": "no greeting in time"}),
        ),
        (
            Evidence::at(Stage::Mail, Reason::TooLarge),
            serde_json::json!({"stage": "mail", "reason": "too-large", "enhanced": "5.3.4",
                "reply": "the message is larger than the server's SIZE"}),
        ),
    ] {
        let mut out = Vec::new();
        let mut line = Line { out: &mut out, format: LogFormat::Json };
        line.begin(Timestamp::UNIX_EPOCH, "failed");
        line.evidence(&evidence);
        line.end();
        let mut line: serde_json::Value = serde_json::from_slice(&out).unwrap();
        for own in ["timestamp", "level", "message"] {
            line.as_object_mut().unwrap().remove(own);
        }
        assert_eq!(line, expected);
    }
}
