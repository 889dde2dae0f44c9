//! Policies as they are written, and the hosts that they name.

use super::{Mode, StsPolicy, id};

fn texts(all: &[&str]) -> Option<String> {
    id(&all.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>())
}

#[test]
fn one_record_has_the_id() {
    assert_eq!(texts(&["v=spf1 -all", "v=STSv1; id=20261128T1;"]).as_deref(), Some("20261128T1"));
    assert_eq!(texts(&["v=STSv1;id=1;x=y"]).as_deref(), Some("1"));
    for none in [&["v=STSv1; id=1", "v=STSv1; id=2"][..], &["id=1; v=STSv1"], &["v=STSv1; id=a-b"], &["v=STSv1"], &[]] {
        assert_eq!(texts(none), None, "{none:?}");
    }
}

#[test]
fn a_policy_is_read_leniently_and_whole() {
    let text = "version: STSv1\r\nmode: enforce\r\nmx: mail.y.example\r\nmx: *.Backup.example.\r\nother: x\r\nmax_age: 86400\r\n";
    let policy = StsPolicy::read(text).unwrap();
    assert_eq!(policy.mode, Mode::Enforce);
    assert_eq!(policy.max_age.as_secs(), 86_400);
    for (host, is_named) in [
        ("mail.y.example", true),
        ("a.backup.example", true),
        ("backup.example", false),
        ("a.b.backup.example", false),
        ("xmail.y.example", false),
    ] {
        assert_eq!(policy.names(host), is_named, "{host}");
    }
    assert_eq!(StsPolicy::read("version: STSv1\nmode: none\nmax_age: 1\n").unwrap().mode, Mode::None);
    assert_eq!(StsPolicy::read(&text.replace("86400", "99999999999")).unwrap().max_age.as_secs(), super::LONGEST);
    for wrong in [
        text.replace("STSv1", "STSv2"),
        text.replace("enforce", "force"),
        text.replace("mx:", "my:"),
        text.replace("max_age: 86400", ""),
        "<html>".to_owned(),
    ] {
        assert_eq!(StsPolicy::read(&wrong), None, "{wrong}");
    }
}
