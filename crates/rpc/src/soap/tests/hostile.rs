//! Documents that mean harm.

use super::{Code, Version, bare, envelope, fault, read, read_answer};
use crate::xml::XmlLimits;
use proptest::prelude::*;

#[test]
fn references_in_a_circle_end() {
    for circle in [
        "<f><a href='#1'/></f><m id='1' href='#1'/>",
        "<f><a href='#1'/></f><m id='1'><b href='#2'/></m><m id='2'><c href='#1'/></m>",
        "<f id='1'><a href='#1'/></f>",
    ] {
        assert_eq!(fault(&envelope(circle)).code, Code::InvalidRequest, "{circle}");
    }
}

#[test]
fn references_cannot_blow_a_document_up() {
    let doubling: String =
        (0..30).map(|n| format!("<m id='{n}'><a href='#{0}'/><b href='#{0}'/></m>", n + 1)).collect();
    assert_eq!(fault(&envelope(&format!("<f><a href='#0'/></f>{doubling}<m id='30'/>"))).code, Code::InvalidRequest);
    let large = "x".repeat(100_000);
    let many = "<a href='#1'/>".repeat(1000);
    assert_eq!(fault(&envelope(&format!("<f>{many}</f><m id='1'>{large}</m>"))).code, Code::InvalidRequest);
    let few = "<a href='#1'/>".repeat(5);
    assert!(read(&envelope(&format!("<f>{few}</f><m id='1'>{large}</m>")), &XmlLimits::default()).call.is_ok());
}

#[test]
fn hostile_shapes_have_their_codes() {
    let deep = |n: usize| format!("<f>{}{}</f>", "<a>".repeat(n), "</a>".repeat(n));
    assert_eq!(fault(&envelope(&deep(2000))).code, Code::InvalidRequest);
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=''")).collect();
    assert!(read(&envelope(&format!("<f{attributes}/>")), &XmlLimits::default()).call.is_ok());
    assert_eq!(fault(&envelope(&format!("<f>{}</f>", "<a/>".repeat(1_000_000)))).code, Code::InvalidRequest);
    let roots = "<m xmlns:e='http://schemas.xmlsoap.org/soap/encoding/' e:root='0'/>".repeat(20_000);
    assert!(read(&envelope(&roots), &XmlLimits::default()).call.is_ok());
    for (document, code) in [
        ("<f/></s:Body></s:Envelope><x/><s:Envelope><s:Body>", Code::Parse),
        ("<f>&undefined;</f>", Code::Parse),
        ("<f>\0</f>", Code::Parse),
        ("<f><?pi?></f>", Code::Parse),
        ("", Code::InvalidRequest),
        ("<s:Fault/>", Code::InvalidRequest),
    ] {
        assert_eq!(fault(&envelope(document)).code, code, "{document:?}");
    }
    assert_eq!(fault(&bare("hello")).code, Code::Parse);
    assert_eq!(fault(&bare("<a/>")).code, Code::InvalidRequest);
    assert_eq!(fault(&bare("<a/><a/>")).code, Code::Parse);
    let prefixes: String = (0..200).map(|number| format!(" xmlns:p{number}='u'")).collect();
    assert_eq!(fault(&envelope(&format!("<f{prefixes}><p199:b/></f>"))).code, Code::InvalidRequest);
    assert_eq!(fault(&bare(b"<a>\xff</a>")).code, Code::BadEncoding);
}

fn pieces() -> impl Strategy<Value = String> {
    let pieces = "<f>¦</f>¦<a>¦</a>¦<a href='#1'/>¦<m id='1'>¦</m>¦<a i:type='x:int'>¦7¦<a e:arrayType='x:int[2]'>¦<a i:nil='1'/>¦ ¦text¦&amp;¦\
        <s:Fault>¦</s:Fault>¦<faultcode>¦</faultcode>¦<a e:root='0'/>";
    let pieces: Vec<&str> = pieces.split('¦').collect();
    proptest::collection::vec(proptest::sample::select(pieces), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_body_is_read_without_panic(body in pieces()) {
        let document = envelope(&body);
        let request = read(&document, &XmlLimits::default());
        prop_assert_eq!(request.reply.version, Version::V11);
        let _ = read_answer(&document, &XmlLimits::default());
    }

    #[test]
    fn any_octets_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bare(&bytes), &XmlLimits::default()).call.is_err());
        prop_assert!(read_answer(&bare(&bytes), &XmlLimits::default()).is_err());
    }
}
