//! The index page: what is here, where, and how to ask. No script, no form; headings, lists and links in order.

use config::{Door, Listener};
use serde_json::Value;

use crate::discovery::shape;

/// The page loads nothing.
pub(super) const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
                    <title>Callpost: the API</title>\n\
                    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
                    <meta name=\"color-scheme\" content=\"light dark\">\n</head>\n<body>\n<main>\n";

/// The page of the methods in an OpenRPC document, for this listener.
pub(super) fn page(openrpc: &[u8], listener: &Listener) -> String {
    let paths = &listener.paths;
    let openrpc: Value = serde_json::from_slice(openrpc).unwrap_or_default();
    let mut html = String::from(HEAD);
    html += "<h1>Callpost</h1>\n<p>Mail by call, calls by mail. JSON-RPC 2.0, XML-RPC, SOAP 1.1 and SOAP 1.2 are \
             spoken on every path: POST a document, the answer is in the same protocol.</p>\n";
    html += "<h2>Descriptions</h2>\n<ul>\n<li><a href=\"/openrpc.json\">OpenRPC document</a>, also the result of \
             <code>rpc.discover</code></li>\n";
    if let Some(path) = paths.first() {
        let path = escape(path);
        html += &format!(
            "<li><a href=\"{path}?wsdl\">WSDL document</a>, on every path with <code>?wsdl</code>; in \
                          style document (.NET, JAX-WS, CXF) with <a href=\"{path}?wsdl=document\"><code>?wsdl=document</code></a></li>\n"
        );
    }
    if listener.opens(Door::Rest) {
        html += "<li><a href=\"/openapi.json\">OpenAPI document</a>: REST, each method at <code>/v1/NAME</code></li>\n";
    }
    if listener.opens(Door::Mcp) {
        html += "<li>MCP, for assistants: <code>/mcp</code>, with a key that has tools</li>\n";
    }
    html += "<li>XML-RPC introspection: <code>system.listMethods</code> and what goes with it</li>\n</ul>\n";
    html += "<h2>Paths</h2>\n<ul>\n";
    for path in paths {
        html += &format!("<li><code>{}</code></li>\n", escape(path));
    }
    html += "</ul>\n<h2>Methods</h2>\n<dl>\n";
    for method in openrpc["methods"].as_array().into_iter().flatten() {
        let summary = method["summary"].as_str().unwrap_or_default();
        html += &format!("<dt><code>{}</code></dt>\n<dd>{}</dd>\n", escape(&shape::line(method)), escape(summary));
    }
    html += "</dl>\n</main>\n</body>\n</html>\n";
    html
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
