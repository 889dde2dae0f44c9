//! What of a WSDL cannot be had is said by name, and nothing else suffers.

use rpc::description::Documents;
use rpc::soap::Version;
use rpc::{Description, Document, Limits};
use serde_json::json;

use super::house::{as_zeep_writes, body, case, described, file, written};

#[test]
fn a_processing_instruction_is_passed_over() {
    as_zeep_writes(&[case("instruction.wsdl", "put", json!({ "n": 1 }))]);
}

#[test]
fn an_import_that_is_not_there_costs_only_what_needs_it() {
    let missing = described("missing.wsdl");
    assert_eq!(missing.names().collect::<Vec<_>>(), ["here"]);
    let why = missing.why_not("there").unwrap();
    assert!(why.contains("{urn:example:elsewhere}there is declared nowhere"), "{why}");
    let problems: Vec<String> = missing.problems().collect();
    for wanted in [
        "there cannot be called",
        "nowhere.xsd cannot be had: 404 Not Found",
        "{urn:example:elsewhere}Thing is declared nowhere",
    ] {
        assert!(problems.iter().any(|problem| problem.contains(wanted)), "{wanted}: {problems:?}");
    }
    assert!(body(&missing, "here", &json!({ "n": 1 })).contains("<m:n>1</m:n>"));
    let fault = written(&missing, "here", &json!({ "n": 1, "there": { "x": 1 } })).unwrap_err();
    assert!(fault.path == "there" && fault.message.contains("{urn:example:elsewhere}Thing"), "{fault:?}");
}

#[test]
fn soap_1_2_names_the_items_of_encoded_lists_in_its_own_way() {
    let text = std::fs::read_to_string(file("magento.wsdl")).unwrap();
    let text = text.replace("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/");
    let documents = Documents::from(Document { bytes: text.into_bytes(), ..Document::default() });
    let shop = Description::of_wsdl(&documents, Version::V12, &Limits::default().xml).unwrap();
    let filters = json!({ "filter": [{ "key": "sku", "value": "x" }] });
    let request = body(&shop, "catalogProductList", &json!({ "sessionId": "s", "filters": filters, "storeView": "1" }));
    assert!(request.contains("SOAP-ENC:itemType=\"t:associativeEntity\" SOAP-ENC:arraySize=\"1\""), "{request}");
    assert!(!request.contains("arrayType"), "{request}");
}
