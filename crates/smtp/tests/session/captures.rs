//! What real programs sent: Jython's smtplib of 2003, mutt, swaks, SOAP::Lite. The messages must come out as they were.

use crate::player::{Played, settings};

const CAPTURES: [(&[u8], &[u8]); 10] = [
    (include_bytes!("captures/seed-client-zsi.3.smtp"), include_bytes!("captures/seed-client-zsi.3.eml")),
    (include_bytes!("captures/seed-client-zsi.4.smtp"), include_bytes!("captures/seed-client-zsi.4.eml")),
    (include_bytes!("captures/seed-client-zsi.5.smtp"), include_bytes!("captures/seed-client-zsi.5.eml")),
    (include_bytes!("captures/mua-mutt.1.smtp"), include_bytes!("captures/mua-mutt.1.eml")),
    (include_bytes!("captures/mua-mutt-attach.1.smtp"), include_bytes!("captures/mua-mutt-attach.1.eml")),
    (include_bytes!("captures/mua-swaks-attach.1.smtp"), include_bytes!("captures/mua-swaks-attach.1.eml")),
    (include_bytes!("captures/mua-swaks-body.1.smtp"), include_bytes!("captures/mua-swaks-body.1.eml")),
    (include_bytes!("captures/mua-swaks-typed.1.smtp"), include_bytes!("captures/mua-swaks-typed.1.eml")),
    (include_bytes!("captures/perl-soaplite-mailto.1.smtp"), include_bytes!("captures/perl-soaplite-mailto.1.eml")),
    (
        include_bytes!("captures/perl-soaplite-mailto-qp.1.smtp"),
        include_bytes!("captures/perl-soaplite-mailto-qp.1.eml"),
    ),
];

/// The mails that come out of a session that is cut into pieces of so many bytes.
fn mails(session: &[u8], piece: usize) -> Vec<String> {
    let mut settings = settings("");
    settings.limits.message = 10_000;
    let mut played = Played::new(&settings);
    session.chunks(piece).for_each(|bytes| played.feed(bytes));
    assert!(!played.seen.iter().any(|line| line.starts_with("S: 4") || line.starts_with("S: 5")), "{:?}", played.seen);
    played.seen.into_iter().filter(|line| line.starts_with("M: ")).collect()
}

#[test]
fn the_mails_of_real_programs_come_out_as_they_were() {
    for (session, message) in CAPTURES {
        for piece in [session.len(), 1, 7, 512] {
            let mails = mails(session, piece);
            let [mail] = &mails[..] else { panic!("one mail, not {mails:?}") };
            assert!(mail.ends_with(&format!(": \"{}\"", message.escape_ascii())), "{mail}");
        }
    }
}

#[test]
fn the_client_of_2003_writes_its_envelope_in_small_letters() {
    let mails = mails(CAPTURES[0].0, 64);
    assert!(mails[0].starts_with("M: me@fourthought.com -> Mike.Olson@Fourthought.com: "), "{}", mails[0]);
}
