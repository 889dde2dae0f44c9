//! What a configuration that is read under another one changes.

use std::path::Path;

use crate::{Config, Options, Reloaded};

fn config(toml: &str) -> Config {
    Config::load(&Options::text(toml, Path::new("/state"))).unwrap()
}

fn reloaded(old: &str, new: &str) -> Reloaded {
    config(old).reloaded(&config(new)).unwrap()
}

const LISTENERS: &str = "deliver.mode = \"capture\"\n[http]\nlisten = \"127.0.0.1:8020\"\n\
    [[http.listener]]\nlisten = \"10.0.0.5:8080\"\ntls = \"off\"\nclient_cert = \"off\"\n\
    [[http.listener]]\nlisten = \"10.0.0.6:8080\"\ntls = \"off\"\nclient_cert = \"off\"\n";

#[test]
fn where_it_stands_in_the_file_and_how_it_is_written_is_no_difference() {
    let old = "http.listen = \"127.0.0.1:8020\"\nsmtp.listen = [\"127.0.0.1:8023\"]\n";
    let new = "# more\nsmtp.listen = \"127.0.0.1:8023\"\nhttp.listen = [\"127.0.0.1:8020\"]\n";
    assert!(reloaded(old, new).kept.is_empty());
}

#[test]
fn what_needs_a_restart_keeps_its_value_and_is_named_and_the_rest_is_new() {
    let new = "state = \"/other\"\nsmtp.listen = \"127.0.0.1:9\"\nlog.format = \"text\"\nlog.level = \"debug\"\n\
               hostname = \"b.example.edu\"\n";
    let Reloaded { config, kept } = reloaded("hostname = \"a.example.edu\"", new);
    assert_eq!(kept, ["state", "smtp.listen", "log.format"]);
    assert_eq!(
        (config.hostname.as_str(), config.calls.from.to_string()),
        ("b.example.edu", "calls@b.example.edu".into())
    );
    assert_eq!((config.state.as_path(), config.smtp.listen[0].port()), (Path::new("/state"), 8023));
    assert_eq!((config.log.format, config.log.level), (crate::LogFormat::Auto, crate::LogLevel::Debug));
}

#[test]
fn the_rules_of_a_listener_are_new_and_its_address_is_what_it_is_known_by() {
    let moved = LISTENERS.replace("10.0.0.5:8080\"", "10.0.0.6:8080\"\nnetworks = [\"10.0.0.0/8\"]").replacen(
        "10.0.0.6:8080\"\ntls",
        "10.0.0.5:8080\"\npaths = [\"/x\"]\ntls",
        1,
    );
    let Reloaded { config, kept } = reloaded(LISTENERS, &moved);
    assert!(kept.is_empty(), "their order in the file is no difference: {kept:?}");
    let [_, five, six] = config.http.listeners.as_slice() else { panic!("{:?}", config.http) };
    assert_eq!((five.address.ip().to_string(), five.paths.as_slice()), ("10.0.0.5".into(), &["/x".to_owned()][..]));
    assert_eq!((six.address.ip().to_string(), six.networks.len()), ("10.0.0.6".into(), 1));
}

#[test]
fn a_listener_that_is_new_waits_and_one_that_is_gone_stays_as_it_was() {
    let other = LISTENERS.replace("10.0.0.5", "10.0.0.7");
    let Reloaded { config, kept } = reloaded(LISTENERS, &other);
    assert_eq!(kept, ["http.listener.listen"]);
    assert_eq!(config.http.listeners, self::config(LISTENERS).http.listeners);
}

#[test]
fn what_does_not_go_together_with_what_stays_changes_nothing() {
    let old = config("http.listen = \"0.0.0.0:8443\"\ndeliver.smarthost = \"mail.example.edu\"\n");
    let diagnostics = old.reloaded(&config("http.listen = \"127.0.0.1:8020\"\n")).unwrap_err();
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert!(diagnostics[0].what.contains("open to the network"), "{diagnostics:?}");
    assert!(diagnostics[0].notes.iter().any(|note| note.contains("http.listen")), "{diagnostics:?}");
}
