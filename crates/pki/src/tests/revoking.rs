//! What was issued is listed, and what is revoked gets in nowhere.

use diagnostic::Code;

use super::{Authority, OPEN, config, connect, now};
use crate::State;
use crate::served::revoked_rows;

#[test]
fn a_revoked_certificate_is_refused_and_all_others_are_taken() {
    let state = tempfile::tempdir().unwrap();
    let (authority, config) = (Authority::open(state.path(), now()).unwrap(), config(OPEN, state.path()));
    let [one, two] = ["one", "two"].map(|name| {
        let pem = state.path().join(format!("{name}.pem"));
        (authority.issue_to(name, &pem, now()).unwrap().record, pem)
    });
    assert_eq!(authority.issued().unwrap(), [one.0.clone(), two.0.clone()]);
    assert_eq!(authority.revoked().unwrap(), None);
    let (record, is_new) = authority.revoke(&one.0.serial, now()).unwrap();
    assert!(is_new && record.revoked.is_some() && record.serial == one.0.serial);
    assert!(connect(&config, Some(&one.1), "localhost").is_err());
    assert_eq!(connect(&config, Some(&two.1), "localhost"), Ok(Some(two.0.fingerprint.clone())));
    let again = authority.revoke(&one.0.serial, now()).unwrap();
    assert_eq!(again, (record, false), "the time of the first stays");
    // By the first digits, with colons and in capitals too, as other programs show it.
    let shown: Vec<String> =
        two.0.serial.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
    assert!(authority.revoke(&shown[..5].join(":"), now()).unwrap().1);
    assert!(connect(&config, Some(&two.1), "localhost").is_err());
    let states: Vec<State> = authority.issued().unwrap().iter().map(|record| record.state(record.until)).collect();
    assert_eq!(states, [State::Revoked, State::Revoked]);
}

#[test]
fn a_number_that_is_nobodys_or_several_ones_revokes_nothing() {
    let state = tempfile::tempdir().unwrap();
    let authority = Authority::open(state.path(), now()).unwrap();
    let serial = authority.issue("website", now()).unwrap().record.serial;
    for wrong in ["", "00", "ffffffffffff", &serial[..4], &format!("{serial}00"), "website"] {
        assert_eq!(authority.revoke(wrong, now()).unwrap_err().code, Code::NoCertificate, "{wrong}");
    }
    assert!(authority.issued().unwrap()[0].revoked.is_none());
}

#[test]
fn the_list_is_what_others_read_of_a_ca_and_one_from_before_lists_is_taken_by_its_file() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (authority, stranger) =
        (Authority::open(ours.path(), now()).unwrap(), Authority::open(theirs.path(), now()).unwrap());
    let pem = ours.path().join("old.pem");
    let record = authority.issue_to("old", &pem, now()).unwrap().record;
    std::fs::remove_file(ours.path().join("ca/issued")).unwrap();
    let chain = crate::certificates(&pem).unwrap();
    assert_eq!(stranger.adopt(&chain[0]).unwrap_err().code, Code::NoCertificate);
    assert_eq!(authority.adopt(&chain[0]).unwrap(), record);
    authority.revoke(&record.serial, now()).unwrap();
    let list = ours.path().join("crl.pem");
    std::fs::write(&list, authority.revocation_list(now()).unwrap()).unwrap();
    let rows = revoked_rows(&list, now()).unwrap();
    assert_eq!((rows.len(), rows[0].certificates), (1, 1));
    assert!(rows[0].days_left.unwrap() > 3000, "{rows:?}");
    // Another server that trusts the CA refuses by the list.
    let ca = ours.path().join("ca/ca.pem");
    let toml = format!("{OPEN}http.client_ca = {ca:?}\nhttp.client_crl = {list:?}");
    assert!(connect(&config(&toml, theirs.path()), Some(&pem), "localhost").is_err());
    let toml = format!("{OPEN}http.client_ca = {ca:?}");
    assert!(connect(&config(&toml, theirs.path()), Some(&pem), "localhost").is_ok());
}

#[test]
fn whoever_has_a_certificate_gets_another_by_name_or_number() {
    let state = tempfile::tempdir().unwrap();
    let authority = Authority::open(state.path(), now()).unwrap();
    let serial = authority.issue("website", now()).unwrap().record.serial;
    assert_eq!(authority.whose("website").unwrap(), "website");
    assert_eq!(authority.whose(&serial[..8]).unwrap(), "website");
    assert_eq!(authority.whose("webshop").unwrap_err().code, Code::NoCertificate);
}
