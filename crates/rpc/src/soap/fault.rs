//! Faults in the words of both versions, written and read.

use std::borrow::Cow;

use super::encode::Encoder;
use super::names::{FAULT, RPC_12, Version};
use super::{Addressing, Reply, Style};
use crate::fault::AddressingProblem;
use crate::xml::{Writer, trim};
use crate::{Code, Fault, Map, Value};

/// Writes a Fault element, with the trace id; SOAP 1.1 §4.4, SOAP 1.2 Part 1 §5.4.
pub(super) fn write(writer: &mut Writer, reply: &Reply, said: (&Fault, &str)) {
    let (fault, _) = said;
    let addressed = problem(fault, reply);
    writer.raw("<SOAP-ENV:Fault");
    if let Some((_, addressing)) = addressed {
        writer.raw(" xmlns:wsa=\"").attribute(&addressing.namespace).raw("\"");
    }
    writer.raw(">");
    match reply.version {
        Version::V11 => {
            // The children of a 1.1 fault are in no namespace.
            writer.raw("<faultcode>");
            match addressed.map(|(problem, addressing)| problem.codes(addressing)) {
                Some((subcode, below)) => writer.raw("wsa:").raw(below.unwrap_or(subcode)),
                None => writer.raw("SOAP-ENV:").raw(code(reply.version, fault.code)),
            };
            writer.raw("</faultcode>");
            writer.element("faultstring", &fault.message);
            detail(writer, "detail", said);
        }
        Version::V12 => {
            writer
                .raw("<SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:")
                .raw(code(reply.version, fault.code))
                .raw("</SOAP-ENV:Value>");
            subcode(writer, fault.code, addressed);
            writer.raw("</SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text xml:lang=\"en\">").text(&fault.message);
            writer.raw("</SOAP-ENV:Text></SOAP-ENV:Reason>");
            match addressed {
                None => detail(writer, "SOAP-ENV:Detail", said),
                Some((problem, addressing)) => {
                    writer.raw("<SOAP-ENV:Detail>");
                    problem.detail(writer, addressing);
                    writer.raw("</SOAP-ENV:Detail>");
                }
            }
        }
    }
    writer.raw("</SOAP-ENV:Fault>");
}

/// What WS-Addressing finds wrong, with the blocks of the request.
pub(super) fn problem<'r>(fault: &Fault, reply: &'r Reply) -> Option<(AddressingProblem, &'r Addressing)> {
    match (fault.code, &reply.addressing) {
        (Code::Addressing(problem), Some(addressing)) => Some((problem, addressing)),
        _ => None,
    }
}

fn code(version: Version, code: Code) -> &'static str {
    match (code, version) {
        (Code::MustUnderstand, _) => "MustUnderstand",
        (Code::VersionMismatch, _) => "VersionMismatch",
        (code, Version::V11) => {
            if code.is_sender() {
                "Client"
            } else {
                "Server"
            }
        }
        (code, Version::V12) => {
            if code.is_sender() {
                "Sender"
            } else {
                "Receiver"
            }
        }
    }
}

/// SOAP 1.2 Part 2 §4.4; WS-Addressing 1.0 – SOAP Binding §6.1.
fn subcode(writer: &mut Writer, code: Code, addressed: Option<(AddressingProblem, &Addressing)>) {
    if let Some((subcode, below)) = addressed.map(|(problem, addressing)| problem.codes(addressing)) {
        writer.raw("<SOAP-ENV:Subcode><SOAP-ENV:Value>wsa:").raw(subcode).raw("</SOAP-ENV:Value>");
        if let Some(below) = below {
            writer.raw("<SOAP-ENV:Subcode><SOAP-ENV:Value>wsa:").raw(below);
            writer.raw("</SOAP-ENV:Value></SOAP-ENV:Subcode>");
        }
        writer.raw("</SOAP-ENV:Subcode>");
        return;
    }
    let name = match code {
        Code::UnknownMethod => "ProcedureNotPresent",
        Code::InvalidParams => "BadArguments",
        _ => return,
    };
    writer.raw("<SOAP-ENV:Subcode><SOAP-ENV:Value xmlns:rpc=\"").raw(RPC_12).raw("\">rpc:").raw(name);
    writer.raw("</SOAP-ENV:Value></SOAP-ENV:Subcode>");
}

/// The number, the place, the trace id and whatever else is for programs. A fault about the header has no detail (SOAP 1.1 §4.4).
fn detail(writer: &mut Writer, name: &str, said: (&Fault, &str)) {
    let (fault, trace) = said;
    if matches!(fault.code, Code::MustUnderstand | Code::VersionMismatch | Code::Addressing(_)) {
        return;
    }
    writer.raw("<").raw(name).raw("><f:fault xmlns:f=\"").raw(FAULT).raw("\">");
    let mut encoder = Encoder { writer, style: Style::Literal, version: Version::V11 };
    encoder.element("code", &Value::Int(fault.code.number().into()));
    if !fault.path.is_empty() {
        encoder.writer.element("path", &fault.path);
    }
    if !trace.is_empty() {
        encoder.writer.element("trace", trace);
    }
    match fault.detail.as_deref() {
        None => {}
        Some(Value::Map(members)) if members.keys().all(|name| crate::xml::name::is_ncname(name)) => {
            members.iter().for_each(|(name, member)| encoder.element(name, member));
        }
        Some(other) => encoder.element("data", other),
    }
    writer.raw("</f:fault></").raw(name).raw(">");
}

/// Reads the members of a Fault element, of whichever version. Code and reason may be any scalar.
pub(super) fn read(members: Map) -> Fault {
    let mut members = members;
    let mut take = |names: [&str; 2]| names.iter().find_map(|name| members.swap_remove(name));
    let code = take(["faultcode", "Code"]);
    let reason = take(["faultstring", "Reason"]);
    let detail = take(["detail", "Detail"]).filter(|detail| !text(detail).is_some_and(|text| trim(&text).is_empty()));
    let said = code.as_ref().and_then(|code| text(code).or_else(|| text(member(code, "Value")?))).unwrap_or_default();
    let message = reason.as_ref().and_then(|reason| text(reason).or_else(|| text(member(reason, "Text")?)));
    let message = trim(&message.unwrap_or_default()).to_owned();
    let ours = detail.as_ref().and_then(|detail| member(detail, "fault"));
    let ours = |name: &str| ours.and_then(|ours| text(member(ours, name)?));
    let number = ours("code").and_then(|code| trim(&code).parse().ok());
    let mut fault = Fault::new(class(&said, number), message).at(ours("path").unwrap_or_default());
    fault.detail = detail.map(Box::new);
    fault
}

/// The class of a peer's fault: its number where it is one of ours, else its code word. `Client.Authentication` is a Client
/// fault (SOAP 1.1 §4.4.1).
fn class(said: &str, number: Option<i32>) -> Code {
    let word = trim(said).rsplit(':').next().unwrap_or_default().split('.').next().unwrap_or_default();
    let sender = matches!(word, "Client" | "Sender");
    match (word, number) {
        ("MustUnderstand", _) => Code::MustUnderstand,
        ("VersionMismatch", _) => Code::VersionMismatch,
        (_, Some(number)) => match Code::from_number(number) {
            Code::Application { number, .. } => Code::Application { number, sender },
            code => code,
        },
        // QUIRK: PHP programs throw `SoapFault` with numbers of their own for its code.
        (word, None) => match word.parse() {
            Ok(number) => Code::from_number(number),
            Err(_) => Code::Application { number: -32000, sender },
        },
    }
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) | Value::Lexical(text) => Some(Cow::Borrowed(&text.string)),
        // Reasons in several languages: the first.
        Value::List(several) => several.first().and_then(text),
        Value::Bytes(octets) => Some(String::from_utf8_lossy(octets)),
        Value::Null | Value::Map(_) => None,
        scalar => Some(Cow::Owned(scalar.clone().into_text().ok()?.string)),
    }
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Map(members) => members.get(name),
        _ => None,
    }
}
