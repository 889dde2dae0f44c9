//! SOAP as PHP, Perl, Python and the servers of 2003 write it, and as we answer it.

use super::{Style, Version, read, read_answer, write_answer, write_call};
use crate::captures::{bare, http, mail};
use crate::xml::XmlLimits;
use crate::{Call, Code, Document, Fault, Map, MethodName, Params, Provenance, Text, Value};

mod answers;
mod encoded;
mod faults;
mod hostile;
mod round_trip;

fn text(string: &str) -> Value {
    Value::Text(Text { string: string.to_owned(), provenance: Provenance::Unicode })
}

fn lexical(string: &str) -> Value {
    Value::Lexical(Text { string: string.to_owned(), provenance: Provenance::Unicode })
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(members.map(|(name, value)| (name.to_owned(), value)).into())
}

/// The operation and its parameters.
fn call(document: &Document) -> (String, Vec<(String, Value)>) {
    let call = read(document, &XmlLimits::default()).call.unwrap_or_else(|fault| panic!("{fault:?}"));
    match call.params {
        Params::Elements(params) => (call.method.0, params),
        other => panic!("{other:?}"),
    }
}

fn fault(document: &Document) -> Fault {
    read(document, &XmlLimits::default()).call.unwrap_err()
}

fn calendar(names: [&str; 2], value: fn(u16) -> Value) -> (String, Vec<(String, Value)>) {
    let [year, month] = names.map(str::to_owned);
    ("getMonth".to_owned(), vec![(year, value(2003)), (month, value(1))])
}

fn int(number: u16) -> Value {
    Value::Int(number.into())
}

fn written(number: u16) -> Value {
    lexical(&number.to_string())
}

/// A 1.1 envelope around the Body's content, with the usual prefixes.
fn envelope(body: &str) -> Document {
    bare(format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:e='http://schemas.xmlsoap.org/soap/encoding/' \
         xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:x='http://www.w3.org/2001/XMLSchema'><s:Body>{body}</s:Body>\
         </s:Envelope>"
    ))
}

#[test]
fn php_calls_are_read_in_both_versions() {
    for (file, version) in [("php-soap.1.req", Version::V11), ("php-soap.2.req", Version::V12)] {
        let requests = http(file);
        assert_eq!(call(&requests[0]), calendar(["param0", "param1"], int));
        assert_eq!(call(&requests[1]), ("noSuchOperation".into(), vec![("param0".into(), Value::Int(1))]));
        assert_eq!(call(&requests[2]), calendar(["year", "month"], int));
        let reply = read(&requests[0], &XmlLimits::default()).reply;
        assert_eq!((reply.version, reply.style, reply.namespace.as_str()), (version, Style::Encoded, "urn:calendar"));
        assert_eq!(reply.operation, "getMonth");
    }
}

#[test]
fn perl_calls_are_read_in_both_versions() {
    for file in ["perl-soaplite-http.1.req", "perl-soaplite-http12.1.req"] {
        assert_eq!(call(&http(file)[0]), calendar(["c-gensym3", "c-gensym5"], int), "{file}");
    }
    for file in ["perl-soaplite-http.2.req", "perl-soaplite-http12.2.req"] {
        assert_eq!(call(&http(file)[0]).0, "noSuchOperation", "{file}");
    }
    assert_eq!(call(&mail("02-soaplite-base64-no-msgid.eml")), calendar(["c-gensym3", "c-gensym5"], int));
}

#[test]
fn zeep_calls_have_no_types_and_suds_calls_do() {
    let zeep = http("py-zeep-suds.1.req");
    assert_eq!(call(&zeep[0]), calendar(["year", "month"], written));
    assert_eq!(read(&zeep[0], &XmlLimits::default()).reply.style, Style::Literal);
    assert_eq!(call(&zeep[1]).1[1].1, lexical("13"));
    assert_eq!(call(&http("py-zeep-suds.2.req")[0]), calendar(["year", "month"], int));
}

#[test]
fn calls_by_mail_are_read() {
    for (file, year) in
        [("seed-client-zsi.4.eml", 2003), ("seed-client-zsi.3.eml", 2004), ("seed-client-zsi.5.eml", 2005)]
    {
        let expected = vec![("year".into(), Value::Int(year)), ("month".into(), Value::Int(1))];
        assert_eq!(call(&mail(file)), ("getMonth".into(), expected), "{file}");
    }
    let typed =
        ["axis-mail.1.eml", "04-axis14-7bit.eml", "05-swaks-8bit-no-mime-headers.eml", "20-py-utf16-bom-base64.eml"];
    for file in typed {
        assert_eq!(call(&mail(file)), calendar(["year", "month"], int), "{file}");
    }
    let soap12 = mail("23-py-soap12-base64.eml");
    assert_eq!(call(&soap12), calendar(["year", "month"], int));
    assert_eq!(read(&soap12, &XmlLimits::default()).reply.version, Version::V12);
    assert_eq!(call(&mail("40-soap-no-xsitype-qualified-args.eml")), calendar(["year", "month"], written));
    assert_eq!(call(&mail("43-unknown-operation-fault.eml")).0, "getCentury");
}

#[test]
fn a_document_type_is_refused_in_the_version_of_the_envelope() {
    let fault = fault(&mail("36-dtd-must-be-refused.eml"));
    assert_eq!(fault.code, Code::Parse);
    let soap12 = format!("<!DOCTYPE a><s:Envelope xmlns:s='{}'/>", Version::V12.envelope());
    assert_eq!(read(&bare(soap12), &XmlLimits::default()).reply.version, Version::V12);
}

#[test]
fn literal_structs_are_maps_and_repeated_names_are_lists() {
    let document = envelope(
        "<m:send_message xmlns:m='urn:mailer'><api_key>k</api_key><messages><message><to>a</to><from/></message>\
         <message><to> b </to></message></messages><options><tags>x</tags></options></m:send_message>",
    );
    let messages =
        Value::List(vec![members([("to", lexical("a")), ("from", lexical(""))]), members([("to", lexical(" b "))])]);
    let (operation, params) = call(&document);
    assert_eq!(operation, "send_message");
    assert_eq!(params[0], ("api_key".into(), lexical("k")));
    assert_eq!(params[1], ("messages".into(), members([("message", messages)])));
    assert_eq!(params[2], ("options".into(), members([("tags", lexical("x"))])));
}

#[test]
fn names_of_parameters_may_repeat() {
    let (_, params) = call(&envelope("<f><a>1</a><b>2</b><a>3</a></f>"));
    assert_eq!(params.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a", "b", "a"]);
}

#[test]
fn an_action_may_not_name_another_operation() {
    let mut request = http("php-soap.1.req").remove(0);
    request.action = Some("urn:calendar#getYear".into());
    assert_eq!(fault(&request).code, Code::InvalidRequest);
    request.action = Some(String::new());
    assert_eq!(call(&request).0, "getMonth");
}

#[test]
fn getmonth_is_answered_as_it_was_asked() {
    let answer = |document: &Document| {
        let reply = read(document, &XmlLimits::default()).reply;
        String::from_utf8(write_answer(&reply, &Ok(text("    January 2003\n<&>")), "")).unwrap()
    };
    assert_eq!(
        answer(&mail("seed-client-zsi.4.eml")),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns:SOAP-ENC=\"http://schemas.xmlsoap.org/soap/encoding/\"><SOAP-ENV:Body>\
         <m:getMonthResponse xmlns:m=\"urn:calendar\" \
         SOAP-ENV:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><return xsi:type=\"xsd:string\">    January 2003\n&lt;&amp;&gt;</return>\
         </m:getMonthResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    );
    let literal = answer(&http("py-zeep-suds.1.req")[0]);
    assert!(literal.contains("<m:getMonthResponse xmlns:m=\"urn:calendar\"><return>    January"), "{literal}");
    assert!(!literal.contains("xsi"), "{literal}");
    let soap12 = answer(&http("php-soap.2.req")[0]);
    assert!(soap12.contains("xmlns:SOAP-ENV=\"http://www.w3.org/2003/05/soap-envelope\""), "{soap12}");
    assert!(answer(&envelope("<getMonth/>")).contains("<SOAP-ENV:Body><getMonthResponse><return>"));
}

#[test]
fn answers_of_other_servers_are_read() {
    for file in [
        "axis-server-reply.1.eml",
        "axis-server-reply.3.eml",
        "seed-server-zsi-reply.1.eml",
        "seed-server-zsi-reply.2.eml",
    ] {
        match read_answer(&mail(file), &XmlLimits::default()).unwrap().unwrap() {
            Value::Text(month) => assert!(month.string.starts_with("    January 200"), "{file}"),
            other => panic!("{file}: {other:?}"),
        }
    }
    let void = envelope("<r:fResponse xmlns:r='urn:r'/>");
    assert_eq!(read_answer(&void, &XmlLimits::default()), Ok(Ok(Value::Null)));
    for none in ["hello", "<a/>", "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'/>"] {
        assert!(read_answer(&bare(none), &XmlLimits::default()).is_err(), "{none}");
    }
}

#[test]
fn a_call_carries_types_in_declared_order() {
    let params = vec![("year".to_owned(), Value::Int(2003)), ("month".to_owned(), Value::Int(1))];
    let call = Call { method: MethodName("getMonth".into()), params: Params::Elements(params) };
    for version in [Version::V11, Version::V12] {
        let document = bare(write_call(&call, version, "urn:calendar").unwrap());
        let request = read(&document, &XmlLimits::default());
        assert_eq!((request.call.as_ref(), request.reply.version), (Ok(&call), version));
        assert_eq!((request.reply.style, request.reply.namespace.as_str()), (Style::Encoded, "urn:calendar"));
    }
    let named = |name: &str| Params::Named(Map::from([(name.to_owned(), Value::Null)]));
    for (method, params) in
        [("a b", Params::Positional(vec![])), ("a", named("1")), ("a", Params::Positional(vec![text("\u{1}")]))]
    {
        let call = Call { method: MethodName(method.into()), params };
        assert_eq!(write_call(&call, Version::V11, "").unwrap_err().code, Code::InvalidParams, "{method}");
    }
}
