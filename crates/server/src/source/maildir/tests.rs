//! The names of the files of a Maildir.

use super::Name;

#[test]
fn names_have_a_unique_part_a_claim_and_flags() {
    let read = |name| {
        let Name { base, claimed, flags } = Name::of(name);
        (base.to_owned(), claimed.map(str::to_owned), flags.to_owned())
    };
    let plain = |base: &str, claimed: Option<&str>, flags: &str| {
        (base.to_owned(), claimed.map(str::to_owned), flags.to_owned())
    };
    assert_eq!(read("1.M2.host"), plain("1.M2.host", None, ""));
    assert_eq!(read("1.M2.host,S=12:2,FS"), plain("1.M2.host,S=12", None, "FS"));
    assert_eq!(read("1.host,S=12,Cp=ab:2,F"), plain("1.host,S=12", Some("ab"), "F"));
    assert_eq!(read("1.host:1,x"), plain("1.host", None, ""));
    assert_eq!(Name::of_spot("cur/1.host,Cp=ab:2,RF").seen("S"), "1.host:2,FRS");
    assert_eq!(Name::of_spot("new/1.host").seen(""), "1.host:2,");
}
