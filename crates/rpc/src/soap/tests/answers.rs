//! Answers whose call has run: one odd value loses no other, and whatever can be taken for an answer is one.

use super::{call, envelope, lexical, members, read_answer, text};
use crate::captures::bare;
use crate::soap::read_response;
use crate::xml::XmlLimits;
use crate::{Code, Document, Fault, Value};

fn result(body: &str) -> Value {
    read_answer(&envelope(body), &XmlLimits::default()).unwrap().unwrap()
}

fn fault(members: &str) -> Fault {
    let document = envelope(&format!("<s:Fault>{members}</s:Fault>"));
    read_answer(&document, &XmlLimits::default()).unwrap().unwrap_err()
}

/// What .NET makes of a DataSet: its schema, then its rows as a diffgram.
const DATASET: &str = "<x:schema id='D'><x:element name='D'><x:complexType><x:sequence><x:element name='ID' type='x:int'/>\
    <x:element name='Name'/></x:sequence></x:complexType></x:element></x:schema>\
    <d:diffgram xmlns:d='urn:schemas-microsoft-com:xml-diffgram-v1'><D xmlns=''><Table d:id='Table1'><ID>1</ID>\
    </Table><Table d:id='Table2'><ID>2</ID></Table></D></d:diffgram>";

/// The rows of it.
fn rows() -> Value {
    let row = |id: &str| members([("ID", lexical(id))]);
    members([("D", members([("Table", Value::List(vec![row("1"), row("2")]))]))])
}

#[test]
fn a_dataset_is_a_struct_in_answers_and_requests() {
    let Value::Map(dataset) = result(&format!("<rResponse><rResult>{DATASET}</rResult></rResponse>")) else { panic!() };
    assert_eq!(dataset.keys().collect::<Vec<_>>(), ["schema", "diffgram"]);
    assert_eq!(dataset["diffgram"], rows());
    let (_, mut params) = call(&envelope(&format!("<put><data>{DATASET}</data></put>")));
    let Value::Map(sent) = params.remove(0).1 else { panic!() };
    assert_eq!(sent["diffgram"], rows());
}

#[test]
fn only_elements_of_the_encoding_are_typed_by_their_names() {
    let value = |element: &str| call(&envelope(&format!("<f>{element}</f>"))).1.remove(0).1;
    assert_eq!(value("<e:int>7</e:int>"), Value::Int(7));
    assert_eq!(value("<x:int>7</x:int>"), lexical("7"));
    assert_eq!(value("<x:string><a>1</a></x:string>"), members([("a", lexical("1"))]));
    assert_eq!(value("<x:int i:type='x:int'>7</x:int>"), Value::Int(7));
}

#[test]
fn a_value_that_is_none_of_its_type_is_null_a_number_a_truth_value_or_its_text() {
    for (written, read) in [
        ("<a i:type='x:int'/>", Value::Null),
        ("<a i:type='x:dateTime'> </a>", Value::Null),
        ("<a i:type='x:boolean'></a>", Value::Null),
        ("<a i:type='x:string'/>", text("")),
        ("<a i:type='x:unsignedByte'>256</a>", Value::Int(256)),
        ("<a i:type='x:long'>9223372036854775808</a>", Value::Decimal("9223372036854775808".into())),
        ("<a i:type='x:int'>1.50</a>", Value::Decimal("1.50".into())),
        ("<a i:type='x:boolean'>True</a>", Value::Bool(true)),
        ("<a i:type='x:double'>nan</a>", text("nan")),
        ("<a i:type='x:dateTime'>12026-01-02T03:04:05</a>", text("12026-01-02T03:04:05")),
        ("<a i:type='x:dateTime'>2026-01-02</a>", text("2026-01-02")),
        ("<a i:type='x:base64Binary'>*</a>", text("*")),
        ("<a>some <b>bold</b> <i>words</i>.</a>", text("some bold words.")),
        ("<a><b>1</b> and <b>2</b></a>", text("1 and 2")),
        ("<a i:type='x:string'><b>1</b></a>", members([("b", lexical("1"))])),
    ] {
        let whole = result(&format!("<fResponse><r>{written}<good>g</good></r></fResponse>"));
        assert_eq!(whole, members([("a", read), ("good", lexical("g"))]), "{written}");
    }
}

#[test]
fn an_empty_body_is_void_and_stray_text_means_nothing() {
    assert_eq!(result(""), Value::Null);
    assert_eq!(result("<fResponse>\n</fResponse>"), Value::Null);
    assert_eq!(result("<fResponse>stray<r>1</r></fResponse>"), lexical("1"));
    assert_eq!(result("<?a b?><fResponse><?c?><r>1<?d?>2</r></fResponse>"), lexical("12"));
    let mut followed = envelope("<fResponse><r>1</r></fResponse>");
    followed.bytes.extend_from_slice(b"\n<b>Warning</b>: & more");
    assert_eq!(read_answer(&followed, &XmlLimits::default()), Ok(Ok(lexical("1"))));
    let whole = read_response(&envelope("<fResponse>stray<r>1</r></fResponse>"), &XmlLimits::default()).unwrap();
    assert_eq!(whole, Ok(members([("r", lexical("1"))])));
}

#[test]
fn a_fault_keeps_code_and_text_of_whatever_type() {
    let app = |number, sender| Code::Application { number, sender };
    for (written, code, message) in [
        ("<faultcode>s:Client</faultcode><faultstring>no</faultstring>", app(-32000, true), "no"),
        ("<faultcode>42</faultcode><faultstring i:type='x:base64Binary'>bm8=</faultstring>", app(42, false), "no"),
        ("<faultcode i:type='x:int'>42</faultcode><faultstring i:type='x:int'>7</faultstring>", app(42, false), "7"),
        ("<faultcode/><faultstring>a <b>no</b></faultstring>", app(-32000, false), "a no"),
        ("<faultstring>no</faultstring><detail>x<y/>z</detail>", app(-32000, false), "no"),
        ("", app(-32000, false), ""),
    ] {
        let fault = fault(written);
        assert_eq!((fault.code, fault.message.as_str()), (code, message), "{written}");
    }
}

#[test]
fn header_blocks_of_an_answer_need_not_be_understood() {
    let document = |root: &str| {
        bare(format!(
            "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header><o:Security xmlns:o='urn:o' \
             s:mustUnderstand='1'><o:Timestamp/></o:Security></s:Header><s:Body><{root}><r>1</r></{root}></s:Body>\
             </s:Envelope>"
        ))
    };
    let answer: Document = document("fResponse");
    assert_eq!(read_answer(&answer, &XmlLimits::default()), Ok(Ok(lexical("1"))));
    assert_eq!(super::fault(&document("f")).code, Code::MustUnderstand);
}
