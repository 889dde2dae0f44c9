//! Clients that an interpreter runs: Ruby, Node, Python and Perl.

use testbed::Requirement::{NodeModule, Perl, PythonModule, Ruby};
use testbed::{Requirement, need, tools};

use crate::house::{Driver, House};

fn node(module: &'static str, file: &str, parcels: &[&str]) {
    if need(&[NodeModule(module)]) {
        let driver = Driver::script("node", file).with("NODE_PATH", tools().join("npm/node_modules"));
        House::open().serves(&driver, parcels);
    }
}

fn interpreted(requirements: &[Requirement], driver: &Driver, parcels: &[&str]) {
    if need(requirements) {
        House::open().serves(driver, parcels);
    }
}

#[test]
fn ruby_by_xml_rpc_is_satisfied() {
    interpreted(&[Ruby("xmlrpc/client")], &Driver::script("ruby", "xmlrpc.rb"), &[""]);
}

#[test]
fn node_by_json_rpc_is_satisfied() {
    node("jayson", "jayson.js", &[""]);
}

#[test]
fn node_by_json_rpc_over_its_own_http_is_satisfied() {
    node("json-rpc-2.0", "json_rpc_2.js", &[""]);
}

#[test]
fn perl_by_the_first_xml_rpc_is_satisfied() {
    let modules = [Perl("Frontier::Client"), Perl("LWP::Protocol::https")];
    interpreted(&modules, &Driver::script("perl", "frontier.pl"), &[""]);
}

#[test]
fn node_by_xml_rpc_is_satisfied() {
    node("xmlrpc", "xmlrpc.js", &[""]);
}

#[test]
fn python_by_json_rpc_is_satisfied() {
    let driver = Driver::script(tools().join("venv/bin/python3"), "json_rpc.py");
    let modules = [PythonModule("jsonrpclib"), PythonModule("jsonrpcclient"), PythonModule("requests")];
    interpreted(&modules, &driver, &["-pelix", "-jsonrpcclient", "-urllib"]);
}

#[test]
fn perl_by_json_rpc_is_satisfied() {
    let modules = [Perl("JSON::RPC::Legacy::Client"), Perl("LWP::Protocol::https")];
    interpreted(&modules, &Driver::script("perl", "json_rpc.pl"), &[""]);
}
