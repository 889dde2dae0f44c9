//! The texts of wrong configurations, and that everything documented is known.

use diagnostic::{Diagnostic, Paint, text};

use super::super::{explain, sample};
use super::{Code, codes, load};
use crate::sections::SECTIONS;
use crate::table::{Built, Reload};

fn rendered(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| text(diagnostic, Paint::Plain)).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn is_told(toml: &str, golden: &str) {
    let said = rendered(&load(toml).unwrap_err());
    assert_eq!(said, golden, "\n--- said:\n{said}\n--- wanted:\n{golden}");
    assert!(said.split("\n\n").all(|diagnostic| diagnostic.lines().count() <= 6), "{said}");
}

#[test]
fn misspelt_keys_are_all_told_with_the_nearest_name() {
    is_told(include_str!("misspelt.toml"), include_str!("misspelt.txt"));
}

#[test]
fn wrong_values_are_all_told_with_what_the_key_takes() {
    is_told(include_str!("wrong_values.toml"), include_str!("wrong_values.txt"));
}

#[test]
fn what_is_not_built_is_refused_by_name() {
    is_told(include_str!("not_built.toml"), include_str!("not_built.txt"));
}

#[test]
fn a_file_that_is_no_toml_is_shown_where_it_breaks() {
    let diagnostics = load("[http]\nlisten = 127.0.0.1:8020\n").unwrap_err();
    assert_eq!((diagnostics.len(), diagnostics[0].code), (1, Code::NotToml));
    assert!(rendered(&diagnostics).contains("--> callpost.toml:2:"), "{}", rendered(&diagnostics));
}

#[test]
fn every_documented_key_is_known() {
    let diagnostics = load(include_str!("every_key.toml")).unwrap_err();
    let others: Vec<&Diagnostic> = diagnostics.iter().filter(|diagnostic| diagnostic.code != Code::NotBuilt).collect();
    assert!(others.is_empty(), "{}", rendered(&diagnostics));
}

#[test]
fn the_sample_is_inactive_and_its_built_lines_are_valid() {
    let sample = sample();
    assert!(sample.lines().all(|line| line.is_empty() || line.starts_with("# ")), "{sample}");
    assert!(load(&sample).is_ok());
    let active: Vec<&str> = sample
        .lines()
        .skip(1)
        .filter(|line| !line.contains("not built in this version"))
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| !line.starts_with("cert ") && !line.starts_with("key ")) // they go with tls = "files"
        .collect();
    let diagnostics = load(&active.join("\n")).err().unwrap_or_default();
    let wrong: Vec<&Diagnostic> =
        diagnostics.iter().filter(|diagnostic| diagnostic.code != Code::Contradiction).collect();
    assert!(
        diagnostics.iter().all(|diagnostic| diagnostic.code == Code::NoDelivery || wrong.is_empty()),
        "{}",
        rendered(&diagnostics)
    );
}

#[test]
fn every_key_is_in_the_sample_and_explained() {
    let sample = sample();
    for section in SECTIONS {
        for key in section.keys {
            let name = section.dotted(key.name);
            assert!(sample.contains(&format!("# {} = ", key.name)), "{name}");
            let explained = explain(&name).unwrap();
            assert!(explained.starts_with(&format!("{name}: ")), "{explained}");
            let is_later = key.built == Built::Later;
            assert_eq!(explained.contains("not built"), is_later, "{name}");
            let needs = key.reload == Reload::Restart && !is_later;
            assert_eq!(super::super::reload(&name), (!is_later).then_some(key.reload), "{name}");
            assert_eq!(explained.contains("needs a restart"), needs, "{name}");
            assert_eq!(explained.contains("takes effect with `callpost reload`"), !needs && !is_later, "{name}");
        }
    }
}

#[test]
fn explain_takes_a_section_and_names_the_nearest_key() {
    assert!(explain("deliver").unwrap().contains("deliver.smarthost: "));
    assert!(explain("[[service]]").unwrap().starts_with("[[service]]: "));
    assert_eq!(explain("deliver.smart_host"), Err(Some("deliver.smarthost".into())));
    assert_eq!(explain("smarthost"), Err(Some("deliver.smarthost".into())));
    assert_eq!(explain("qqqqqq.zzzzzz"), Err(None));
}

#[test]
fn empty_values_of_what_is_not_built_are_taken() {
    let toml = "smtp.users = \"\"\nsmtp.relay = []\ncalls.token_address = false\n\
                metrics.otlp = \"\"\n";
    assert_eq!(codes(toml), []);
}

#[test]
fn values_of_rooms_not_built_are_refused() {
    assert_eq!(codes("state = \"postgres://db/callpost\""), [Code::WrongValue]);
    assert_eq!(codes("http.listen = \"systemd\""), [Code::WrongValue]);
}

#[test]
fn a_line_with_a_secret_is_named_and_not_shown() {
    for toml in
        ["deliver.password = [\"hunter2\"]", "deliver.pasword = \"hunter2\"", "[http]\nsecret_token = \"hunter2\""]
    {
        let said = rendered(&load(toml).unwrap_err());
        assert!(!said.contains("hunter2") && said.contains("callpost.toml:"), "{said}");
    }
}

#[test]
fn what_contradicts_is_an_error() {
    let cases = [
        ("http.listen = \"0.0.0.0:8020\"", Code::NoDelivery),
        ("smtp.listen = \"[::]:25\"", Code::NoDelivery),
        ("http.listen = \"127.0.0.1:8023\"", Code::Contradiction),
        ("http.tls = \"files\"", Code::WrongValue),
        ("smtp.tls = \"files\"", Code::WrongValue),
        ("http.client_cert = \"required\"", Code::WrongValue),
        ("deliver.mode = \"smarthost\"", Code::WrongValue),
        ("deliver.mode = \"capture\"\ndeliver.smarthost = \"mail.example.edu\"", Code::WrongValue),
        ("deliver.user = \"me\"", Code::WrongValue),
        ("deliver.password = \"x\"", Code::WrongValue),
        ("deliver.retry = []", Code::WrongValue),
        ("http.names = [\"łódź.pl\"]", Code::WrongValue),
    ];
    for (toml, code) in cases {
        assert_eq!(codes(toml), [code], "{toml}");
    }
}

#[test]
fn a_plain_listener_on_the_network_must_say_so_of_certificates() {
    let toml = "http.listen = \"0.0.0.0:8080\"\nhttp.tls = \"off\"\ndeliver.mode = \"capture\"\n";
    assert_eq!(codes(toml), [Code::WrongValue]);
    assert_eq!(codes(&format!("{toml}http.client_cert = \"off\"")), []);
}

#[test]
fn the_mailer_by_mail_wants_proven_senders() {
    let mailer = "[[service]]\nname = \"mailer\"\naddress = \"mailer@localhost\"\nbuiltin = \"mailer\"\n";
    assert_eq!(codes(mailer), [Code::WrongValue]);
    assert_eq!(codes(&format!("{mailer}proof = [\"none\"]")), [Code::WrongValue]);
    assert_eq!(codes(&format!("{mailer}networks = [\"10.0.0.0/8\"]")), []);
    assert_eq!(codes(&format!("{mailer}networks = [\"10.0.0.0/8\", \"::/0\"]")), [Code::WrongValue]);
}

#[test]
fn two_services_never_share_a_name_or_an_address() {
    let service = |name: &str, address: &str| {
        format!("[[service]]\nname = \"{name}\"\naddress = \"{address}\"\nbuiltin = \"echo\"\n")
    };
    let pair = |one: (&str, &str), two: (&str, &str)| codes(&(service(one.0, one.1) + &service(two.0, two.1)));
    assert_eq!(pair(("a", "a@x.pl"), ("b", "b@x.pl")), []);
    assert_eq!(pair(("a", "a@x.pl"), ("a", "b@x.pl")), [Code::WrongValue]);
    assert_eq!(pair(("a", "a@x.pl"), ("b", "a@x.pl")), [Code::WrongValue]);
}

#[test]
fn a_block_without_what_it_must_say_names_that() {
    let diagnostics = load("[[service]]\n[[route]]\n[[http.listener]]\n").unwrap_err();
    let whats: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.what.as_str()).collect();
    assert_eq!(
        whats,
        [
            "a [[service]] block has no `address`",
            "a [[service]] block has no `name`",
            "a [[service]] block has no `builtin` or `http` or `exec`",
            "a [[route]] block has no `match`",
            "a [[route]] block has no `next_hop`",
            "a [[http.listener]] block has no `listen`",
        ]
    );
}

#[test]
fn a_service_is_a_built_in_or_an_http_service_and_what_goes_with_it() {
    let service = |keys: &str| codes(&format!("[[service]]\nname = \"a\"\naddress = \"a@localhost\"\n{keys}\n"));
    let http = "http = \"http://127.0.0.1:3000/soap\"\n";
    assert_eq!(service(http), []);
    assert_eq!(service("http = \"http://me:secret@127.0.0.1/\""), [], "it is sent as Basic authentication");
    let all = "protocol = \"soap12\"\nnamespace = \"urn:x\"\nmethods = [\"a.*\"]\nrepeatable = true\ntimeout = \"5s\"\n\
               callers = [\"key:web\", \"cert:CN=shop\", \"net:10.0.0.0/8\", \"auto\"]";
    assert_eq!(service(&format!("{http}{all}")), []);
    for describe in ["auto", "off", "https://127.0.0.1/shop.wsdl"] {
        assert_eq!(service(&format!("{http}protocol = \"soap11\"\ndescribe = \"{describe}\"")), []);
    }
    let wrong = [
        "http = \"http://127.0.0.1/\"\ndescribe = \"on\"",
        "http = \"http://127.0.0.1/\"\ndescribe = \"http://127.0.0.1/shop.wsdl\"",
        "http = \"http://127.0.0.1/\"\nprotocol = \"xmlrpc\"\ndescribe = \"http://127.0.0.1/shop.wsdl\"",
        "builtin = \"echo\"\ndescribe = \"off\"",
        "builtin = \"echo\"\nhttp = \"http://127.0.0.1/\"",
        "builtin = \"echo\"\nexec = [\"/bin/cal\"]",
        "exec = [\"cal\"]",
        "exec = [\"/bin/cal\", \"{a b}\"]",
        "exec = [\"/bin/cal\"]\nnamespace = \"urn:x\"",
        "builtin = \"echo\"\nuser = \"ann\"",
        "builtin = \"echo\"\nprotocol = \"xmlrpc\"",
        "builtin = \"echo\"\nrepeatable = true",
        "builtin = \"echo\"\ncallers = \"anyone\"",
        "http = \"http://127.0.0.1/\"\ncallers = [\"key:web\", \"everyone\"]",
        "builtin = \"echo\"\nmethods = [\"a\"]",
        "http = \"http://127.0.0.1/\"\nprotocol = \"xmlrpc\"\nnamespace = \"urn:x\"",
        "http = \"http://127.0.0.1/\"\nmethods = []",
        "http = \"http://127.0.0.1/\"\nmethods = [\"\"]",
        "http = \"ftp://me:secret@127.0.0.1/\"",
        "http = \"ftp://127.0.0.1/\"",
        "http = \"127.0.0.1:3000\"",
        "",
    ];
    for keys in wrong {
        assert_eq!(service(keys), [Code::WrongValue], "{keys}");
    }
    assert_eq!(service("exec = [\"/bin/cal\", \"{month}\"]\nuser = \"ann\"\nmemory = \"1GB\"\noutput = \"1MB\""), []);
}
