//! The canned answers: by the name of the method, whose first letter is the protocol.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use serde_json::{Value, json};

/// What is to come of an answer.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// This value.
    Result(Value),
    /// The service's fault with its code and text.
    Fault(i64, &'static str),
    /// A fault of ours: nothing was run.
    DidNotRun,
    /// A fault of ours: it may have run.
    MayHaveRun,
}

use Wanted::{DidNotRun, Fault, MayHaveRun, Result};

/// One answer.
pub(super) struct Canned {
    /// The method whose answer it is.
    pub(super) name: &'static str,
    /// All that is sent.
    pub(super) response: Vec<u8>,
    /// What is to come of it.
    pub(super) wanted: Wanted,
}

/// An answer with this status line and these fields, each with its CRLF.
fn with(name: &'static str, head: &str, body: impl AsRef<[u8]>, wanted: Wanted) -> Canned {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {head}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    Canned { name, response: [head.as_bytes(), body].concat(), wanted }
}

/// An ordinary answer.
fn ok(name: &'static str, body: impl AsRef<[u8]>, wanted: Wanted) -> Canned {
    let kind = if name.starts_with('j') { "application/json" } else { "text/xml; charset=utf-8" };
    with(name, &format!("200 OK\r\nContent-Type: {kind}\r\n"), body, wanted)
}

fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\
         <e:Body>{body}</e:Body></e:Envelope>"
    )
}

fn soap(value: &str) -> String {
    envelope(&format!("<m:response xmlns:m=\"urn:x\">{value}</m:response>"))
}

fn xmlrpc(value: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><methodResponse><params><param><value>{value}</value></param></params></methodResponse>"
    )
}

fn xmlrpc_fault(fault: &str) -> String {
    format!("<?xml version=\"1.0\"?><methodResponse><fault>{fault}</fault></methodResponse>")
}

const JSON_ERROR: &str = r#"{"jsonrpc":"2.0","error":{"code":-32601,"message":"No such method"},"id":1}"#;
const MEMBERS: &str = "<struct><member><name>faultCode</name><value><i8>-506</i8></value></member><member>\
                       <name>faultString</name><value>no such method</value></member></struct>";
const SOAP_FAULT: &str = "<e:Fault><faultcode>e:Client</faultcode><faultstring>Bad pin</faultstring></e:Fault>";

fn no_method() -> Wanted {
    Fault(-32601, "No such method")
}

fn bad_pin() -> Wanted {
    Fault(-32000, "Bad pin")
}

fn minus_506() -> Wanted {
    Fault(-506, "no such method")
}

pub(super) fn faults_under_any_status() -> Vec<Canned> {
    let xml = xmlrpc_fault(&format!("<value>{MEMBERS}</value>"));
    let fault = envelope(SOAP_FAULT);
    vec![
        with("j500rpc", "500 Internal Server Error\r\nContent-Type: application/json-rpc\r\n", JSON_ERROR, no_method()),
        with("j404text", "404 Not Found\r\nContent-Type: text/plain\r\n", JSON_ERROR, no_method()),
        with("j400html", "400 Bad Request\r\nContent-Type: text/html\r\n", JSON_ERROR, no_method()),
        with("j503none", "503 Service Unavailable\r\nRetry-After: 9\r\n", JSON_ERROR, no_method()),
        with("j200html", "200 OK\r\nContent-Type: text/html\r\n", JSON_ERROR, no_method()),
        with("j500result", "500 Oops\r\n", r#"{"jsonrpc":"2.0","id":1,"result":[1]}"#, Result(json!([1]))),
        with("x500html", "500 Internal Server Error\r\nContent-Type: text/html\r\n", &xml, minus_506()),
        with("x403text", "403 Forbidden\r\nContent-Type: text/plain\r\n", &xml, minus_506()),
        with("x500none", "500 Internal Server Error\r\n", &xml, minus_506()),
        with("s500html", "500 Internal Server Error\r\nContent-Type: text/html; charset=utf-8\r\n", &fault, bad_pin()),
        with("s400octets", "400 Bad Request\r\nContent-Type: application/octet-stream\r\n", &fault, bad_pin()),
        with("s401none", "401 Unauthorized\r\n", &fault, bad_pin()),
        with("s200fault", "200 OK\r\nContent-Type: text/xml\r\n", &fault, bad_pin()),
        with("s500soap12", "500 Internal Server Error\r\nContent-Type: application/soap+xml\r\n", &fault, bad_pin()),
    ]
}

pub(super) fn statuses_without_an_answer() -> Vec<Canned> {
    let page = "<html><body>Sorry.</body></html>";
    let html =
        |name, status: &str, wanted| with(name, &format!("{status}\r\nContent-Type: text/html\r\n"), page, wanted);
    let spring = r#"{"timestamp":"2026-01-02","status":404,"error":"Not Found","path":"/"}"#;
    let mut all = vec![
        html("j302", "302 Found\r\nLocation: http://127.0.0.1:1/", DidNotRun),
        html("j401", "401 Unauthorized", DidNotRun),
        html("x404", "404 Not Found", DidNotRun),
        html("s405", "405 Method Not Allowed", DidNotRun),
        html("j407", "407 Proxy Authentication Required", DidNotRun),
        html("j408", "408 Request Timeout", MayHaveRun),
        html("x409", "409 Conflict", MayHaveRun),
        html("s413", "413 Content Too Large", DidNotRun),
        html("s415", "415 Unsupported Media Type", DidNotRun),
        html("j421", "421 Misdirected Request", DidNotRun),
        html("j422", "422 Unprocessable Content", MayHaveRun),
        html("j426", "426 Upgrade Required", DidNotRun),
        html("x429", "429 Too Many Requests", DidNotRun),
        html("x500", "500 Internal Server Error", MayHaveRun),
        html("s502", "502 Bad Gateway", MayHaveRun),
        html("s503", "503 Service Unavailable", MayHaveRun),
        html("s503later", "503 Service Unavailable\r\nRetry-After: 120", DidNotRun),
        html("j504", "504 Gateway Timeout", MayHaveRun),
        html("j200page", "200 OK", MayHaveRun),
        html("x200page", "200 OK", MayHaveRun),
        html("s200page", "200 OK", MayHaveRun),
        with("j404json", "404 Not Found\r\nContent-Type: application/json\r\n", spring, DidNotRun),
        with("s404empty", "404 Not Found\r\n", "", DidNotRun),
        with("x200empty", "200 OK\r\nContent-Type: text/xml\r\n", "", MayHaveRun),
    ];
    all.push(Canned { name: "jnothing", response: Vec::new(), wanted: MayHaveRun });
    all
}

pub(super) fn odd_values() -> Vec<Canned> {
    let both = |odd: &str| {
        xmlrpc(&format!(
            "<struct><member><name>good</name><value>1</value></member><member><name>odd</name><value>{odd}</value></member></struct>"
        ))
    };
    let kept = |odd: Value| Result(json!({ "good": "1", "odd": odd }));
    let typed =
        |kind: &str, text: &str| soap(&format!("<r><good>1</good><odd xsi:type=\"xs:{kind}\">{text}</odd></r>"));
    let (no, good) = (minus_506, |value: Value| Result(value));
    vec![
        ok("xdate", both("<dateTime.iso8601/>"), kept(Value::Null)),
        ok(
            "xyear",
            both("<dateTime.iso8601>12026-01-02T03:04:05</dateTime.iso8601>"),
            kept(json!("12026-01-02T03:04:05")),
        ),
        ok("xnan", both("<double>nan</double>"), kept(json!("nan"))),
        ok("xbig", both("<i4>3000000000</i4>"), kept(json!(3_000_000_000_u64))),
        ok("xint", both("<int/>"), kept(Value::Null)),
        ok("xtrue", both("<boolean>True</boolean>"), kept(json!(true))),
        ok("xmixed", both("a <b>bold</b> word"), kept(json!("a bold word"))),
        ok(
            "xtype",
            both("<ex:dateTime xmlns:ex=\"http://ws.apache.org/xmlrpc/namespaces/extensions\">2026</ex:dateTime>"),
            kept(json!("2026")),
        ),
        ok("xbare", xmlrpc_fault(MEMBERS), no()),
        ok("xfaulttext", xmlrpc_fault("<value><string>no such method</string></value>"), Fault(0, "no such method")),
        ok(
            "xfaultbase64",
            xmlrpc_fault("<value><base64>bm8gc3VjaCBtZXRob2Q=</base64></value>"),
            Fault(0, "no such method"),
        ),
        ok("xfaultint", xmlrpc_fault("<value><int>7</int></value>"), Fault(0, "7")),
        ok("sint", typed("int", ""), kept(Value::Null)),
        ok("strue", typed("boolean", "True"), kept(json!(true))),
        ok("sbyte", typed("unsignedByte", "3000000000"), kept(json!(3_000_000_000_u64))),
        ok("snan", typed("double", "nan"), kept(json!("nan"))),
        ok("syear", typed("dateTime", "12026-01-02T03:04:05"), kept(json!("12026-01-02T03:04:05"))),
        ok("smixed", soap("<r>a <b>bold</b> word</r>"), good(json!("a bold word"))),
        ok(
            "sheader",
            soap("<r>1</r>").replace(
                "<e:Body>",
                "<e:Header><o:Security xmlns:o=\"urn:o\" e:mustUnderstand=\"1\"/></e:Header><e:Body>",
            ),
            good(json!("1")),
        ),
        ok(
            "sfaultint",
            envelope(
                "<e:Fault><faultcode xsi:type=\"xs:int\">7</faultcode><faultstring xsi:type=\"xs:base64Binary\">bm8=</faultstring></e:Fault>",
            ),
            Fault(7, "no"),
        ),
        ok("jnan", r#"{"jsonrpc":"2.0","id":1,"result":[NaN,1]}"#, good(json!(["NaN", 1]))),
        ok("jfalse", r#"{"id":1,"result":1,"error":false}"#, good(json!(1))),
        ok("jtail", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1}\n<!-- 3 ms -->", good(json!(1))),
    ]
}

pub(super) fn void() -> Vec<Canned> {
    let null = || Result(Value::Null);
    vec![
        ok("sbody", envelope(""), null()),
        ok("snothing", "", null()),
        with("s202", "202 Accepted\r\n", "", null()),
        with("s500void", "500 Oops\r\nContent-Type: text/xml\r\n", envelope(""), null()),
        with("s204", "204 No Content\r\n", "", null()),
        ok("sresponse", soap(""), null()),
        ok("jnone", r#"{"jsonrpc":"2.0","id":1}"#, null()),
        ok("jempty", "", null()),
        ok("xparams", "<?xml version=\"1.0\"?><methodResponse><params/></methodResponse>", null()),
        ok("xnothing", "<?xml version=\"1.0\"?><methodResponse></methodResponse>", null()),
    ]
}

/// Deflate as HTTP means it, in zlib's wrapper.
fn deflated(body: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Deflate without its wrapper, as some servers send it.
fn deflated_bare(body: &str) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn gzip(body: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn packed() -> Vec<Canned> {
    let (json, one) = (r#"{"jsonrpc":"2.0","id":1,"result":"ok"}"#, || Result(json!("ok")));
    let xml = xmlrpc("<string>ok</string>");
    let fault = envelope(SOAP_FAULT);
    let members = [gzip(&json[..9]), gzip(&json[9..])].concat();
    let whole = ok("jshort", json, one());
    let short = String::from_utf8(whole.response).unwrap().replace("Content-Length: ", "Content-Length: 1");
    vec![
        with("jgzip", "200 OK\r\nContent-Encoding: gzip\r\n", gzip(json), one()),
        with("jmembers", "200 OK\r\nContent-Encoding: gzip\r\n", members, one()),
        with("jzlib", "200 OK\r\nContent-Encoding: deflate\r\n", deflated(json), one()),
        with("jraw", "200 OK\r\nContent-Encoding: deflate\r\n", deflated_bare(json), one()),
        with("junsaid", "200 OK\r\n", gzip(json), one()),
        with("jlie", "200 OK\r\nContent-Encoding: gzip\r\n", json, one()),
        with("xgzip", "200 OK\r\nContent-Type: text/xml\r\nContent-Encoding: x-gzip\r\n", gzip(&xml), one()),
        with(
            "sgzip",
            "200 OK\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\n",
            gzip(&soap("<r>ok</r>")),
            one(),
        ),
        with("sgzipfault", "500 Oops\r\nContent-Encoding: gzip\r\n", gzip(&fault), bad_pin()),
        with("jfolded", "200 OK\r\nX-Note: a\r\n b\r\n", json, one()),
        with("jspace", "200 OK\r\nX-Note : a\r\nContent-Type : application/json\r\n", json, one()),
        with("jinvalid", "200 OK\r\nX Note: a\r\nno field at all\r\n", json, one()),
        with("scharset", "200 OK\r\nContent-Type: text/xml; charset=none\r\n", soap("<r>ok</r>"), one()),
        with(
            "slatin",
            "200 OK\r\nContent-Type: text/xml; charset=iso-8859-1\r\n",
            soap("<r>é</r>"),
            Result(json!("é")),
        ),
        Canned { name: "jshort", response: short.into_bytes(), wanted: one() },
    ]
}

/// A document as the root of a package, beside an attachment.
fn package(name: &'static str, status: &str, (kind, root): (&str, &str), wanted: Wanted) -> Canned {
    let body = format!(
        "--uuid:B1\r\nContent-Type: {kind}; charset=UTF-8; type=\"text/xml\"\r\nContent-Transfer-Encoding: binary\r\n\
         Content-ID: <root@x>\r\n\r\n{root}\r\n--uuid:B1\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\
         Content-ID: <image@x>\r\n\r\n\u{1}\n\u{2}\r\n--uuid:B1--\r\n"
    );
    let fields = format!(
        "{status}\r\nContent-Type: multipart/related; type=\"{kind}\"; boundary=\"uuid:B1\"; start=\"<root@x>\"; \
         start-info=\"text/xml\"\r\n"
    );
    with(name, &fields, body, wanted)
}

pub(super) fn in_parts() -> Vec<Canned> {
    let include = soap("<r><x:Include xmlns:x=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:image@x\"/></r>");
    let xop = "application/xop+xml";
    vec![
        package("smtom", "200 OK", (xop, &soap("<r>ok</r>")), Result(json!("ok"))),
        package("sinclude", "200 OK", (xop, &include), Result(json!("AQoC"))),
        package("sswa", "200 OK", ("text/xml", &soap("<r href=\"cid:image@x\"/>")), Result(json!("AQoC"))),
        package("smtomfault", "500 Internal Server Error", (xop, &envelope(SOAP_FAULT)), bad_pin()),
        package("sswafault", "500 Internal Server Error", ("text/xml", &envelope(SOAP_FAULT)), bad_pin()),
    ]
}

pub(super) fn datasets() -> Vec<Canned> {
    let schema = "<xs:schema id=\"D\" xmlns=\"\"><xs:element name=\"D\"><xs:complexType><xs:choice maxOccurs=\"unbounded\"/>\
                  </xs:complexType></xs:element></xs:schema>";
    let rows = "<d:diffgram xmlns:d=\"urn:schemas-microsoft-com:xml-diffgram-v1\"><D xmlns=\"\"><T d:id=\"T1\"><ID>1</ID></T>\
                <T d:id=\"T2\"><ID>2</ID></T></D></d:diffgram>";
    let wanted = json!({
        "schema": { "element": { "complexType": { "choice": "" } } },
        "diffgram": { "D": { "T": [{ "ID": "1" }, { "ID": "2" }] } },
    });
    vec![ok("sdataset", soap(&format!("<r>{schema}{rows}</r>")), Result(wanted))]
}

/// A WSDL, and what its one method answers; both packed.
pub(super) fn wsdl() -> Vec<Canned> {
    let wsdl = "<w:definitions xmlns:w=\"http://schemas.xmlsoap.org/wsdl/\" xmlns:s=\"http://schemas.xmlsoap.org/wsdl/soap/\" \
                xmlns:x=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"urn:x\" targetNamespace=\"urn:x\"><w:message name=\"in\">\
                <w:part name=\"a\" type=\"x:int\"/><w:part name=\"b\" type=\"x:int\"/></w:message><w:message name=\"out\">\
                <w:part name=\"r\" type=\"x:int\"/></w:message><w:portType name=\"p\"><w:operation name=\"sadd\"><w:input \
                message=\"t:in\"/><w:output message=\"t:out\"/></w:operation></w:portType><w:binding name=\"b\" type=\"t:p\">\
                <s:binding style=\"rpc\" transport=\"http://schemas.xmlsoap.org/soap/http\"/><w:operation name=\"sadd\">\
                <s:operation soapAction=\"\"/><w:input><s:body use=\"literal\" namespace=\"urn:x\"/></w:input><w:output>\
                <s:body use=\"literal\" namespace=\"urn:x\"/></w:output></w:operation></w:binding></w:definitions>";
    let head = "200 OK\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\n";
    let sum = Result(json!(5));
    vec![with("wsdl", head, gzip(wsdl), sum.clone()), with("sadd", head, gzip(&soap("<r>5</r>")), sum)]
}

/// All of them.
pub(super) fn all() -> Vec<Canned> {
    [faults_under_any_status(), statuses_without_an_answer(), odd_values(), void(), packed(), in_parts(), datasets()]
        .into_iter()
        .flatten()
        .collect()
}
