//! Answers whose call has run: one odd value loses no other, and whatever can be taken for an answer is one.

use super::{bare, items, members, read_answer, text};
use crate::xml::XmlLimits;
use crate::{Code, Fault, Map, Value};

fn result(params: &str) -> Value {
    let document = bare(format!("<methodResponse>{params}</methodResponse>"));
    read_answer(&document, &XmlLimits::default()).unwrap().unwrap()
}

fn fault(fault: &str) -> Fault {
    let document = bare(format!("<methodResponse><fault>{fault}</fault></methodResponse>"));
    read_answer(&document, &XmlLimits::default()).unwrap().unwrap_err()
}

#[test]
fn a_value_that_is_none_of_its_type_is_null_a_number_a_truth_value_or_its_text() {
    for (written, read) in [
        ("<dateTime.iso8601/>", Value::Null),
        ("<int> </int>", Value::Null),
        ("<i4/>", Value::Null),
        ("<double></double>", Value::Null),
        ("<boolean/>", Value::Null),
        ("<base64/>", Value::Bytes(Vec::new())),
        ("<i4>3000000000</i4>", Value::Int(3_000_000_000)),
        ("<int>-99999999999999999999</int>", Value::Decimal("-99999999999999999999".into())),
        ("<i1>128</i1>", Value::Int(128)),
        ("<int>1.5</int>", Value::Decimal("1.5".into())),
        ("<int>1e3</int>", Value::Double(1000.0)),
        ("<boolean>True</boolean>", Value::Bool(true)),
        ("<boolean> FALSE</boolean>", Value::Bool(false)),
        ("<boolean>maybe</boolean>", text("maybe")),
        ("<double>nan</double>", text("nan")),
        ("<double>-inf</double>", text("-inf")),
        ("<double>1,5</double>", text("1,5")),
        ("<dateTime.iso8601>12026-01-02T03:04:05</dateTime.iso8601>", text("12026-01-02T03:04:05")),
        ("<dateTime.iso8601>0</dateTime.iso8601>", text("0")),
        ("<base64>*</base64>", text("*")),
        ("<base64>aA1=</base64>", Value::Bytes(b"h\r".to_vec())),
        ("<nil>x</nil>", text("x")),
        ("<long>5</long>", Value::Int(5)),
        ("<uuid>f00</uuid>", text("f00")),
        ("some <b>bold</b> words", text("some bold words")),
        ("x<int>1</int>y", text("x1y")),
        ("<int>1</int> y", text("1 y")),
        ("<string>a <i>b</i> c</string>", text("a b c")),
        ("\n <int>1</int>\n ", Value::Int(1)),
        ("<int>1</int><int>2</int>", Value::Int(1)),
        ("x<struct/>", Value::Map(Map::new())),
        ("  ", text("  ")),
    ] {
        let list = format!(
            "<params><param><value><array><data><value>{written}</value><value>good</value></data></array></value>\
             </param></params>"
        );
        assert_eq!(items(&result(&list)), [read, text("good")], "{written}");
    }
}

#[test]
fn void_and_oddly_wrapped_answers_are_answers() {
    for void in ["", "<params/>", "<params><param/></params>", "<params>\n</params>"] {
        assert_eq!(result(void), Value::Null, "{void}");
    }
    for one in [
        "<params><param><value><int>1</int></value></param><param><value>2</value></param></params>",
        "<params><value><int>1</int></value></params>",
        "<value><int>1</int></value>",
        "<params><param><int>1</int></param></params>",
        "<params>stray<param>\n<value><int>1</int></value></param></params>",
    ] {
        assert_eq!(result(one), Value::Int(1), "{one}");
    }
    let instructed = "<?xml version='1.0'?><?xml-stylesheet href='a'?><methodResponse><params><param><value><?a b?><string>1\
                      <?c?>2</string></value></param></params></methodResponse>";
    assert_eq!(read_answer(&bare(instructed), &XmlLimits::default()), Ok(Ok(text("12"))));
    let structs = result(
        "<params><param><value><struct><member><value>1</value><name>a</name></member><member><name>b</name></member>\
         <extra/></struct></value></param></params>",
    );
    assert_eq!(members(&structs), &Map::from([("a".to_owned(), text("1")), ("b".to_owned(), Value::Null)]));
    assert_eq!(
        items(&result("<params><param><value><array><value>1</value></array></value></param></params>")),
        [text("1")]
    );
}

#[test]
fn a_fault_is_a_fault_in_whatever_form_it_comes() {
    let member = |name: &str, value: &str| format!("<member><name>{name}</name><value>{value}</value></member>");
    let both = |code: &str, words: &str| {
        format!("<struct>{}{}</struct>", member("faultCode", code), member("faultString", words))
    };
    let no = Code::Application { number: 4, sender: false };
    for (written, code, message) in [
        (format!("<value>{}</value>", both("<int>4</int>", "no")), no, "no"),
        (both("<i8>4</i8>", "<string>no</string>"), no, "no"),
        (both("<string>4</string>", "<base64>bm8=</base64>"), no, "no"),
        (both("4", "<int>7</int>"), no, "7"),
        (both("<double>4</double>", "<nil/>"), no, ""),
        (both("<base64>NA==</base64>", "no"), no, "no"),
        (both("-32601", "none"), Code::UnknownMethod, "none"),
        ("<value><string>no</string></value>".to_owned(), Code::from_number(0), "no"),
        ("<value><base64>bm8=</base64></value>".to_owned(), Code::from_number(0), "no"),
        ("<value><int>17</int></value>".to_owned(), Code::from_number(0), "17"),
        ("no".to_owned(), Code::from_number(0), "no"),
        ("<value/>".to_owned(), Code::from_number(0), ""),
        (format!("<value><struct>{}</struct></value>", member("faultCode", "4")), no, ""),
    ] {
        let fault = fault(&written);
        assert_eq!((fault.code, fault.message.as_str()), (code, message), "{written}");
    }
    let named = fault(&both("wp_gone", "no"));
    let kept = named.detail.unwrap();
    assert_eq!((named.message.as_str(), &members(&kept)["faultCode"]), ("no", &text("wp_gone")));
}

#[test]
fn what_breaks_off_is_no_answer_and_what_follows_means_nothing() {
    let whole = "<methodResponse><params><param><value><int>1</int></value></param></params></methodResponse>";
    for end in 0..whole.len() {
        assert!(read_answer(&bare(&whole[..end]), &XmlLimits::default()).is_err(), "{}", &whole[..end]);
    }
    let followed = bare(format!("{whole}\n<b>Warning</b>: cannot modify header & more"));
    assert_eq!(read_answer(&followed, &XmlLimits::default()), Ok(Ok(Value::Int(1))));
}
