//! XML-RPC as programs in wide use speak it, behind ours: their arguments arrive as they want them, their answers as they meant
//! them, over HTTP and by mail, and packed with gzip all.

use std::process::Stdio;

use testbed::Requirement::Python;
use testbed::{Port, need};

use crate::{House, Upstream, faults, gives, program};

fn house() -> Option<(Upstream, House)> {
    if !need(&[Python]) {
        return None;
    }
    let (port, folder) = (Port::claim(), tempfile::tempdir().unwrap());
    let mut command = program("python3", &["shaped_server.py", &port.number().to_string()]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let upstream = Upstream::listening("xmlrpc", child, port, folder);
    let house = House::before("xmlrpc", &upstream.port);
    Some((upstream, house))
}

#[test]
fn odoo_is_called() {
    let Some((_odoo, house)) = house() else { return };
    let search = |model: &str| {
        format!(r#"["db",7,"pw","{model}","search_read",[[["is_company","=",true]]],{{"fields":["name"],"limit":2}}]"#)
    };
    for call in [House::call, House::mail] {
        gives(&call(&house, "jsonrpc", ["authenticate", r#"["db","admin","pw",{}]"#]), "7");
        gives(&call(&house, "jsonrpc", ["authenticate", r#"["db","admin","no",{}]"#]), "false");
        let partners = r#"[{"id":1,"name":"Zażółć","parent_id":false,"comment":null,"child_ids":[2,3]}]"#;
        gives(&call(&house, "jsonrpc", ["execute_kw", &search("res.partner")]), partners);
        faults(&call(&house, "jsonrpc", ["execute_kw", &search("res.nobody")]), "KeyError: 'res.nobody'");
    }
}

#[test]
fn rtorrent_is_called() {
    let Some((_rtorrent, house)) = house() else { return };
    let commands = r#"["","main","d.hash=","d.name=","d.size_bytes="]"#;
    for call in [House::call, House::mail] {
        gives(&call(&house, "jsonrpc", ["d.multicall2", commands]), r#"[["A1B2","name",5368709120]]"#);
        gives(&call(&house, "soap11", ["d.multicall2", commands]), r#"[["A1B2","name",5368709120]]"#);
        faults(&call(&house, "xmlrpc", ["d.nothing", "[]"]), "Method 'd.nothing' not defined");
    }
}

#[test]
fn wordpress_is_called() {
    let Some((_wordpress, house)) = house() else { return };
    let call_as = |password: &str| format!(r#"[1,"ann","{password}",{{"post_type":"post","number":1}}]"#);
    let post = r#"[{"post_id":"1","post_title":"Hello & world","post_date":"20260102T03:04:05","post_date_gmt":null,
                    "sticky":false,"terms":[]}]"#;
    for call in [House::call, House::mail] {
        gives(&call(&house, "jsonrpc", ["wp.getPosts", &call_as("pw")]), post);
        faults(&call(&house, "jsonrpc", ["wp.getPosts", &call_as("no")]), "Incorrect username or password.");
    }
}

#[test]
fn bugzilla_is_called_with_parameters_by_name() {
    let Some((_bugzilla, house)) = house() else { return };
    let bug = r#"{"bugs":[{"id":42,"summary":"It breaks","creation_time":"20260102T03:04:05","dupe_of":null,
                  "whiteboard":"","is_open":true,"deadline":""}],"faults":[]}"#;
    for call in [House::call, House::mail] {
        gives(&call(&house, "jsonrpc", ["Bug.get", r#"{"Bugzilla_api_key":"k","ids":[42]}"#]), bug);
        faults(&call(&house, "jsonrpc", ["Bug.get", r#"{"ids":[42]}"#]), "You must log in");
    }
}
