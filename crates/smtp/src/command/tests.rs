//! Command lines, one by one. The list begins with what a well-known parser gets wrong.

use mail::{Mailbox, ReversePath};
use proptest::prelude::{any, prop, proptest};

use super::{Chunk, ChunkPlace, Command};
use crate::transaction::{Body, Greeting, Hello, MailParameters, Notify, Path, Recipient, RecipientParameters, Ret};

fn parse(line: &str) -> Result<Command, String> {
    Command::parse(line.as_bytes(), None).map_err(|reply| reply.to_string())
}

fn code(line: &[u8]) -> String {
    Command::parse(line, None).expect_err("refused").to_string().chars().take(9).collect()
}

fn sender(line: &str) -> ReversePath {
    match parse(line) {
        Ok(Command::Mail(reverse_path, _)) => reverse_path,
        other => panic!("{line}: {other:?}"),
    }
}

fn recipient(line: &str) -> String {
    match parse(line) {
        Ok(Command::Rcpt(recipient)) => recipient.path.to_string(),
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn a_quoted_local_part_keeps_its_quotes() {
    assert_eq!(recipient(r#"RCPT TO:<"a@b"@x.org>"#), r#""a@b"@x.org"#);
    assert_eq!(recipient(r#"RCPT TO:<"a>b"@x>"#), r#""a>b"@x"#);
    assert_eq!(recipient(r#"RCPT TO:<"a\">b"@x>"#), r#""a\">b"@x"#);
}

#[test]
fn a_name_without_a_domain_is_at_the_origin_where_there_is_one() {
    let origin = mail::Domain::parse("host.test").unwrap();
    let parse = |line: &str| Command::parse(line.as_bytes(), Some(&origin)).map_err(|reply| reply.to_string());
    let at = |name: &str| ReversePath::from(Mailbox::parse(&format!("{name}@host.test")).unwrap());
    assert_eq!(parse("MAIL FROM:<root>"), Ok(Command::Mail(at("root"), MailParameters::default())));
    assert_eq!(parse("MAIL FROM:<>"), Ok(Command::Mail(ReversePath::Null, MailParameters::default())));
    for line in ["RCPT TO:<two words>", "RCPT TO:<a@b@c>", "RCPT TO:<a@>", "RCPT TO:<>"] {
        assert!(parse(line).is_err(), "{line}");
    }
    assert!(Command::parse(b"MAIL FROM:<root>", None).is_err());
}

#[test]
fn an_address_literal_is_an_address() {
    assert_eq!(recipient("RCPT TO:<a@[127.0.0.1]>"), "a@[127.0.0.1]");
    assert_eq!(recipient("RCPT TO:<a@[IPv6:::1]>"), "a@[IPv6:::1]");
}

#[test]
fn a_chunk_size_never_wraps() {
    assert_eq!(parse("BDAT 1844674407370955161699"), Ok(Command::Bdat(None)));
    let most = Chunk { size: u64::MAX, place: ChunkPlace::Last };
    assert_eq!(parse("bdat 18446744073709551615  last"), Ok(Command::Bdat(Some(most))));
    for line in
        ["BDAT", "BDAT x", "BDAT -1", "BDAT +1", "BDAT 1 FIRST", "BDAT 1 LAST LAST", "BDAT 1\tLAST", "BDAT LAST"]
    {
        assert_eq!(parse(line), Ok(Command::Bdat(None)), "{line}");
    }
}

#[test]
fn postmaster_is_not_the_empty_path() {
    assert_eq!(parse("RCPT TO:<postMASTER>"), parse("RCPT TO:<Postmaster>"));
    assert_eq!(recipient("RCPT TO:<Postmaster>"), "postmaster");
    assert_eq!(recipient("RCPT TO:<postmaster@x.org>"), "postmaster@x.org");
    assert_eq!(code(b"RCPT TO:<>"), "501 5.1.3");
}

#[test]
fn what_is_unclean_is_refused() {
    assert_eq!(code(b"MAIL FROM:<a\xff@x.org>"), "501 5.5.2");
    assert_eq!(code(b"EHLO a\0b"), "501 5.5.2");
    assert_eq!(code(b"QUIT\r"), "500 5.5.1");
    assert_eq!(code(b"NOOP a\rb"), "501 5.5.2");
    assert_eq!(code(b"EHLO \xc5\x82"), "501 5.5.4");
    assert_eq!(code(b"MA\0L"), "500 5.5.1");
    assert_eq!(code(b" QUIT"), "500 5.5.1");
    assert_eq!(code(b""), "500 5.5.1");
}

#[test]
fn arguments_where_none_belong_are_refused() {
    for line in [&b"DATA x"[..], b"QUIT x", b"RSET x", b"STARTTLS x"] {
        assert_eq!(code(line), "501 5.5.4");
    }
    assert_eq!(parse("DATA \t "), Ok(Command::Data));
}

#[test]
fn case_and_a_space_after_the_colon_do_not_matter() {
    let mailbox = ReversePath::Mailbox(Mailbox::parse("me@fourthought.com").unwrap());
    assert_eq!(sender("mail FROM:<me@fourthought.com> size=708"), mailbox);
    assert_eq!(sender("MAIL from:  <me@fourthought.com>"), mailbox);
    assert_eq!(sender("MAIL FROM:<>"), ReversePath::Null);
    let greeting = Greeting { hello: Hello::Ehlo, domain: "[127.0.0.1]".to_owned() };
    assert_eq!(parse("ehlo [127.0.0.1]"), Ok(Command::Hello(greeting)));
}

#[test]
fn brackets_must_be_there_and_hold_all_of_it() {
    let lines = [
        "FROM:a@b",
        "FROM:<a@b",
        "FROM:a@b>",
        "FROM:<a@b>x",
        "FROM",
        "TO:<a@b>",
        "",
        "FROM:<a@b>\u{a0}",
        "FROM:<\"a>@b>",
    ];
    for line in lines {
        let reply = code(format!("MAIL {line}").as_bytes());
        assert!(reply.starts_with("501 5."), "{line}: {reply}");
    }
    assert_eq!(code(b"RCPT TO:a b"), "501 5.5.4");
    assert_eq!(code(b"MAILFROM:<a@b>"), "500 5.5.1");
}

#[test]
fn bad_addresses_are_refused_by_side() {
    for address in ["a", "@b", "a@", "a b@c", "a@b c", "a@b@c", "a..b@c"] {
        assert_eq!(code(format!("MAIL FROM:<{address}>").as_bytes()), "501 5.1.7", "{address}");
        assert_eq!(code(format!("RCPT TO:<{address}>").as_bytes()), "501 5.1.3", "{address}");
    }
    let long = format!("RCPT TO:<{}@x.org>", "a".repeat(65));
    assert_eq!(code(long.as_bytes()), "501 5.1.3");
}

#[test]
fn a_source_route_is_taken_off() {
    assert_eq!(recipient("RCPT TO:<@a,@b.example:u@c>"), "u@c");
    assert_eq!(recipient("RCPT TO:<@a:u@[IPv6:::1]>"), "u@[IPv6:::1]");
    for path in ["@a", "@a,b:u@c", "@:u@c", "@a,:u@c", "@a b:u@c", "@a:", "@a:postmaster"] {
        assert_eq!(code(format!("RCPT TO:<{path}>").as_bytes()), "501 5.1.3", "{path}");
    }
}

#[test]
fn the_parameters_of_mail_are_read() {
    let parameters = MailParameters {
        size: Some(u64::MAX),
        body: Some(Body::EightBitMime),
        smtputf8: true,
        ret: Some(Ret::Headers),
        envid: Some("a+3Db".to_owned()),
    };
    let line = "MAIL FROM:<> size=99999999999999999999 Body=8bitmime smtputf8 RET=hdrs ENVID=a+3Db";
    assert_eq!(parse(line), Ok(Command::Mail(ReversePath::Null, parameters)));
    let bad = [
        "SIZE",
        "SIZE=",
        "SIZE=-1",
        "SIZE=1x",
        "SIZE=111111111111111111111",
        "SIZE=1 SIZE=1",
        "BODY=BINARYMIME",
        "BODY",
    ];
    let worse = ["SMTPUTF8=1", "SMTPUTF8 SMTPUTF8", "RET=ALL", "ENVID=a+3d", "ENVID=a=b", "ENVID=+4", "ENVID="];
    for parameter in bad.iter().chain(&worse) {
        assert_eq!(code(format!("MAIL FROM:<> {parameter}").as_bytes()), "501 5.5.4", "{parameter}");
    }
    assert_eq!(code(b"MAIL FROM:<> XVERP"), "555 5.5.4");
    assert!(parse("MAIL FROM:<> AUTH=<>").is_ok() && parse("MAIL FROM:<> AUTH=a+40b").is_ok());
    assert_eq!(code(b"MAIL FROM:<> AUTH=a=b"), "501 5.5.4");
}

#[test]
fn the_parameters_of_rcpt_are_read() {
    let notify = Notify { success: true, failure: false, delay: true };
    let parameters = RecipientParameters { notify: Some(notify), orcpt: Some("rfc822;a+2Bb@c".to_owned()) };
    let wanted = Recipient { path: Path::Mailbox(Mailbox::parse("a@b").unwrap()), parameters };
    assert_eq!(parse("RCPT TO:<a@b> NOTIFY=success,DELAY ORCPT=rfc822;a+2Bb@c"), Ok(Command::Rcpt(wanted)));
    assert!(parse("RCPT TO:<a@b> NOTIFY=NEVER ORCPT=utf-8;\u{142}@c").is_ok());
    for parameter in
        ["NOTIFY=NEVER,DELAY", "NOTIFY=", "NOTIFY", "ORCPT=a@b", "ORCPT=rfc822;\u{142}", "ORCPT=;a", "ORCPT=rfc822;"]
    {
        assert_eq!(code(format!("RCPT TO:<a@b> {parameter}").as_bytes()), "501 5.5.4", "{parameter}");
    }
    assert_eq!(code(b"RCPT TO:<a@b> SIZE=1"), "555 5.5.4");
}

proptest! {
    #[test]
    fn any_line_is_a_command_or_a_refusal(verb in "MAIL FROM:|RCPT TO:|BDAT |EHLO |", rest in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Err(reply) = Command::parse(&[verb.as_bytes(), &rest].concat(), None) {
            assert_eq!(reply.class(), 5);
        }
    }
}
