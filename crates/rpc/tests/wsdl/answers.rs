//! What services answer, by the same WSDLs.

use serde_json::json;

use super::house::{described, result};

#[test]
fn a_derived_type_in_an_answer_is_read_as_what_it_says_it_is() {
    let answer = |of: &str| {
        format!(
            "<t:adoptResponse xmlns:t=\"urn:example:derived\"><t:animal i:type=\"t:{of}\" chip=\"c\"><t:name>Pip</t:name><t:barks>true</t:barks>\
             <t:weeks>9</t:weeks></t:animal></t:adoptResponse>"
        )
    };
    let derived = described("derived.wsdl");
    let puppy = json!({ "name": "Pip", "barks": true, "weeks": 9, "chip": "c", "xsi:type": "Puppy" });
    assert_eq!(result(&derived, "adopt", &answer("Puppy")), puppy);
    // A type that nobody declares says nothing.
    assert_eq!(result(&derived, "adopt", &answer("Cat"))["name"], "Pip");
}

#[test]
fn lists_of_words_and_hexadecimal_digits_come_back_as_they_are_given() {
    let answer = "<t:putResponse xmlns:t=\"urn:example:lists\"><t:sizes>1  20\n</t:sizes><t:digest>00fF</t:digest>\
                  <t:shelf colours=\"red blue\">7 8</t:shelf></t:putResponse>";
    let shelf = json!({ "_value_1": [7, 8], "colours": ["red", "blue"] });
    let lists = described("lists.wsdl");
    assert_eq!(result(&lists, "put", answer), json!({ "sizes": [1, 20], "digest": "00fF", "shelf": shelf }));
    let empty = "<t:putResponse xmlns:t=\"urn:example:lists\"><t:sizes/><t:digest/></t:putResponse>";
    assert_eq!(result(&lists, "put", empty), json!({ "sizes": [], "digest": "" }));
}

#[test]
fn attributes_of_an_answer_are_members() {
    let item =
        |inner: &str| format!("<t:item id=\"1\" t:rev=\"2\" name=\"a\" t:sold=\"true\" other=\"x\">{inner}</t:item>");
    let answer = format!(
        "<t:orderResponse xmlns:t=\"urn:example:attributes\">{}{}</t:orderResponse>",
        item("<t:price currency=\"EUR\">9.5</t:price><t:name>n</t:name>"),
        item("<t:price>4</t:price>")
    );
    let first = json!({ "price": { "_value_1": 9.5, "currency": "EUR" }, "name": "n", "id": 1, "rev": 2, "attr__name": "a", "sold": true });
    let second = json!({ "price": { "_value_1": 4 }, "id": 1, "rev": 2, "attr__name": "a", "sold": true });
    assert_eq!(result(&described("attributes.wsdl"), "order", &answer), json!([first, second]));
}

#[test]
fn what_alternates_in_an_answer_keeps_its_order() {
    let runs = described("runs.wsdl");
    let answer =
        |name: &str, inner: &str| format!("<{name}Response xmlns=\"urn:example:runs\">{inner}</{name}Response>");
    let pairs = "<key>a</key><value>1</value><key>b</key><key>c</key><value>3</value>";
    let wanted = json!({ "_value_1": [{ "key": "a", "value": 1 }, { "key": "b" }, { "key": "c", "value": 3 }] });
    assert_eq!(result(&runs, "pairs", &answer("pairs", pairs)), wanted);
    let steps = "<go>1</go><turn>left</turn><go>2</go><go>3</go>";
    let wanted = json!({ "_value_1": [{ "go": 1 }, { "turn": "left" }, { "go": 2 }, { "go": 3 }] });
    assert_eq!(result(&runs, "steps", &answer("steps", steps)), wanted);
    assert_eq!(result(&runs, "steps", &answer("steps", "")), json!({ "_value_1": [] }));
    let twice = "<edge>1</edge><middle>m</middle><edge>2</edge>";
    assert_eq!(result(&runs, "twice", &answer("twice", twice)), json!({ "edge": 1, "middle": "m", "edge__1": 2 }));
}
