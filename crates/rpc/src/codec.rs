//! Calls written and answers read, in the protocol that the person chose.

use crate::json_rpc::{self, Id};
use crate::soap::{self, Version};
use crate::{Call, Code, Description, Document, Fault, Limits, Outcome, Params, Protocol, Unreadable, Value, xml_rpc};

/// The name of a protocol on the command line and in the store.
#[must_use]
pub fn name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::JsonRpc => "jsonrpc",
        Protocol::XmlRpc => "xmlrpc",
        Protocol::Soap11 => "soap11",
        Protocol::Soap12 => "soap12",
    }
}

/// The protocol of that name.
#[must_use]
pub fn protocol(name: &str) -> Option<Protocol> {
    let all = [Protocol::JsonRpc, Protocol::XmlRpc, Protocol::Soap11, Protocol::Soap12];
    all.into_iter().find(|protocol| self::name(*protocol) == name)
}

/// The request document of a call. `namespace` is SOAP's for the operation.
///
/// # Errors
/// The protocol cannot say it: XML-RPC has no named parameters, XML no control characters.
pub fn write(protocol: Protocol, call: Call, namespace: &str) -> Result<Document, Fault> {
    write_under(&Id::number(1), protocol, call, namespace)
}

/// The same, where the id of the call matters: an answer by mail may name nothing else. Only JSON-RPC carries it.
///
/// # Errors
/// As for [`write()`].
pub fn write_under(id: &Id, protocol: Protocol, call: Call, namespace: &str) -> Result<Document, Fault> {
    let document =
        |media_type: &str, bytes| Document { media_type: media_type.to_owned(), bytes, ..Document::default() };
    Ok(match protocol {
        Protocol::JsonRpc => document("application/json", json_rpc::write_call(&call, id)),
        Protocol::XmlRpc => document("text/xml", xml_rpc::write_call(&call)?),
        Protocol::Soap11 | Protocol::Soap12 => {
            let (version, media_type) = match protocol {
                Protocol::Soap12 => (Version::V12, "application/soap+xml"),
                _ => (Version::V11, "text/xml"),
            };
            // SOAP 1.2 leaves it out where nobody asks for it (Part 2 §6.5.3).
            let action = (version == Version::V11).then(|| format!("{namespace}#{}", call.method.0));
            let call = Call { params: named(&call.method.0, call.params), ..call };
            Document { action, ..document(media_type, soap::write_call(&call, version, namespace)?) }
        }
    })
}

/// The same, as the description of the service wants it, where that describes the method.
///
/// # Errors
/// As for [`write()`]; SOAP's parameters must be those that the description knows.
pub fn write_described(
    protocol: Protocol,
    call: Call,
    namespace: &str,
    known: Option<&Description>,
) -> Result<Document, Fault> {
    let Some(known) = known else { return write(protocol, call, namespace) };
    let version = match protocol {
        Protocol::Soap11 => Version::V11,
        Protocol::Soap12 => Version::V12,
        _ => return write(protocol, known.arrange(call, protocol), namespace),
    };
    if let Some(why) = known.why_not(&call.method.0) {
        // Elements that we made up would be the wrong ones.
        return Err(Fault::new(Code::UnknownMethod, format!("its WSDL does not say how it is called: {why}")));
    }
    match known.says_how_to_call(&call.method.0) {
        true => known.soap_request(call, version),
        false => write(protocol, call, namespace),
    }
}

/// SOAP's parameters have names. Those of the methods that ship are known; others are `param0`, `param1` ….
fn named(method: &str, params: Params) -> Params {
    let Params::Positional(values) = params else { return params };
    let known: &[&str] = match method {
        "getMonth" => &["year", "month"],
        "TestAPI.echo" => &["text"],
        "send_message" => &["api_key", "messages"],
        _ => &[],
    };
    let name = |at: usize| known.get(at).map_or_else(|| format!("param{at}"), |name| (*name).to_owned());
    Params::Elements(values.into_iter().enumerate().map(|(at, value)| (name(at), value)).collect())
}

/// The outcome in an answer document.
///
/// # Errors
/// It is no answer of this protocol.
pub fn read(protocol: Protocol, document: &Document) -> Result<Outcome, Unreadable> {
    let limits = Limits::default();
    match protocol {
        Protocol::JsonRpc => {
            let mut answers = json_rpc::read_answers(document, &limits)?;
            answers
                .pop()
                .map(|answer| answer.outcome)
                .ok_or_else(|| Unreadable("the answer is an empty batch".to_owned()))
        }
        Protocol::XmlRpc => xml_rpc::read_answer(document, &limits.xml),
        Protocol::Soap11 | Protocol::Soap12 => soap::read_answer(document, &limits.xml),
    }
}

/// True where the document is plainly an answer of this protocol, whatever status and media type came with it.
#[must_use]
pub fn is_answer(protocol: Protocol, document: &Document) -> bool {
    match protocol {
        Protocol::JsonRpc => json_rpc::read_answers(document, &Limits::default())
            .is_ok_and(|answers| !answers.is_empty() && answers.iter().all(|answer| answer.is_evident)),
        protocol => read(protocol, document).is_ok(),
    }
}

/// The outcome in an answer to a call of this method, typed as the description of the service says.
///
/// # Errors
/// It is no answer of this protocol.
pub fn read_described(
    protocol: Protocol,
    document: &Document,
    method: &str,
    known: Option<&Description>,
) -> Result<Outcome, Unreadable> {
    let Some(known) = known else { return read(protocol, document) };
    match protocol {
        Protocol::JsonRpc | Protocol::XmlRpc => Ok(known.result(method, read(protocol, document)?)),
        Protocol::Soap11 | Protocol::Soap12 if known.says_how_to_call(method) => {
            Ok(known.result(method, soap::read_response(document, &Limits::default().xml)?))
        }
        Protocol::Soap11 | Protocol::Soap12 => read(protocol, document),
    }
}

/// A result for a terminal: text as it is, nothing as `None`, everything else as JSON.
#[must_use]
pub fn show(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Text(text) | Value::Lexical(text) => text.string.clone(),
        value => crate::json::to_string(value),
    }
}
