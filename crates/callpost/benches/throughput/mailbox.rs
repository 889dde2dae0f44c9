//! Requests in a Maildir, taken in by one pass.

use std::fs;
use std::time::Instant;

use testbed::Server;

use crate::rate;

const CONFIGURATION: &str = "http.listen = []\nsmtp.listen = []\ndeliver.mode = \"capture\"\nlog.level = \"warn\"\nlimits.answers_per_sender = 0\n\
    [[service]]\nname = \"calendar\"\naddress = \"calendar@callpost.test\"\nbuiltin = \"calendar\"\nproof = [\"none\"]\n";

/// Requests run, answered and removed in a second, by one `callpost scan` from its start to its end. Their answers are kept.
pub(crate) fn scanned(requests: usize) -> f64 {
    let server = Server::prepared(env!("CARGO_BIN_EXE_callpost"), CONFIGURATION);
    let folder = server.home().join("box");
    for inner in ["new", "cur", "tmp"] {
        fs::create_dir_all(folder.join(inner)).expect("a Maildir");
    }
    for number in 0..requests {
        let mail = format!(
            "Return-Path: <asker@x.test>\nDelivered-To: calendar@callpost.test\nFrom: asker@x.test\nMessage-ID: <{number}@x.test>\n\
             Content-Type: text/xml\n\n<E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body>\
             <m:getMonth xmlns:m=\"urn:calendar\"><year>2003</year><month>1</month></m:getMonth></E:Body></E:Envelope>\n"
        );
        fs::write(folder.join("new").join(format!("{number}.host")), mail).expect("a mail");
    }
    let start = Instant::now();
    let output = server.command(&["scan", "--json", "--maildir", &folder.to_string_lossy()]).ok("scan");
    let taken = start.elapsed();
    assert_eq!(output.json()["taken_in"], requests, "{output:?}");
    rate(requests, taken)
}
