//! Keys through the command line and the API.

use testbed::Configuration;

use super::Bed;

#[test]
fn a_revoked_key_opens_nothing_with_any_secret_it_ever_had() {
    let mut bed = Bed::open(Configuration::new());
    let first = bed.key("web", &[]);
    let rotate = || {
        let rotated = bed.server.command(&["key", "rotate", "web", "--json"]).ok("key rotate").json();
        rotated["key"].as_str().unwrap().to_owned()
    };
    let secrets = [first, rotate(), rotate()];
    for secret in &secrets {
        assert_eq!(bed.sends(secret), 0, "until its time a former secret goes on");
    }
    bed.server.command(&["key", "revoke", "web"]).ok("key revoke");
    for secret in &secrets {
        assert_eq!(bed.sends(secret), 100);
    }
    let listed = bed.server.command(&["key", "list", "--json"]).ok("key list").json();
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1, "one key, however many secrets: {listed}");
    bed.server.stop();
    bed.server.launch();
    for secret in &secrets {
        assert_eq!(bed.sends(secret), 100, "after a start as well");
    }
    let again = bed.server.command(&["key", "rotate", "web"]);
    assert_ne!(again.code, Some(0), "a revoked key is not rotated back to life: {again:?}");
    let fourth = bed.key("web", &[]);
    assert_eq!(bed.sends(&fourth), 0);
    for secret in &secrets {
        assert_eq!(bed.sends(secret), 100, "nor by a new key of its name");
    }
}

#[test]
fn a_rate_that_is_used_up_stays_so_whatever_is_done_with_keys() {
    let bed = Bed::open(Configuration::new());
    let web = bed.key("web", &["--rate", "2/d"]);
    assert_eq!((bed.sends(&web), bed.sends(&web), bed.sends(&web)), (0, 0, 110));
    let other = bed.key("other", &["--rate", "1/d"]);
    assert_eq!(bed.sends(&web), 110, "another key was added");
    bed.server.command(&["key", "revoke", "other"]).ok("key revoke");
    assert_eq!((bed.sends(&web), bed.sends(&other)), (110, 100), "another key was revoked");
    bed.server.reload();
    let _ = bed.server.log_with("are in force");
    assert_eq!(bed.sends(&web), 110, "the configuration was read again");
    let rotated = bed.server.command(&["key", "rotate", "web", "--json"]).ok("key rotate").json();
    assert_eq!(bed.sends(rotated["key"].as_str().unwrap()), 110, "it was rotated");
    assert_eq!(bed.sends(&web), 110);
}
