//! What the configuration promises: no file is a valid file, every error at once, one table for everything.

mod errors;
mod order;
mod values;

use std::path::Path;

use diagnostic::{Code, Diagnostic};

use super::{
    Builtin, ClientCert, Config, Dispatch, HopTls, LogFormat, Mode, Options, Proof, SmtpTls, Target, Tls, Unknown,
    Work, explain,
};

/// Reads a text with nothing around it.
fn load(toml: &str) -> Result<Config, Vec<Diagnostic>> {
    Config::load(&Options::text(toml, Path::new("/tmp/callpost-test")))
}

fn codes(toml: &str) -> Vec<Code> {
    load(toml).map_or_else(|diagnostics| diagnostics.iter().map(|diagnostic| diagnostic.code).collect(), |_| Vec::new())
}

#[test]
fn no_file_is_a_valid_file() {
    let config = load("").unwrap();
    let http = &config.http.listeners;
    assert_eq!(http.len(), 1);
    assert_eq!(http[0].address, "127.0.0.1:8020".parse().unwrap());
    assert_eq!((&http[0].tls, http[0].client_cert), (&Tls::Off, ClientCert::Off));
    assert_eq!(http[0].paths, ["/", "/rpc", "/RPC2", "/mailer.php", "/soap", "/xmlrpc"]);
    assert_eq!(http[0].max_body, 32_000_000);
    assert_eq!(config.smtp.listen, ["127.0.0.1:8023".parse().unwrap()]);
    assert_eq!((config.smtp.unknown, &config.smtp.tls), (Unknown::Reject, &SmtpTls::Auto));
    assert_eq!(config.deliver.mode, Mode::Capture);
    assert_eq!(config.deliver.retry.len(), 7);
    assert_eq!(config.deliver.give_up.as_secs(), 5 * 86_400);
    assert!(config.send.require_key && config.send.max_messages.is_none());
    assert_eq!(config.queue.min_free, 256_000_000);
    assert_eq!(config.calls.from.to_string(), format!("calls@{}", config.hostname));
    assert_eq!((config.calls.listen, config.log.format), (None, LogFormat::Auto));
    assert_eq!(config.state, Path::new("/tmp/callpost-test"));
}

#[test]
fn without_services_the_calendar_answers_loopback() {
    let config = load("").unwrap();
    let [calendar] = config.services.as_slice() else { panic!("{:?}", config.services) };
    assert_eq!((&calendar.work, calendar.dispatch), (&Work::Builtin(Builtin::Calendar), Dispatch::Rcpt));
    assert_eq!(calendar.addresses[0].to_string(), "calendar@localhost");
    assert_eq!(calendar.proof, [Proof::Network]);
    assert!(calendar.lists("127.0.0.9".parse().unwrap()) && calendar.lists("::1".parse().unwrap()));
    assert!(calendar.lists("::ffff:127.0.0.1".parse().unwrap()) && !calendar.lists("10.0.0.1".parse().unwrap()));
}

#[test]
fn the_calendar_is_not_there_when_others_are_or_the_network_may_mail() {
    let echo = "[[service]]\nname = \"echo\"\naddress = [\"echo@localhost\", \"test@localhost\"]\nbuiltin = \"echo\"\n";
    let services = load(echo).unwrap().services;
    assert_eq!(services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>(), ["echo"]);
    assert_eq!(services[0].addresses.len(), 2);
    assert!(load("smtp.listen = \"0.0.0.0:8023\"\ndeliver.mode = \"capture\"").unwrap().services.is_empty());
}

#[test]
fn the_smallest_real_file_is_three_lines() {
    let toml = "http.listen = \"0.0.0.0:8443\"\nhttp.tls = \"own-ca\"\ndeliver.smarthost = \"mail.example.edu\"";
    let config = load(toml).unwrap();
    assert_eq!(
        (&config.http.listeners[0].tls, config.http.listeners[0].client_cert),
        (&Tls::OwnCa, ClientCert::Required)
    );
    let Mode::Smarthost(hops) = &config.deliver.mode else { panic!("{:?}", config.deliver) };
    assert_eq!((hops[0].hop.to_string().as_str(), hops[0].tls), ("mail.example.edu:25", HopTls::StartTls));
}

#[test]
fn a_further_listener_is_as_http_where_it_says_nothing() {
    let toml = "[http]\nlisten = \"0.0.0.0:8443\"\npaths = [\"/rpc\"]\nmax_body = \"1MiB\"\n\
                [[http.listener]]\nlisten = [\"10.0.0.5:8080\", \"10.0.0.6:8080\"]\ntls = \"off\"\nclient_cert = \"off\"\nnetworks = [\"10.0.0.0/8\"]\n\
                [deliver]\nmode = \"capture\"\n";
    let config = load(toml).unwrap();
    let [first, second, third] = config.http.listeners.as_slice() else { panic!("{:?}", config.http) };
    assert_eq!((&first.tls, &second.tls, &third.tls), (&Tls::OwnCa, &Tls::Off, &Tls::Off));
    assert_eq!((&second.paths, second.max_body), (&first.paths, 1 << 20));
    assert!(second.serves("10.1.2.3".parse().unwrap()) && !second.serves("192.0.2.1".parse().unwrap()));
    assert!(first.serves("192.0.2.1".parse().unwrap()));
    assert_eq!(second.origin.to_string(), "callpost.toml:6");
}

#[test]
fn routes_keep_their_order_and_take_what_deliver_says() {
    let toml = "deliver.tls = \"implicit\"\n\
                [[route]]\nmatch = [\"*@fourthought.com\"]\nnext_hop = \"127.0.0.1:8024\"\ntls = \"off\"\n\
                [[route]]\nmatch = [\"*\"]\nnext_hop = \"mail.example.edu\"\n\
                [[route]]\nmatch = [\"x@y.pl\"]\nnext_hop = \"capture\"\n";
    let routes = load(toml).unwrap().routes;
    let Target::Hop(first) = &routes[0].target else { panic!("{routes:?}") };
    let Target::Hop(second) = &routes[1].target else { panic!("{routes:?}") };
    assert_eq!((first.hop.port, first.tls), (8024, HopTls::Off));
    assert_eq!((second.hop.port, second.tls), (465, HopTls::Implicit));
    assert_eq!(routes[2].target, Target::Capture);
}

#[test]
fn required_tls_is_no_default_towards_loopback() {
    let hop = |toml: &str| match load(toml).unwrap().deliver.mode {
        Mode::Smarthost(hops) => hops[0].tls,
        other => panic!("{other:?}"),
    };
    assert_eq!(hop("deliver.smarthost = \"127.0.0.1:2525\""), HopTls::Opportunistic);
    assert_eq!(hop("deliver.smarthost = \"127.0.0.1:2525\"\ndeliver.tls = \"starttls\""), HopTls::StartTls);
    assert_eq!(hop("deliver.smarthost = \"192.0.2.1:2525\""), HopTls::StartTls);
}

#[test]
fn lmtp_goes_to_a_port_or_a_socket_over_tls_where_it_is_offered() {
    let mode = |said: &str| {
        let toml = format!("deliver.mode = \"lmtp\"\ndeliver.smarthost = {said}");
        let Mode::Lmtp(hops) = load(&toml).unwrap().deliver.mode else { panic!("{toml}") };
        hops.iter().map(|hop| format!("{} {:?}", hop.hop, hop.tls)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(mode("\"192.0.2.1\""), "192.0.2.1:24 Opportunistic");
    let list = mode("[\"/run/dovecot/lmtp\", \"mail.example.edu:2424\"]\ndeliver.tls = \"starttls\"");
    assert_eq!(list, "/run/dovecot/lmtp Off, mail.example.edu:2424 StartTls");
    let route = |hop: &str| format!("[[route]]\nmatch = [\"*@x.example\"]\nnext_hop = \"{hop}\"\n");
    let routes = load(&(route("lmtp:127.0.0.1:2424") + &route("lmtp:/run/dovecot/lmtp"))).unwrap().routes;
    let ways = routes.iter().map(|route| match &route.target {
        Target::Lmtp(hop) => format!("{} {:?}", hop.hop, hop.tls),
        other => panic!("{other:?}"),
    });
    assert_eq!(ways.collect::<Vec<_>>(), ["127.0.0.1:2424 Opportunistic", "/run/dovecot/lmtp Off"]);
    assert_eq!(codes("deliver.mode = \"lmtp\""), [Code::WrongValue]);
    for wrong in ["lmtp:", "lmtp:a b", "/run/dovecot/lmtp"] {
        assert_eq!(codes(&route(wrong)), [Code::WrongValue], "{wrong}");
    }
}

#[test]
fn mail_exchangers_are_the_mode_or_a_route() {
    let mode = |more: &str| load(&format!("deliver.mode = \"mx\"\n{more}")).unwrap().deliver;
    assert_eq!((mode("").mode, mode("").port), (Mode::Mx(HopTls::Opportunistic), 25));
    assert_eq!(mode("deliver.tls = \"starttls\"\ndeliver.port = 2525").mode, Mode::Mx(HopTls::StartTls));
    let route = "[[route]]\nmatch = [\"*@x.example\"]\nnext_hop = \"mx\"\ntls = \"off\"\n";
    assert_eq!(load(route).unwrap().routes[0].target, Target::Mx(HopTls::Off));
    for wrong in ["deliver.tls = \"implicit\"", "deliver.smarthost = \"mail.example.edu\"", "deliver.port = 0"] {
        assert_eq!(codes(&format!("deliver.mode = \"mx\"\n{wrong}")), [Code::WrongValue], "{wrong}");
    }
}

#[test]
fn nobody_is_waited_for_no_time() {
    let deliver = ["connect", "tls", "greeting", "command", "data", "write", "dot", "idle"];
    let keys = deliver.map(|key| format!("deliver.{key}_timeout"));
    for key in keys.into_iter().chain(["smtp.command_timeout".to_owned()]) {
        assert_eq!(codes(&format!("{key} = \"0s\"")), [Code::WrongValue], "{key}");
        assert_eq!(codes(&format!("{key} = \"soon\"")), [Code::WrongValue], "{key}");
        assert!(explain(&key).is_ok_and(|text| text.contains("default:")), "{key}");
    }
}

#[test]
fn a_password_is_never_shown() {
    let toml = "[deliver]\nsmarthost = \"mail.example.edu\"\nuser = \"me\"\npassword = \"hunter2\"";
    let config = load(toml).unwrap();
    assert_eq!(config.deliver.login.as_ref().unwrap().password.expose(), "hunter2");
    let shown = format!("{config:?} {:?}", config.shown());
    assert!(!format!("{:?}", config.deliver).contains("hunter2"));
    assert!(!shown.contains("hunter2"), "{shown}");
}
