//! Clients that know the service from its WSDL alone: the same programs, from the WSDL in style rpc and from the one in style
//! document. (Those that are compiled first are in `compiled`.)

use testbed::Requirement::{NodeModule, Php, PythonModule, Ruby};
use testbed::{Requirement, need, tools};

use crate::house::{Driver, House};

const DOCUMENT: &str = "?wsdl=document";

fn described(requirements: &[Requirement], driver: Driver, about: (&str, &[&str])) {
    if need(requirements) {
        let (query, parcels) = about;
        House::open().serves(&driver.with("WSDL", query), parcels);
    }
}

fn php(query: &str) {
    described(&[Php("soap")], Driver::script("php", "wsdl.php"), (query, &["-soap11", "-soap12"]));
}

fn python(query: &str) {
    let driver = Driver::script(tools().join("venv/bin/python3"), "wsdl.py");
    let modules = [PythonModule("zeep"), PythonModule("suds")];
    described(&modules, driver, (query, &["-CallpostSoap11", "-CallpostSoap12"]));
}

fn node(query: &str) {
    let driver = Driver::script("node", "soap.js").with("NODE_PATH", tools().join("npm/node_modules"));
    described(&[NodeModule("soap")], driver, (query, &["-soap11", "-soap12"]));
}

#[test]
fn php_by_wsdl_is_satisfied() {
    php("?wsdl");
}

#[test]
fn php_by_wsdl_in_style_document_is_satisfied() {
    php(DOCUMENT);
}

#[test]
fn python_by_wsdl_is_satisfied() {
    python("?wsdl");
}

#[test]
fn python_by_wsdl_in_style_document_is_satisfied() {
    python(DOCUMENT);
}

#[test]
fn node_by_soap_from_our_wsdl_is_satisfied() {
    node("?wsdl");
}

#[test]
fn node_by_soap_from_our_wsdl_in_style_document_is_satisfied() {
    node(DOCUMENT);
}

#[test]
fn ruby_by_soap_is_satisfied() {
    if need(&[Ruby("soap/wsdlDriver")]) {
        House::open().serves_over_http(&Driver::script("ruby", "soap4r.rb"), &["-encoded", "-rpc", "-document"]);
    }
}

#[test]
fn python_by_soap_as_it_is_made_simple_is_satisfied() {
    if need(&[PythonModule("pysimplesoap")]) {
        let driver = Driver::script(tools().join("venv/bin/python3"), "pysimplesoap_client.py");
        House::open().serves_over_http(&driver, &["-rpc", "-document"]);
    }
}

#[test]
fn what_schemas_promise_is_valid_by_them() {
    if need(&[PythonModule("xmlschema"), PythonModule("requests")]) {
        let driver = Driver::script(tools().join("venv/bin/python3"), "schemas.py");
        House::open().serves(&driver, &["-soap11", "-soap12"]);
    }
}
