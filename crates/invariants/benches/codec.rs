//! `cargo xtask bench codec`: what a call costs to read, and to read and give back, in each protocol, by its size; beside
//! it the same by a well-known library that only parses. Processor time, best of a few runs; a table in Markdown.
#![allow(clippy::print_stdout, reason = "a measurement: its result is what it prints")]
#![allow(clippy::unwrap_used, reason = "a measurement that cannot run has no result")]

#[path = "timing/clock.rs"]
mod clock;

use std::hint::black_box;
use std::time::Duration;

use clock::best;
use rpc::{Document, Inquiry, Limits, Outcome, Params, Value};

/// As the executable allocates.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Octets of documents that each measurement reads, about.
const VOLUME: usize = 32 << 20;

/// A call with as many messages as wanted, each a list of five texts.
struct Wire {
    name: &'static str,
    head: &'static str,
    item: &'static str,
    between: &'static str,
    tail: &'static str,
    line_end: &'static str,
    alone: fn(&str),
}

const WIRES: [Wire; 3] = [
    Wire {
        name: "JSON-RPC",
        head: r#"{"jsonrpc":"2.0","method":"echo","params":["API-Secret-key",["#,
        item: r#"["receiver@example.org","sender@example.org","Subject","Hello world!","AdditionalHeader: XML-RPC mail sender"]"#,
        between: ",",
        tail: r#"]],"id":"zi2en"}"#,
        line_end: "\\n",
        alone: |text| drop(black_box(serde_json::from_str::<serde_json::Value>(text).unwrap())),
    },
    Wire {
        name: "XML-RPC",
        head: r#"<?xml version="1.0"?><methodCall><methodName>echo</methodName><params><param><value><string>API-Secret-key</string></value></param><param><value><array><data>"#,
        item: "<value><array><data><value><string>receiver@example.org</string></value><value><string>sender@example.org</string></value><value><string>Subject</string></value><value><string>Hello world!</string></value><value><string>AdditionalHeader: XML-RPC mail sender</string></value></data></array></value>",
        between: "",
        tail: "</data></array></value></param></params></methodCall>",
        line_end: "\n",
        alone: |text| drop(black_box(roxmltree::Document::parse(text).unwrap())),
    },
    Wire {
        name: "SOAP 1.1",
        head: r#"<?xml version="1.0"?><E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body><echo><k>API-Secret-key</k><m>"#,
        item: "<i><s>receiver@example.org</s><s>sender@example.org</s><s>Subject</s><s>Hello world!</s><s>AdditionalHeader: XML-RPC mail sender</s></i>",
        between: "",
        tail: "</m></echo></E:Body></E:Envelope>",
        line_end: "\n",
        alone: |text| drop(black_box(roxmltree::Document::parse(text).unwrap())),
    },
];

fn main() {
    println!("| call | messages | octets | read | read and given back | a library's parse |");
    println!("|---|---:|---:|---:|---:|---:|");
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    for wire in WIRES.iter().filter(|wire| wanted.is_empty() || wanted.iter().any(|name| name == wire.name)) {
        for messages in [1, 16, 256] {
            row(wire, "", messages);
        }
        row(wire, &mail(wire), 100);
    }
}

/// The text of a mail of 4 KiB, its lines ended as the protocol writes that.
fn mail(wire: &Wire) -> String {
    ["The quick brown fox jumps over the lazy dog, and then some more words.", wire.line_end].concat().repeat(58)
}

/// A call with so many messages; `more` stands in the last text of each.
fn row(wire: &Wire, more: &str, messages: usize) {
    let item = wire.item.replace("mail sender", &format!("mail sender{more}"));
    let text = [wire.head, &vec![item.as_str(); messages].join(wire.between), wire.tail].concat();
    let document = Document { bytes: text.clone().into_bytes(), ..Document::default() };
    let limits = Limits::default();
    let times = u32::try_from(VOLUME / text.len()).unwrap();
    let many = |run: &dyn Fn()| best(5, || (0..times).for_each(|_| run())) / times;
    let inquiry = || Inquiry::read(black_box(&document), &limits).unwrap();
    let read = many(&|| drop(black_box(inquiry())));
    let both = many(&|| {
        let (inquiry, outcome) = given_back(inquiry());
        drop(black_box(inquiry.answer(vec![outcome], "").unwrap()));
    });
    let alone = many(&|| (wire.alone)(black_box(&text)));
    let shown = |time: Duration| format!("{:.2} µs", time.as_secs_f64() * 1e6);
    println!("| {} | {messages} | {} | {} | {} | {} |", wire.name, text.len(), shown(read), shown(both), shown(alone));
}

/// What echo does: the parameters are the result.
fn given_back(mut inquiry: Inquiry) -> (Inquiry, Outcome) {
    let call = inquiry.calls.remove(0).unwrap();
    let outcome = match call.params {
        Params::Positional(items) => Value::List(items),
        Params::Named(members) => Value::Map(members),
        Params::Elements(elements) => elements.into_iter().collect(),
    };
    (inquiry, Ok(outcome))
}
