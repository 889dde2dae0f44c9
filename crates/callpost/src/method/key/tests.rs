//! Who is let in with a key, and who is not.

use jiff::{SignedDuration, Timestamp};
use rpc::Caller;
use spool::KeyRecord;

use super::rate::Rate;
use super::{Denial, Keys, Policy};

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
    assert_eq!(key.spend(1, now() + SignedDuration::from_secs(1)), Ok(()));
    let later = now() + SignedDuration::from_secs(3600);
    assert_eq!(key.spend(1000, later), Ok(()), "a large call passes when all of the rate is there");
    assert!(key.spend(1, later).is_err());
    assert_eq!(key.spend(1, now()), Err(now() + SignedDuration::from_secs(3600 + 1000 - 59)), "it is owed");
}
