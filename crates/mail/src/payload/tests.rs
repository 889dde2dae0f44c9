//! The request in the mails of real programs, and in mails that are none.

use proptest::prelude::*;

use super::{Candidate, LimitError, MimeLimits, Payload, find};
use crate::answer::Packaging;
use crate::mbox::normalise;

fn mail(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn payload(mail: &[u8]) -> Payload<'_> {
    find(mail, &MimeLimits::default()).unwrap()
}

/// The first candidate that a reader of documents would take.
fn request<'c>(candidates: &'c [Candidate<'_>]) -> Option<&'c Candidate<'c>> {
    candidates.iter().find(|candidate| {
        let text: Vec<u8> = candidate.bytes.iter().copied().filter(|&b| b != 0).collect();
        let text = String::from_utf8_lossy(&text);
        text.contains("Envelope") && text.trim_end().ends_with('>') && text.contains("<?xml")
    })
}

#[test]
fn the_request_is_found_in_every_mail_of_the_field() {
    let folder = format!("{}/tests/data", env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.contains("server") || name.contains("bounce") || name.ends_with(".4.msg") {
            continue;
        }
        let octets = mail(&name);
        for octets in [normalise(&octets), octets.iter().copied().filter(|&b| b != b'\r').collect(), octets] {
            let payload = payload(&octets);
            let found = request(&payload.candidates).unwrap_or_else(|| panic!("{name}"));
            let text = String::from_utf8_lossy(&found.bytes).replace('\0', "");
            assert!(text.contains("year") || text.contains("c-gensym3"), "{name}: {text}");
            assert!(found.claims, "{name}");
            seen += 1;
        }
    }
    assert!(seen > 70, "{seen}");
}

#[test]
fn charset_and_action_come_with_the_document() {
    let first = |name: &str| {
        let mail = mail(name);
        let candidate = payload(&mail).candidates.swap_remove(0);
        (candidate.media_type, candidate.charset, candidate.action)
    };
    let said = |media_type: &str, charset: Option<&str>, action: Option<&str>| {
        (media_type.to_owned(), charset.map(str::to_owned), action.map(str::to_owned))
    };
    assert_eq!(first("01-seed-client-zsi-bare-msgid.eml"), said("text/plain", Some("us-ascii"), None));
    assert_eq!(first("02-soaplite-base64-no-msgid.eml"), said("text/xml", None, Some("urn:calendar#getMonth")));
    assert_eq!(first("04-axis14-7bit.eml"), said("text/xml", Some("utf-8"), Some("urn:calendar#getMonth")));
    assert_eq!(first("05-swaks-8bit-no-mime-headers.eml"), said("", None, None));
    let soap12 = said("application/soap+xml", Some("utf-8"), Some("urn:calendar#getMonth"));
    assert_eq!(first("23-py-soap12-base64.eml"), soap12);
}

#[test]
fn a_label_orders_and_the_octet_stream_still_stands() {
    let mail = mail("15-mailutils-attach-octet-stream.eml");
    let types: Vec<String> = payload(&mail).candidates.into_iter().map(|c| c.media_type).collect();
    assert_eq!(types, ["text/xml", "application/octet-stream"]);
}

#[test]
fn the_root_of_related_is_the_only_candidate_there() {
    let mail = mail("26-related-swa-start-cid.eml");
    let payload = payload(&mail);
    assert_eq!(payload.candidates.len(), 1);
    assert_eq!(payload.candidates[0].content_id.as_deref(), Some("root@localhost"));
    let ids: Vec<&str> = payload.parts.iter().map(|part| part.content_id.as_str()).collect();
    assert_eq!(ids, ["other@localhost", "root@localhost"]);
    assert_eq!(&payload.parts[0].bytes[..], b"<notes>not the root part</notes>");
}

#[test]
fn without_a_start_the_first_part_of_related_is_the_root() {
    let mail = b"Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: application/octet-stream\n\nroot\n\
                 --b\nContent-Type: text/xml\n\n<other/>\n--b--\n";
    let payload = payload(mail);
    assert_eq!(payload.candidates.len(), 1);
    assert!(&payload.candidates[0].bytes[..] == b"root" && payload.candidates[0].claims);
}

#[test]
fn parts_inside_signed_and_alternative_are_candidates() {
    let mail =
        b"Content-Type: multipart/signed; boundary=s\n\n--s\nContent-Type: multipart/alternative; boundary=a\n\n\
                 --a\nContent-Type: text/plain\n\nhello\n--a\nContent-Type: application/json\n\n{}\n--a--\n\
                 --s\nContent-Type: application/pgp-signature\n\nxxxx\n--s--\n";
    let types: Vec<String> = payload(mail).candidates.into_iter().map(|c| c.media_type).collect();
    assert_eq!(types, ["application/json", "text/plain"]);
}

#[test]
fn a_letter_claims_nothing() {
    for body in ["hello", "[see below]", "{curly}", "<html><p>Envelope</p></html>\n", ""] {
        let mail = format!("Subject: getMonth\nContent-Type: text/plain\n\n{body}");
        let claims = payload(mail.as_bytes()).candidates[0].claims;
        assert_eq!(claims, body.contains("Envelope"), "{body}");
    }
    assert!(payload(b"Content-Type: text/html\n\n<Envelope/>").candidates.is_empty());
    assert!(payload(b"Content-Type: message/rfc822\n\nContent-Type: text/xml\n\n<a/>").candidates.is_empty());
}

#[test]
fn the_base64_binding_is_recognised_by_its_packaging() {
    let mail = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n\n--b\n\
                Content-Type: application/soap+xml\nContent-Transfer-Encoding: base64\n\nPGEvPg==\n--b--\n";
    assert_eq!(payload(mail.as_bytes()).packaging, Packaging::Base64Multipart);
    let other = mail.replace("\n\n\n--b", "\n\nhello\n--b");
    assert_eq!(payload(other.as_bytes()).packaging, Packaging::Single);
    assert_eq!(&payload(mail.as_bytes()).candidates[0].bytes[..], b"<a/>");
}

#[test]
fn a_document_above_a_footer_is_tried_alone_as_well() {
    let bodies = |body: &str| -> Vec<String> {
        let mail = format!("Content-Type: text/xml\n\n{body}");
        payload(mail.as_bytes()).candidates.iter().map(|c| String::from_utf8_lossy(&c.bytes).into_owned()).collect()
    };
    let document = "<s:Envelope><x/></s:Envelope>";
    let footed = format!("{document}\n_____\nlist <https://list.example>\n");
    assert_eq!(bodies(&footed), [footed.as_str(), document]);
    assert_eq!(bodies("{\"a\":[]}\n-- \nfoot"), ["{\"a\":[]}\n-- \nfoot", "{\"a\":[]}"]);
    assert_eq!(bodies(&format!("{document}\n\n")).len(), 1);
    assert_eq!(bodies("hello\n-- \nfoot").len(), 1);
}

#[test]
fn the_parts_of_a_multipart_that_is_base64_as_a_whole_are_candidates() {
    use base64::Engine as _;
    let inner = "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: text/xml\r\n\
                 Content-ID: <root@x>\r\n\r\n<Envelope/>\r\n--b--\r\n";
    let coded = base64::engine::general_purpose::STANDARD.encode(inner);
    let fields = "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64";
    let mail = format!("{fields}\r\n\r\n{coded}\r\n");
    let payload = payload(mail.as_bytes());
    assert_eq!(
        (payload.candidates[0].media_type.as_str(), &payload.candidates[0].bytes[..]),
        ("text/xml", &b"<Envelope/>"[..])
    );
    assert_eq!((payload.candidates.len(), payload.parts[0].content_id.as_str()), (2, "root@x"));
}

#[test]
fn too_many_parts_are_an_error_of_their_own() {
    let mail = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\n".repeat(10));
    let limits = MimeLimits { max_parts: 5, ..MimeLimits::default() };
    assert_eq!(find(mail.as_bytes(), &limits).unwrap_err(), LimitError::Parts(5));
}

proptest! {
    #[test]
    fn any_octets_are_read_without_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = find(&octets, &MimeLimits::default());
    }
}
