//! A service, told of in a text that is mailed.

use std::fmt::Write as _;

use mail::Mailbox;
use rpc::wsdl::Operation;
use serde_json::{Value as Json, json};

use super::shape;

/// What a service of this name at this address does, with an example of each of these methods.
pub(super) fn by_mail(name: &str, address: &Mailbox, operations: &[Operation<'_>]) -> String {
    let mut text = format!(
        "{name} is called by mail at {address}: one document in one mail, in SOAP 1.1 or 1.2, XML-RPC or\nJSON-RPC 2.0. \
         Its answer is a mail in the same protocol, to whoever asked.\n"
    );
    if operations.is_empty() {
        text.push_str("\nWhat its methods are is not known here.\n");
        return text;
    }
    text.push_str("The attached WSDL says the same to programs.\n");
    for operation in operations {
        let method = operation.signature.openrpc(operation.name);
        let _ = write!(text, "\n{}\n", shape::line(&method));
        for line in method["summary"].as_str().unwrap_or_default().lines().filter(|line| !line.trim().is_empty()) {
            let _ = writeln!(text, "  {}", line.trim());
        }
        let _ =
            write!(text, "\nAn example, whose answer has the id in its In-Reply-To:\n\n{}", example(address, &method));
    }
    text
}

/// A mail that calls the method.
fn example(address: &Mailbox, method: &Json) -> String {
    let params = method["params"].as_array().map(Vec::as_slice).unwrap_or_default();
    let required = params.iter().take_while(|parameter| parameter["required"] != json!(false));
    let value =
        |parameter: &Json| shape::example_of(parameter["name"].as_str().unwrap_or_default(), &parameter["schema"]);
    let values: Vec<Json> = required.map(value).collect();
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method["name"], "params": values });
    format!(
        "  From: you@example.org\n  To: {address}\n  Message-ID: <1@example.org>\n  Content-Type: application/json\n\n  {call}\n"
    )
}
