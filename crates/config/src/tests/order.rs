//! Who wins: flag over environment over credential over file over default, and every value knows who set it.

use std::fs;
use std::path::Path;

use super::super::{Config, Environment, File, Options, User};
use super::Code;

fn with(file: File, variables: &[(&str, &str)], set: &[&str]) -> Options {
    let mut environment = Environment { user: User::Somebody, ..Environment::default() };
    let home = [("HOME", "/home/ann")];
    let all = home.iter().chain(variables);
    environment.variables.extend(all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Options { file, set: set.iter().map(|text| (*text).to_owned()).collect(), environment }
}

fn hostname(options: &Options) -> (String, String) {
    let config = Config::load(options).unwrap();
    let shown = config.shown().into_iter().find(|shown| shown.key == "hostname").unwrap();
    (config.hostname.clone(), shown.origin.to_string())
}

#[test]
fn the_nearer_origin_wins_and_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let file = || File::Text("hostname = \"file.test\"".into());
    let credential = ("CREDENTIALS_DIRECTORY", path);
    let variable = ("CALLPOST_HOSTNAME", "variable.test");
    assert_eq!(hostname(&with(file(), &[], &[])), ("file.test".into(), "callpost.toml:1".into()));
    fs::write(folder.path().join("hostname"), "credential.test\n").unwrap();
    assert_eq!(hostname(&with(file(), &[credential], &[])), ("credential.test".into(), "credential hostname".into()));
    let all = with(file(), &[credential, variable], &[]);
    assert_eq!(hostname(&all), ("variable.test".into(), "environment CALLPOST_HOSTNAME".into()));
    let all = with(file(), &[credential, variable], &["hostname=flag.test"]);
    assert_eq!(hostname(&all), ("flag.test".into(), "--set hostname=flag.test".into()));
}

#[test]
fn a_default_says_of_which_key() {
    let config = Config::load(&with(File::Search, &[], &[])).unwrap();
    assert_eq!(config.http.listeners[0].origin.to_string(), "default of http.listen");
}

#[test]
fn variables_name_sections_and_keys_and_may_be_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("password");
    fs::write(&secret, "hunter2\n").unwrap();
    let variables = [
        ("CALLPOST_DELIVER_SMARTHOST", "one.example.edu, [::1]:2525"),
        ("CALLPOST_DELIVER_USER", "me"),
        ("CALLPOST_DELIVER_PASSWORD_FILE", secret.to_str().unwrap()),
        ("CALLPOST_QUEUE_KEEP_BODY", "true"),
        ("CALLPOST_SMTP_MAX_CONNECTIONS", "7"),
        ("CALLPOST_CALLS_WAIT", "90s"),
        ("CALLPOST_PORT", "tcp://10.0.0.1:8020"), // what Kubernetes sets for a service of our name
    ];
    let config = Config::load(&with(File::Search, &variables, &[])).unwrap();
    let super::Mode::Smarthost(hops) = &config.deliver.mode else { panic!("{:?}", config.deliver) };
    assert_eq!(hops.iter().map(|next| next.hop.to_string()).collect::<Vec<_>>(), ["one.example.edu:25", "[::1]:2525"]);
    assert_eq!(config.deliver.login.unwrap().password.expose(), "hunter2");
    assert_eq!((config.smtp.max_connections, config.calls.wait.as_secs()), (7, 90));
    assert!(config.queue.keep_body);
}

#[test]
fn misspelt_variables_and_flags_are_errors() {
    let options =
        with(File::Search, &[("CALLPOST_DELIVER_SMARTHOTS", "x")], &["http.lisen=1", "nothing", "route.match=x"]);
    let diagnostics = Config::load(&options).unwrap_err();
    let said: Vec<(Code, &str)> =
        diagnostics.iter().map(|diagnostic| (diagnostic.code, diagnostic.what.as_str())).collect();
    assert_eq!(
        said,
        [
            (Code::UnknownKey, "unknown key `smarthots` in [deliver]"),
            (Code::UnknownKey, "unknown key `lisen` in [http]"),
            (Code::Usage, "--set nothing has no value"),
            (Code::Usage, "[[route]] blocks cannot be set by a flag"),
        ]
    );
    assert_eq!(diagnostics[0].why.as_deref(), Some("did you mean `smarthost`?"));
}

#[test]
fn a_secret_in_a_flag_is_not_repeated() {
    let options = with(File::Search, &[], &["deliver.password=hunter2", "deliver.smarthost=mail.example.edu"]);
    let diagnostics = Config::load(&options).unwrap_err();
    assert!(!format!("{diagnostics:?}").contains("hunter2"), "{diagnostics:?}");
}

#[test]
fn a_password_may_be_a_credential() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("smart"), "hunter2\n").unwrap();
    let toml = "[deliver]\nsmarthost = \"mail.example.edu\"\nuser = \"me\"\npassword = \"credential:smart\"";
    let options = with(File::Text(toml.into()), &[("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap())], &[]);
    assert_eq!(Config::load(&options).unwrap().deliver.login.unwrap().password.expose(), "hunter2");
    let options = with(File::Text(toml.into()), &[], &[]);
    assert!(Config::load(&options).unwrap_err()[0].to_string().contains("$CREDENTIALS_DIRECTORY is not set"));
    let outside = File::Text(toml.replace("credential:smart", "credential:../smart"));
    let options = with(outside, &[("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap())], &[]);
    assert!(Config::load(&options).is_err());
}

#[test]
fn the_file_is_the_named_one_else_the_variables() {
    let folder = tempfile::tempdir().unwrap();
    let (named, variable) = (folder.path().join("named.toml"), folder.path().join("variable.toml"));
    fs::write(&named, "hostname = \"named.test\"\nhttp.cert = \"c.pem\"\nhttp.key = \"k.pem\"\nhttp.tls = \"files\"\n")
        .unwrap();
    fs::write(&variable, "hostname = \"variable.test\"").unwrap();
    let variables = [("CALLPOST_CONFIG", variable.to_str().unwrap())];
    let config = Config::load(&with(File::Path(named.clone()), &variables, &[])).unwrap();
    assert_eq!((config.hostname.as_str(), config.file.as_deref()), ("named.test", Some(named.as_path())));
    let expected = super::Tls::Files { cert: folder.path().join("c.pem"), key: folder.path().join("k.pem") };
    assert_eq!(config.http.listeners[0].tls, expected);
    assert_eq!(Config::load(&with(File::Search, &variables, &[])).unwrap().hostname, "variable.test");
    let missing = Config::load(&with(File::Path(folder.path().join("none.toml")), &[], &[])).unwrap_err();
    assert_eq!((missing[0].code, missing[0].exit.code()), (Code::Unreadable, 78));
}

#[test]
fn the_state_folder_is_systemds_else_the_users() {
    let state = |options: &Options| Config::load(options).unwrap().state;
    assert_eq!(state(&with(File::Search, &[], &[])), Path::new("/home/ann/.local/state/callpost"));
    assert_eq!(state(&with(File::Search, &[("STATE_DIRECTORY", "/a:/b")], &[])), Path::new("/a"));
    let mut root = with(File::Search, &[], &[]);
    root.environment.user = User::Root;
    assert_eq!(state(&root), Path::new("/var/lib/callpost"));
    let nowhere = Options::default();
    assert_eq!(Config::load(&nowhere).unwrap_err()[0].code, Code::StateFolder);
}
