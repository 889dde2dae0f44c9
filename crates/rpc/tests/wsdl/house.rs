//! The WSDLs of the test data with what they import, what we write by them, and what zeep does.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rpc::description::{Documents, imports};
use rpc::soap::{self, Version};
use rpc::{Call, Description, Document, Fault, Limits, MethodName, Params, Value};
use serde_json::{Value as Json, json};
use testbed::Requirement::PythonModule;

pub(crate) fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/wsdl").join(name)
}

/// A WSDL and what it imports, from the folder of the test data; what is not there is lacking.
pub(crate) fn documents(name: &str) -> Documents {
    let mut documents = Documents::default();
    let mut paths = vec![file(name)];
    let mut read = 0;
    while let Some(path) = paths.get(read).cloned() {
        let document = Document { bytes: std::fs::read(&path).unwrap(), ..Document::default() };
        for reference in imports(&document, &Limits::default().xml).unwrap() {
            let to = path.parent().unwrap().join(&reference);
            let known = paths.iter().position(|known| *known == to);
            match (known, to.is_file()) {
                (Some(place), _) => documents.lead(read, &reference, place),
                (None, true) => {
                    documents.lead(read, &reference, paths.len());
                    paths.push(to);
                }
                (None, false) => documents.lack(reference, "404 Not Found"),
            }
        }
        documents.add(document);
        read += 1;
    }
    documents
}

pub(crate) fn described(name: &str) -> Description {
    Description::of_wsdl(&documents(name), Version::V11, &Limits::default().xml).unwrap()
}

pub(crate) fn named(args: &Json) -> Params {
    let Value::Map(members) = Value::of(args).unwrap() else { panic!("{args}") };
    Params::Named(members)
}

/// The request for these arguments, or why there is none.
pub(crate) fn written(description: &Description, method: &str, args: &Json) -> Result<Document, Fault> {
    let call = Call { method: MethodName(method.to_owned()), params: named(args) };
    description.soap_request(call, description.soap().unwrap())
}

pub(crate) fn text(document: &Document) -> String {
    String::from_utf8(document.bytes.clone()).unwrap()
}

/// What stands in the Body of a request.
pub(crate) fn body(description: &Description, method: &str, args: &Json) -> String {
    let text = text(&written(description, method, args).unwrap());
    text.split_once("<SOAP-ENV:Body>").unwrap().1.split_once("</SOAP-ENV:Body>").unwrap().0.to_owned()
}

/// A method's result of an answer with this Body, as JSON.
pub(crate) fn result(description: &Description, method: &str, body: &str) -> Json {
    let answer = format!(
        "<E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <E:Body>{body}</E:Body></E:Envelope>"
    );
    let document = Document { bytes: answer.into_bytes(), ..Document::default() };
    let outcome = soap::read_response(&document, &Limits::default().xml).unwrap();
    let result = description.result(method, outcome).unwrap();
    serde_json::from_str(&rpc::json::to_string(&result)).unwrap()
}

/// One call that we and zeep write: the WSDL, the method, its arguments, and zeep's where it wants them otherwise.
pub(crate) struct Case<'c> {
    pub(crate) wsdl: &'c str,
    pub(crate) port: Option<&'c str>,
    pub(crate) method: &'c str,
    pub(crate) args: Json,
    pub(crate) theirs: Option<(&'c str, Json)>,
}

pub(crate) fn case<'c>(wsdl: &'c str, method: &'c str, args: Json) -> Case<'c> {
    Case { wsdl, port: None, method, args, theirs: None }
}

/// Each of these calls is the same element for element, attribute for attribute, as zeep writes it.
pub(crate) fn as_zeep_writes(cases: &[Case<'_>]) {
    let ours: Vec<String> = cases
        .iter()
        .map(|case| {
            let written = written(&described(case.wsdl), case.method, &case.args);
            text(&written.unwrap_or_else(|fault| panic!("{} {}: {fault:?}", case.wsdl, case.method)))
        })
        .collect();
    if !testbed::need(&[PythonModule("zeep")]) {
        return;
    }
    let asked = cases.iter().zip(&ours).map(|(case, ours)| {
        let (method, args) = case.theirs.clone().unwrap_or((case.method, case.args.clone()));
        json!({ "wsdl": file(case.wsdl), "port": case.port, "method": method, "args": args, "ours": ours })
    });
    let asked = Json::from(asked.collect::<Vec<_>>()).to_string();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wsdl/zeep_requests.py");
    let mut zeep = Command::new(testbed::tools().join("venv/bin/python3"))
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    zeep.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    let said = zeep.wait_with_output().unwrap();
    let results: Vec<[Json; 2]> = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(results.len(), cases.len());
    for (case, [ours, theirs]) in cases.iter().zip(results) {
        assert_eq!(ours, theirs, "{} {} {}", case.wsdl, case.method, case.args);
    }
}
