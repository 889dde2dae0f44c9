//! Postfix and Exim as the mail exchangers of a domain, behind a name server that says so.

use testbed::{Configuration, Mta, NameServer, Requirement, need};

use super::{PATIENCE, ended, send, server};

/// The best exchanger is a host on which nobody listens. What comes back to its author goes the same way.
const ZONE: &str = "
    here.test         MX    10 away.here.test
    here.test         MX    20 mx.here.test
    away.here.test    A     127.0.0.2
    mx.here.test      A     127.0.0.1
    alias.test        CNAME here.test
    bare.test         A     127.0.0.1
    null.test         MX    0 .
    callpost.test     MX    10 mx.here.test
";

fn mail_goes_by_mx_to(mta: &Mta) {
    let names = NameServer::start(ZONE);
    names.fails("later.test");
    let said = Configuration::new().set("deliver.mode", "mx").set("deliver.port", usize::from(mta.address().port()));
    let server = server(said.set("dns.servers", [names.address().to_string().as_str()]));
    let to = ["ann@here.test", "bob@alias.test", "eve@bare.test", "no@null.test", "no@unknown.test", "no@later.test"];
    send(&server, "by mx", &to, "Hello\n.dot\n");
    // Three copies and one bounce for the two that fail.
    let delivered = ended(&server, "delivered", 4);
    let sites = |to: &str| {
        let row = delivered.iter().find(|row| row["to"] == to).unwrap_or_else(|| panic!("{to} in {delivered:?}"));
        row.to_string()
    };
    for (to, host) in
        [("ann@here.test", "mx.here.test"), ("bob@alias.test", "mx.here.test"), ("eve@bare.test", "bare.test")]
    {
        let trace = server.command(&["trace", to]).ok("trace").stdout;
        assert!(trace.contains(&format!("{host}:{}", mta.address().port())), "{trace}\n{}", sites(to));
    }
    let failed: String = ended(&server, "bounced", 2).iter().map(ToString::to_string).collect();
    assert!(failed.contains("\"null-mx\"") && failed.contains("\"no-such-domain\""), "{failed}");
    let waits = ended(&server, "deferred", 1)[0].to_string();
    assert!(waits.contains("lookup-failed") && waits.contains("4.4.3"), "{waits}");
    let mails: Vec<String> =
        mta.wait_for(3, PATIENCE).iter().map(|mail| String::from_utf8_lossy(mail).into_owned()).collect();
    assert!(mails.iter().any(|mail| mail.contains("Hello\n.dot\n")), "{mails:?}");
    let bounce = mails.iter().find(|mail| mail.contains("Action: failed")).unwrap_or_else(|| panic!("{mails:?}"));
    assert!(bounce.contains("Status: 5.1.10") && bounce.contains("Status: 5.1.2"), "{bounce}");
}

#[test]
fn postfix_takes_the_mail_of_the_domains_whose_exchanger_it_is() {
    if need(&[Requirement::Root, Requirement::Postfix]) {
        mail_goes_by_mx_to(&Mta::postfix(&[]));
    }
}

#[test]
fn exim_takes_the_mail_of_the_domains_whose_exchanger_it_is() {
    if need(&[Requirement::Root, Requirement::Exim]) {
        mail_goes_by_mx_to(&Mta::exim(&[]));
    }
}
