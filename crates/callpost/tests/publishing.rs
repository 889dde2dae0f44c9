//! `check --online` shows each record that is to stand in the DNS beside what stands there.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test's own steps: what goes wrong fails the test")]

use testbed::{Configuration, NameServer, Server, Table};

const BINARY: &str = env!("CARGO_BIN_EXE_callpost");

fn said(server: &Server) -> Vec<(String, String)> {
    let output = server.command(&["check", "--online"]);
    let lines = output.stdout.lines().filter_map(|line| line.split_once(' '));
    lines.map(|(mark, rest)| (mark.to_owned(), rest.trim_start().to_owned())).collect()
}

#[track_caller]
fn has(lines: &[(String, String)], mark: &str, words: &[&str]) {
    let fits = |(found, text): &(String, String)| found == mark && words.iter().all(|word| text.contains(word));
    assert!(lines.iter().any(fits), "no {mark} with {words:?} in {lines:#?}");
}

#[test]
fn each_record_to_publish_is_shown_beside_what_is_there() {
    let names = NameServer::start("callpost.test A 192.0.2.7\ncallpost.test AAAA 2001:db8::7");
    names.holds("7.2.0.192.in-addr.arpa PTR other.test");
    let said_of = Configuration::new()
        .closed()
        .set("deliver.mode", "mx")
        .set("dns.servers", [names.address().to_string().as_str()])
        .set("smtp.domains", ["in.test"])
        .table("dkim", Table::default().set("domain", "author.test"));
    let mut server = Server::prepared(BINARY, &said_of);
    server.launch(); // It makes the keys.
    let lines = said(&server);
    has(&lines, "!", &["dane", "not used: the name servers prove nothing"]);
    has(&lines, "!", &["spf", "publish author.test TXT \"v=spf1 a:callpost.test -all\"; there is none"]);
    has(&lines, "!", &["dkim", "publish callpost._domainkey.author.test TXT \"v=DKIM1", "; there is none"]);
    has(&lines, "!", &["dmarc", "publish _dmarc.author.test TXT \"v=DMARC1; p=none", "there is none"]);
    has(&lines, "!", &["mta-sts", "publish _mta-sts.in.test TXT \"v=STSv1; id="]);
    has(&lines, "!", &["tlsrpt", "publish _smtp._tls.in.test TXT \"v=TLSRPTv1; rua="]);
    has(&lines, "!", &["ptr", "publish the PTR of 192.0.2.7: callpost.test; there is [\"other.test\"]"]);
    has(&lines, "!", &["ptr", "publish the PTR of 2001:db8::7: callpost.test; there is none"]);

    // What it shows is pasted.
    for (_, line) in lines.iter().filter(|(_, line)| line.contains("; there is none") && line.contains(" TXT \"")) {
        let (name, text) = line.split_once("publish ").unwrap().1.split_once(" TXT \"").unwrap();
        names.holds(&format!("{name} TXT {}", text.rsplit_once("\"; there is").unwrap().0));
    }
    names.forgets("7.2.0.192.in-addr.arpa");
    names.holds("7.2.0.192.in-addr.arpa PTR callpost.test");
    let lines = said(&server);
    has(&lines, "✓", &["spf", "author.test has \"v=spf1 a:callpost.test -all\""]);
    has(&lines, "✓", &["dkim", "callpost._domainkey.author.test is published"]);
    has(&lines, "✓", &["dkim", "callpost-ed25519._domainkey.author.test is published"]);
    has(&lines, "✓", &["dmarc", "_dmarc.author.test has"]);
    has(&lines, "✓", &["mta-sts", "_mta-sts.in.test has"]);
    has(&lines, "✓", &["tlsrpt", "_smtp._tls.in.test has"]);
    has(&lines, "✓", &["ptr", "192.0.2.7 is callpost.test"]);

    names.holds("author.test TXT v=spf1 -all");
    has(&said(&server), "!", &["spf", "author.test has 2 where one may be"]);
    names.fails("_dmarc.author.test");
    has(&said(&server), "!", &["dmarc", "_dmarc.author.test cannot be looked up"]);
}
