//! The WSDL 1.1 document of a service, with its ports for SOAP 1.1, SOAP 1.2 and SOAP by mail.
//!
//! The style is rpc/literal (WS-I Basic Profile 1.1 §4.4, §4.5): the codec answers literally whoever asks literally, PHP and
//! Python call a method with its parameters as if it were their own, and one document holds operations of several
//! namespaces. Types are written from the JSON Schemas of the signatures.

mod binding;
mod types;

#[cfg(test)]
mod tests;

use serde_json::Value as Json;

use self::binding::Binding;
use self::types::Types;
use crate::Signature;
use crate::xml::Writer;
use crate::xml::name::is_ncname;

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const SOAP_11: &str = "http://schemas.xmlsoap.org/wsdl/soap/";
const SOAP_12: &str = "http://schemas.xmlsoap.org/wsdl/soap12/";
const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";

/// A service as its WSDL tells of it.
#[derive(Clone, Debug)]
pub struct Service<'a> {
    /// Its name, an XML name without colon: `Callpost`.
    pub name: &'a str,
    /// The namespace of the document and of the types.
    pub namespace: &'a str,
    /// The methods. Those whose names are no XML names cannot be called by SOAP, and are left out.
    pub operations: Vec<Operation<'a>>,
    /// Where it is called over HTTP, as URLs.
    pub http: Vec<String>,
    /// Where it is called by mail: addresses without `mailto:`.
    pub mail: Vec<String>,
}

/// A method.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    /// Its name.
    pub name: &'a str,
    /// The namespace that requests and answers are in.
    pub namespace: &'a str,
    /// Its parameters and result.
    pub signature: &'a Signature,
}

/// Writes the document, in UTF-8.
#[must_use]
pub fn write(service: &Service<'_>) -> Vec<u8> {
    let operations = || service.operations.iter().filter(|operation| is_ncname(operation.name));
    let mut types = Types::default();
    let messages: Vec<Messages<'_>> = operations().map(|operation| Messages::of(*operation, &mut types)).collect();

    let mut writer = Writer::new();
    writer.raw("\n<definitions name=\"").attribute(service.name).raw("\" targetNamespace=\"");
    writer.attribute(service.namespace).raw("\"");
    let prefixes =
        [("", WSDL), (":soap", SOAP_11), (":soap12", SOAP_12), (":xsd", SCHEMA), (":tns", service.namespace)];
    for (prefix, namespace) in prefixes {
        writer.raw("\n    xmlns").raw(prefix).raw("=\"").attribute(namespace).raw("\"");
    }
    writer.raw(">\n");
    types.write(&mut writer, service.namespace);
    messages.iter().for_each(|message| message.write(&mut writer));
    port_type(&mut writer, service, &messages);
    let bindings = Binding::all(service);
    bindings.iter().for_each(|binding| binding.write(&mut writer, (service, operations())));
    ports(&mut writer, service, &bindings);
    writer.raw("</definitions>\n");
    writer.finish()
}

/// The two messages of an operation, with the types of their parts.
struct Messages<'a> {
    operation: Operation<'a>,
    parts: Vec<(&'a str, String)>,
    result: String,
}

impl<'a> Messages<'a> {
    fn of(operation: Operation<'a>, types: &mut Types) -> Self {
        let Operation { name, signature, .. } = operation;
        let part = |(place, parameter): (usize, &'a crate::Parameter)| {
            let written = types.of(parameter.schema.as_value(), &format!("{name}.{}", parameter.name));
            // A part that cannot be named so is still known by its place.
            let named = if is_ncname(&parameter.name) { &parameter.name } else { PLACES[place.min(PLACES.len() - 1)] };
            (named, written)
        };
        let parts = signature.params.iter().enumerate().map(part).collect();
        let anything = Json::Bool(true);
        let result = signature.result.as_ref().map_or(&anything, |schema| schema.as_value());
        Self { operation, parts, result: types.of(result, &format!("{name}.Result")) }
    }

    fn write(&self, writer: &mut Writer) {
        let name = self.operation.name;
        writer.raw("  <message name=\"").raw(name).raw("Request\">\n");
        self.parts.iter().for_each(|(name, written)| part(writer, name, written));
        writer.raw("  </message>\n  <message name=\"").raw(name).raw("Response\">\n");
        part(writer, "return", &self.result);
        writer.raw("  </message>\n");
    }
}

/// Names for parameters whose own are no XML names.
const PLACES: [&str; 6] = ["param0", "param1", "param2", "param3", "param4", "param5"];

fn part(writer: &mut Writer, name: &str, written: &str) {
    writer.raw("    <part name=\"").attribute(name).raw("\" type=\"").attribute(written).raw("\"/>\n");
}

fn port_type(writer: &mut Writer, service: &Service<'_>, messages: &[Messages<'_>]) {
    writer.raw("  <portType name=\"").raw(service.name).raw("PortType\">\n");
    for Messages { operation: Operation { name, signature, .. }, .. } in messages {
        writer.raw("    <operation name=\"").raw(name).raw("\">\n      ");
        writer.element("documentation", &signature.help);
        for (way, suffix) in [("input", "Request"), ("output", "Response")] {
            writer.raw("\n      <").raw(way).raw(" message=\"tns:").raw(name).raw(suffix).raw("\"/>");
        }
        writer.raw("\n    </operation>\n");
    }
    writer.raw("  </portType>\n");
}

fn ports(writer: &mut Writer, service: &Service<'_>, bindings: &[Binding]) {
    writer.raw("  <service name=\"").raw(service.name).raw("\">\n");
    for binding in bindings {
        for (place, location) in binding.locations(service).iter().enumerate() {
            // The first port has no number.
            let number = if place == 0 { String::new() } else { (place + 1).to_string() };
            writer
                .raw("    <port name=\"")
                .raw(service.name)
                .raw(binding.suffix())
                .raw(&number)
                .raw("\" binding=\"tns:");
            writer.raw(service.name).raw(binding.suffix()).raw("\">\n      <").raw(binding.prefix());
            writer.raw(":address location=\"").attribute(location).raw("\"/>\n    </port>\n");
        }
    }
    writer.raw("  </service>\n");
}
