//! Faults and header blocks.

use super::{Code, Document, Fault, Value, Version, bare, call, fault, mail, read, read_answer, text, write_answer};
use crate::xml::XmlLimits;

fn answer(document: &Document) -> String {
    let request = read(document, &XmlLimits::default());
    let outcome = request.call.map(|_| text("done"));
    String::from_utf8(write_answer(&request.reply, &outcome, "")).unwrap()
}

fn soap12(header: &str) -> Document {
    bare(format!(
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' xmlns:w='http://www.w3.org/2005/08/addressing' \
         xmlns:t='urn:t'><s:Header>{header}</s:Header><s:Body><f xmlns='urn:f'/></s:Body></s:Envelope>"
    ))
}

#[test]
fn a_block_that_must_be_understood_is_a_fault_of_its_own() {
    let refused = mail("42-soap-mustunderstand-unknown-header.eml");
    assert_eq!(fault(&refused).code, Code::MustUnderstand);
    let answer11 = answer(&refused);
    assert!(answer11.contains("<faultcode>SOAP-ENV:MustUnderstand</faultcode>"), "{answer11}");
    assert!(!answer11.contains("detail") && !answer11.contains("Header"), "{answer11}");
    let answer12 = answer(&soap12("<t:tx s:mustUnderstand='true'><t:a/></t:tx>"));
    assert!(answer12.contains("<SOAP-ENV:NotUnderstood xmlns:h=\"urn:t\" qname=\"h:tx\"/>"), "{answer12}");
    assert!(answer12.contains("<SOAP-ENV:Value>SOAP-ENV:MustUnderstand</SOAP-ENV:Value>"), "{answer12}");
}

#[test]
fn blocks_for_other_roles_and_optional_ones_are_ignored() {
    for fine in [
        "<t:tx s:mustUnderstand='0'/>",
        "<t:tx/>",
        "<t:tx s:mustUnderstand='1' s:role='http://example.org/proxy'/>",
        "<t:tx s:mustUnderstand='1' s:role='http://www.w3.org/2003/05/soap-envelope/role/none'/>",
        "<w:To s:mustUnderstand='1'>mailto:a@b</w:To><w:MessageID s:mustUnderstand='1'>urn:id:1</w:MessageID>",
    ] {
        assert_eq!(call(&soap12(fine)).0, "f", "{fine}");
    }
    for role in ["next", "ultimateReceiver"] {
        let role = format!("<t:tx s:mustUnderstand='1' s:role='http://www.w3.org/2003/05/soap-envelope/role/{role}'/>");
        assert_eq!(fault(&soap12(&role)).code, Code::MustUnderstand);
    }
}

#[test]
fn an_envelope_of_another_version_is_told_which_are_spoken() {
    let other =
        bare("<s:Envelope xmlns:s='http://www.w3.org/2001/12/soap-envelope'><s:Body><f/></s:Body></s:Envelope>");
    assert_eq!(fault(&other).code, Code::VersionMismatch);
    let answer11 = answer(&other);
    assert!(answer11.contains("<faultcode>SOAP-ENV:VersionMismatch</faultcode>"), "{answer11}");
    let of_12 = answer(&Document { media_type: "application/soap+xml".into(), ..other });
    assert!(of_12.contains("<SOAP-ENV:Value>SOAP-ENV:VersionMismatch</SOAP-ENV:Value>"), "{of_12}");
    assert_eq!(of_12.matches("SupportedEnvelope qname=\"e:Envelope\"").count(), 2, "{of_12}");
    assert!(roxmltree::Document::parse(&of_12).is_ok() && roxmltree::Document::parse(&answer11).is_ok());
}

#[test]
fn faults_survive_the_round_trip_in_both_versions() {
    let detail = Value::Map([("trace".to_owned(), text("t-1"))].into());
    let mut invalid = Fault::new(Code::InvalidParams, "A <text> is wanted.").at("messages[3][0]");
    invalid.detail = Some(Box::new(detail));
    let said_no = |sender| Fault::new(Code::Application { number: -32005, sender }, "No.");
    for request in [super::envelope("<f/>"), soap12("")] {
        for fault in [invalid.clone(), Fault::new(Code::Internal, "Ours."), said_no(true), said_no(false)] {
            let reply = read(&request, &XmlLimits::default()).reply;
            let document = bare(write_answer(&reply, &Err(fault.clone()), ""));
            assert!(roxmltree::Document::parse(std::str::from_utf8(&document.bytes).unwrap()).is_ok());
            let back = read_answer(&document, &XmlLimits::default()).unwrap().unwrap_err();
            assert_eq!((back.code, &back.message, &back.path), (fault.code, &fault.message, &fault.path));
        }
    }
}

#[test]
fn faults_have_the_words_of_their_version() {
    let unknown = Err(Fault::new(Code::UnknownMethod, "There is no f."));
    let write = |document: &Document| {
        String::from_utf8(write_answer(&read(document, &XmlLimits::default()).reply, &unknown, "t-1")).unwrap()
    };
    let of_11 = write(&super::envelope("<f/>"));
    assert!(of_11.contains(
        "<SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode><faultstring>There is no f.</faultstring><detail>\
         <f:fault xmlns:f=\"urn:callpost:fault\"><code>-32601</code><trace>t-1</trace></f:fault></detail></SOAP-ENV:Fault>"
    ));
    let of_12 = write(&soap12(""));
    assert!(of_12.contains("<SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value><SOAP-ENV:Subcode>"), "{of_12}");
    assert!(
        of_12.contains("<SOAP-ENV:Reason><SOAP-ENV:Text xml:lang=\"en\">There is no f.</SOAP-ENV:Text>"),
        "{of_12}"
    );
}

#[test]
fn faults_of_other_servers_are_read() {
    let read = |name: &str| read_answer(&mail(name), &XmlLimits::default()).unwrap().unwrap_err();
    let axis = read("axis-server-reply.2.eml");
    assert_eq!(axis.code, Code::Application { number: -32000, sender: true });
    assert_eq!(axis.message, "No such operation 'noSuch'");
    assert!(format!("{:?}", axis.detail).contains("RPCProvider.java:312"));
    for (file, sender, message) in [
        ("seed-server-zsi-reply.3.eml", false, "Processing Failure"),
        ("seed-server-zsi-reply.4.eml", true, "Unparseable message"),
        ("seed-server-zsi-reply.5.eml", false, "Processing Failure"),
    ] {
        let fault = read(file);
        assert_eq!(
            (fault.code, fault.message.as_str()),
            (Code::Application { number: -32000, sender }, message),
            "{file}"
        );
    }
}

#[test]
fn addressing_is_read_and_related_to() {
    let request = soap12(
        "<w:MessageID>urn:id:1</w:MessageID><w:MessageID s:role='urn:other'>urn:id:2</w:MessageID><w:Action> urn:f:f </w:Action><w:To>mailto:b@x</w:To>\
         <w:ReplyTo><w:Address>mailto:a@x</w:Address><w:ReferenceParameters><t:a>1</t:a></w:ReferenceParameters></w:ReplyTo>\
         <w:RelatesTo>urn:id:0</w:RelatesTo>",
    );
    let addressing = read(&request, &XmlLimits::default()).reply.addressing.unwrap();
    assert_eq!(addressing.message_id.as_deref(), Some("urn:id:1"));
    assert_eq!((addressing.action.as_deref(), addressing.to.as_deref()), (Some("urn:f:f"), Some("mailto:b@x")));
    assert_eq!((addressing.reply_to.as_deref(), addressing.fault_to), (Some("mailto:a@x"), None));
    assert_eq!(addressing.relates_to, ["urn:id:0"]);
    let answer = answer(&request);
    for block in [">urn:id:1</wsa:RelatesTo>", ">mailto:a@x</wsa:To>", ">urn:f:fResponse</wsa:Action>"] {
        assert!(answer.contains(block), "{answer}");
    }
    assert!(super::read(&soap12(""), &XmlLimits::default()).reply.addressing.is_none());
    assert_eq!(Version::of_envelope("urn:x"), None);
}

/// WS-Addressing 1.0 – SOAP Binding §6: header blocks, wanted subcodes outermost first, wanted detail.
#[test]
fn addressing_that_cannot_be_obeyed_has_the_faults_that_are_defined_for_it() {
    let id = "<w:MessageID>urn:id:1</w:MessageID>";
    let missing = "<w:Action>urn:f:f</w:Action>".to_owned();
    let twice = format!("{id}<w:To>mailto:a@x</w:To><w:To>mailto:b@x</w:To>");
    let other = format!("{id}<w:Action>urn:f:g</w:Action>");
    let header_of = |name: &str| format!("<wsa:ProblemHeaderQName>wsa:{name}</wsa:ProblemHeaderQName>");
    let action = "<wsa:ProblemAction><wsa:Action>urn:f:g</wsa:Action></wsa:ProblemAction>".to_owned();
    let cases = [
        (&missing, None, &["MessageAddressingHeaderRequired"][..], header_of("MessageID")),
        (&twice, None, &["InvalidAddressingHeader", "InvalidCardinality"], header_of("To")),
        (&other, None, &["ActionNotSupported"], action.clone()),
        (&other, Some("urn:f:f"), &["InvalidAddressingHeader", "ActionMismatch"], action),
    ];
    for (header, soap_action, codes, detail) in cases {
        let request = Document { action: soap_action.map(str::to_owned), ..soap12(header) };
        let answer12 = answer(&request);
        let values: String =
            codes.iter().map(|c| format!("<SOAP-ENV:Subcode><SOAP-ENV:Value>wsa:{c}</SOAP-ENV:Value>")).collect();
        assert!(
            answer12.contains(&format!("<SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value>{values}</SOAP-ENV:Subcode>")),
            "{answer12}"
        );
        assert!(answer12.contains(&format!("<SOAP-ENV:Detail>{detail}</SOAP-ENV:Detail>")), "{answer12}");
        assert!(answer12.contains(">http://www.w3.org/2005/08/addressing/fault</wsa:Action>"), "{answer12}");
        let related = if *header == missing { "http://www.w3.org/2005/08/addressing/unspecified" } else { "urn:id:1" };
        assert!(answer12.contains(&format!(">{related}</wsa:RelatesTo>")), "{answer12}");
        let text = String::from_utf8(request.bytes).unwrap();
        let text = text.replace("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/");
        let answer11 = answer(&Document { action: soap_action.map(str::to_owned), ..bare(text) });
        assert!(answer11.contains(&format!("<faultcode>wsa:{}</faultcode>", codes[codes.len() - 1])), "{answer11}");
        assert!(
            answer11.contains(&format!("{detail}</wsa:FaultDetail>")) && !answer11.contains("<detail"),
            "{answer11}"
        );
    }
}

#[test]
fn blocks_that_zeep_writes_twice_are_no_fault() {
    let block =
        |id: u8| format!("<w:Action>urn:f:f</w:Action><w:MessageID>urn:id:{id}</w:MessageID><w:To>mailto:a@x</w:To>");
    let request = read(&soap12(&(block(1) + &block(2))), &XmlLimits::default());
    assert!(request.call.is_ok(), "{:?}", request.call);
    assert_eq!(request.reply.addressing.unwrap().message_id.as_deref(), Some("urn:id:1"));
}

#[test]
fn what_is_no_fault_of_addressing_has_another_action() {
    let unknown = "<t:tx s:mustUnderstand='true'/><w:MessageID>urn:id:1</w:MessageID>";
    let answer = answer(&soap12(unknown));
    assert!(answer.contains(">http://www.w3.org/2005/08/addressing/soap/fault</wsa:Action>"), "{answer}");
}

#[test]
fn where_no_answer_is_wanted_no_id_is_needed() {
    let none = "<w:Address>http://www.w3.org/2005/08/addressing/none</w:Address>";
    assert_eq!(call(&soap12(&format!("<w:ReplyTo>{none}</w:ReplyTo>"))).0, "f");
}

#[test]
fn the_submission_of_2004_has_its_own_names() {
    let request = soap12("<o:Action xmlns:o='http://schemas.xmlsoap.org/ws/2004/08/addressing'>urn:f:f</o:Action>");
    let answer = answer(&request);
    assert!(answer.contains("<SOAP-ENV:Value>wsa:MessageInformationHeaderRequired</SOAP-ENV:Value>"), "{answer}");
    assert!(
        answer.contains(">http://schemas.xmlsoap.org/ws/2004/08/addressing/id/unspecified</wsa:RelatesTo>"),
        "{answer}"
    );
    assert!(answer.contains(">http://schemas.xmlsoap.org/ws/2004/08/addressing/fault</wsa:Action>"), "{answer}");
}
