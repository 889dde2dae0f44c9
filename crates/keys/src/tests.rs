//! Who is let in with a key, and who is not.

use jiff::{SignedDuration, Timestamp};
use rpc::{Caller, Credential};
use spool::KeyRecord;

use super::rate::Rate;
use super::{Denial, Keys, LegacyHeader, Policy, Scope, former};

const SECRET: &str = "API-Secret-key";

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn keys(policy: &Policy) -> Keys {
    let keys = Keys::new(&[7; 32]);
    keys.replace(vec![record(&keys, policy)]);
    keys
}

fn record(keys: &Keys, policy: &Policy) -> KeyRecord {
    KeyRecord {
        name: "web".to_owned(),
        digest: keys.digest(SECRET),
        former: Vec::new(),
        policy: serde_json::to_string(policy).unwrap(),
        created: now(),
        expires: None,
        revoked: None,
    }
}

fn from(address: &str) -> Caller {
    Caller { address: Some(address.parse().unwrap()), ..Caller::default() }
}

#[test]
fn only_the_whole_key_opens_the_door() {
    let keys = keys(&Policy::default());
    assert_eq!(keys.admit(SECRET, &from("127.0.0.1"), now()).unwrap().name, "web");
    for wrong in ["", "API-Secret-ke", "API-Secret-key ", "api-secret-key", "API-Secret-key\0"] {
        assert_eq!(keys.admit(wrong, &from("127.0.0.1"), now()).unwrap_err(), Denial::Unknown, "{wrong:?}");
    }
}

#[test]
fn what_is_stored_is_not_the_key_and_depends_on_the_pepper() {
    let (one, other) = (Keys::new(&[1; 32]), Keys::new(&[2; 32]));
    assert_ne!(one.digest(SECRET), other.digest(SECRET));
    assert_eq!(one.digest(SECRET), Keys::new(&[1; 32]).digest(SECRET));
}

#[test]
fn a_network_is_a_fence_for_mapped_addresses_too() {
    let keys = keys(&Policy { cidr: vec!["10.0.0.0/8".parse().unwrap()], ..Policy::default() });
    assert!(keys.admit(SECRET, &from("10.1.2.3"), now()).is_ok());
    assert!(keys.admit(SECRET, &from("::ffff:10.1.2.3"), now()).is_ok());
    assert!(matches!(keys.admit(SECRET, &from("11.1.2.3"), now()), Err(Denial::Network(..))));
    assert!(matches!(keys.admit(SECRET, &Caller::default(), now()), Err(Denial::Network(..))));
}

#[test]
fn a_key_bound_to_a_certificate_opens_nothing_without_it() {
    let keys = keys(&Policy { certificate: Some("ab".to_owned()), ..Policy::default() });
    let with = |certificate: Option<&str>| Caller { certificate: certificate.map(str::to_owned), ..from("::1") };
    assert!(keys.admit(SECRET, &with(Some("ab")), now()).is_ok());
    assert!(matches!(keys.admit(SECRET, &with(Some("cd")), now()), Err(Denial::Certificate(_))));
    assert!(matches!(keys.admit(SECRET, &with(None), now()), Err(Denial::Certificate(_))));
}

#[test]
fn a_key_bound_to_a_subject_opens_nothing_without_a_certificate_of_it() {
    let keys = keys(&Policy { subject: Some("CN=web, O=Example".to_owned()), ..Policy::default() });
    let shown = |certificate: Option<&str>, subject: &str| {
        let certificate = certificate.map(str::to_owned);
        Caller { certificate, subject: Some(subject.to_owned()), ..from("::1") }
    };
    assert!(keys.admit(SECRET, &shown(Some("ab"), "CN=web, O=Example"), now()).is_ok());
    assert!(matches!(keys.admit(SECRET, &shown(Some("ab"), "CN=web"), now()), Err(Denial::Certificate(_))));
    assert!(matches!(keys.admit(SECRET, &shown(None, "CN=web, O=Example"), now()), Err(Denial::Certificate(_))));
}

#[test]
fn a_certificate_stands_for_the_one_live_key_that_is_bound_to_it() {
    let keys = Keys::new(&[7; 32]);
    let shown = |certificate: &str| Caller {
        certificate: Some(certificate.to_owned()),
        key: Some(Credential::certificate()),
        ..from("::1")
    };
    let bound = |name: &str, revoked| KeyRecord {
        name: name.to_owned(),
        digest: keys.digest(name),
        revoked,
        ..record(&keys, &Policy { certificate: Some("ab".to_owned()), ..Policy::default() })
    };
    keys.replace(vec![bound("old", Some(now())), record(&keys, &Policy::default())]);
    assert!(keys.knows_certificate(&shown("ab")) && !keys.knows_certificate(&shown("cd")));
    assert_eq!(keys.admit("", &shown("ab"), now()).unwrap_err(), Denial::Revoked("old".to_owned()));
    assert_eq!(keys.admit("", &shown("cd"), now()).unwrap_err(), Denial::Unknown);
    keys.replace(vec![bound("old", Some(now())), bound("new", None)]);
    assert_eq!(keys.admit("", &shown("ab"), now()).unwrap().name, "new");
    assert_eq!(keys.admit("", &Caller { key: None, ..shown("ab") }, now()).unwrap_err(), Denial::Unknown);
    keys.replace(vec![bound("one", None), bound("two", None)]);
    assert_eq!(keys.admit("", &shown("ab"), now()).unwrap_err(), Denial::Several("one, two".to_owned()));
    assert_eq!(keys.admit("one", &shown("ab"), now()).unwrap().name, "one", "a key that is shown is no question");
}

#[test]
fn a_revoked_key_and_an_expired_one_open_nothing() {
    let keys = Keys::new(&[7; 32]);
    let record = record(&keys, &Policy::default());
    keys.replace(vec![KeyRecord { revoked: Some(now()), ..record.clone() }]);
    assert!(matches!(keys.admit(SECRET, &from("::1"), now()), Err(Denial::Revoked(_))));
    keys.replace(vec![KeyRecord { expires: Some(now()), ..record }]);
    assert!(matches!(keys.admit(SECRET, &from("::1"), now()), Err(Denial::Expired(_))));
    assert!(keys.admit(SECRET, &from("::1"), now() - SignedDuration::from_secs(1)).is_ok());
}

#[test]
fn a_key_whose_policy_cannot_be_read_opens_nothing() {
    let keys = Keys::new(&[7; 32]);
    let damaged = KeyRecord { policy: "{".to_owned(), ..record(&keys, &Policy::default()) };
    keys.replace(vec![damaged]);
    assert_eq!(keys.admit(SECRET, &from("::1"), now()).unwrap_err(), Denial::Damaged("web".to_owned()));
}

#[test]
fn a_rate_is_spent_and_comes_back() {
    let keys = keys(&Policy { rate: Some("60/min".parse::<Rate>().unwrap()), ..Policy::default() });
    let key = keys.admit(SECRET, &from("::1"), now()).unwrap();
    assert_eq!(key.spend(60, now()), Ok(()));
    assert_eq!(key.spend(1, now()), Err(now() + SignedDuration::from_secs(1)));
    assert_eq!(key.room_at(2, now()), Some(now() + SignedDuration::from_secs(2)));
    assert_eq!(key.room_at(2, now() + SignedDuration::from_secs(2)), None);
    assert_eq!(key.spend(1, now() + SignedDuration::from_secs(1)), Ok(()));
    let later = now() + SignedDuration::from_secs(3600);
    assert_eq!(key.spend(1000, later), Ok(()), "a large call passes when all of the rate is there");
    assert!(key.spend(1, later).is_err());
    assert_eq!(key.spend(1, now()), Err(now() + SignedDuration::from_secs(3600 + 1000 - 59)), "it is owed");
}

#[test]
fn a_quota_is_used_up_until_the_next_day_and_costs_no_rate() {
    let rate = Some("100/h".parse::<Rate>().unwrap());
    let keys = keys(&Policy { quota: Some(10), rate, ..Policy::default() });
    let key = keys.admit(SECRET, &from("::1"), now()).unwrap();
    let tomorrow = "2026-11-22T00:00:00Z".parse::<Timestamp>().unwrap();
    assert_eq!((key.spend(8, now()), key.spend(3, now())), (Ok(()), Err(tomorrow)));
    assert_eq!((key.spend(2, now()), key.spend(1, now())), (Ok(()), Err(tomorrow)));
    assert_eq!(key.spend(10, tomorrow), Ok(()));
    assert!(key.spend(1, tomorrow).is_err() && keys.repaired("web") == 0);
    key.count_repaired();
    assert_eq!(keys.repaired("web"), 1);
}

#[test]
fn a_key_is_good_for_its_scopes_and_without_any_for_all() {
    let open = |scopes| {
        let keys = keys(&Policy { scopes, ..Policy::default() });
        let key = keys.admit(SECRET, &from("::1"), now()).unwrap();
        [Scope::Send, Scope::Status, Scope::Cancel].map(|scope| std::sync::Arc::clone(&key).good_for(scope).is_ok())
    };
    assert_eq!(open(Vec::new()), [true; 3]);
    assert_eq!(open(vec![Scope::Status]), [false, true, false]);
}

#[test]
fn a_policy_reads_back_as_it_was_written() {
    let policy = Policy {
        scopes: vec![Scope::Send, Scope::Tools],
        quota: Some(7),
        legacy_headers: vec![LegacyHeader::MessageId, LegacyHeader::Cc],
        keep_latin1: true,
        ..Policy::default()
    };
    let text = r#"{"scopes":["send","tools"],"quota":7,"legacy_headers":["message-id","cc"],"keep_latin1":true}"#;
    assert_eq!(serde_json::to_string(&policy).unwrap(), text);
    assert_eq!(serde_json::from_str::<Policy>(text).unwrap(), policy);
    assert_eq!(serde_json::to_string(&Policy::default()).unwrap(), "{}");
}

/// As another rotation leaves the record: the secret of before goes on until then.
fn rotated(keys: &Keys, record: &KeyRecord, secret: &str, until: Timestamp) -> KeyRecord {
    former::rotated(record, keys.digest(secret), until)
}

#[test]
fn a_rotated_key_has_both_secrets_until_the_old_one_ends() {
    let keys = Keys::new(&[7; 32]);
    let until = now() + SignedDuration::from_secs(60);
    keys.replace(vec![rotated(&keys, &record(&keys, &Policy::default()), "new", until)]);
    for secret in [SECRET, "new"] {
        assert_eq!(keys.admit(secret, &from("::1"), now()).unwrap().name, "web");
    }
    assert_eq!(keys.admit(SECRET, &from("::1"), until).unwrap_err(), Denial::Replaced("web".to_owned()));
    assert!(keys.admit("new", &from("::1"), until).is_ok());
}

#[test]
fn a_revoked_key_opens_nothing_with_any_of_its_secrets_whatever_the_clock_says() {
    let keys = Keys::new(&[7; 32]);
    let until = now() + SignedDuration::from_secs(60);
    let once = rotated(&keys, &record(&keys, &Policy::default()), "second", until);
    let twice = rotated(&keys, &once, "third", until);
    keys.replace(vec![KeyRecord { revoked: Some(now()), ..twice }]);
    let day = SignedDuration::from_hours(24);
    for (secret, at) in [SECRET, "second", "third"].into_iter().flat_map(|one| [now() - day, now()].map(|at| (one, at)))
    {
        assert_eq!(
            keys.admit(secret, &from("::1"), at).unwrap_err(),
            Denial::Revoked("web".to_owned()),
            "{secret} {at}"
        );
    }
}

#[test]
fn a_former_secret_that_is_kept_as_a_key_of_its_own_is_revoked_with_its_key() {
    let keys = Keys::new(&[7; 32]);
    let web = record(&keys, &Policy::default());
    let stray = KeyRecord {
        name: "web (until rotated 2026-11-21T12:00:00Z)".to_owned(),
        digest: keys.digest("old"),
        expires: Some(now() + SignedDuration::from_secs(60)),
        ..web.clone()
    };
    keys.replace(vec![web.clone(), stray.clone()]);
    assert_eq!(keys.admit("old", &from("::1"), now()).unwrap().name, "web");
    keys.replace(vec![KeyRecord { revoked: Some(now()), ..web }, stray]);
    assert!(matches!(keys.admit("old", &from("::1"), now()), Err(Denial::Revoked(_))));
}

#[test]
fn what_a_key_has_used_up_outlives_reloads_other_keys_and_its_own_rotation() {
    let keys = Keys::new(&[7; 32]);
    let policy = Policy { rate: Some("2/h".parse::<Rate>().unwrap()), ..Policy::default() };
    let web = record(&keys, &policy);
    let other = KeyRecord { name: "other".to_owned(), digest: keys.digest("other"), ..web.clone() };
    keys.replace(vec![web.clone()]);
    let held = keys.admit(SECRET, &from("::1"), now()).unwrap();
    held.spend(1, now()).unwrap();
    keys.replace(vec![web.clone(), other.clone()]);
    held.spend(1, now()).unwrap();
    let rotated = rotated(&keys, &web, "new", now() + SignedDuration::from_secs(60));
    keys.replace(vec![rotated, other]);
    for secret in [SECRET, "new"] {
        assert!(keys.admit(secret, &from("::1"), now()).unwrap().spend(1, now()).is_err(), "{secret}");
    }
    let other = keys.admit("other", &from("::1"), now()).unwrap();
    assert_eq!(other.spend(2, now()), Ok(()), "each key has a rate of its own");
}
