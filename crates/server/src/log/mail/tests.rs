//! A line of the mail log stays one line, and reads as what it says it is.

use config::LogFormat;
use jiff::Timestamp;

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
    let reply = "451 \"later\"\r\n2026-01-01 INFO delivered \\ \u{7f}ż";
    let json: serde_json::Value = serde_json::from_str(&line(LogFormat::Json, reply)).unwrap();
    assert_eq!((json["reply"].as_str(), json["message"].as_str()), (Some(reply), Some("deferred")));
    for format in [LogFormat::Text, LogFormat::Journald] {
        let text = line(format, reply);
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert!(text.contains(r#"deferred attempt=3 reply="451 \"later\"\u000d\u000a2026"#), "{text}");
    }
}
