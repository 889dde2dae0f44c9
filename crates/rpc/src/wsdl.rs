//! The WSDL 1.1 document of a service, with its ports for SOAP 1.1, SOAP 1.2 and SOAP by mail.
//!
//! There are two styles of it, for one and the same wire (WS-I Basic Profile 1.1 §4.4, §4.5). rpc/literal: PHP and Python call
//! a method with its parameters as if it were their own, and one document holds operations of several namespaces.
//! document/literal wrapped: what .NET, JAX-WS and CXF are made for, and every message can be validated against the schema.
//! Types are written from the JSON Schemas of the signatures.

mod binding;
mod messages;
mod types;

#[cfg(test)]
mod tests;

use self::binding::Binding;
use self::messages::Messages;
use self::types::Types;
use crate::xml::Writer;
use crate::xml::name::is_ncname;
use crate::{Signature, soap};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const SOAP_11: &str = "http://schemas.xmlsoap.org/wsdl/soap/";
const SOAP_12: &str = "http://schemas.xmlsoap.org/wsdl/soap12/";
/// WS-Addressing 1.0 – Metadata §4.4: what the action of a message is.
const METADATA: &str = "http://www.w3.org/2007/05/addressing/metadata";
const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";

/// How the messages are described (WSDL 1.1 §3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// rpc/literal: a part for each parameter.
    #[default]
    Rpc,
    /// document/literal wrapped: an element for the request, with a child for each parameter, and one for the answer. Its
    /// ports are those for HTTP.
    Document,
}

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
    /// How the messages are described.
    pub style: Style,
}

/// A method.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    /// Its name.
    pub name: &'a str,
    /// The namespace that requests and answers are in; in [`Style::Document`] it is the service's for all.
    pub namespace: &'a str,
    /// Its parameters and result.
    pub signature: &'a Signature,
}

/// Writes the document, in UTF-8.
#[must_use]
pub fn write(service: &Service<'_>) -> Vec<u8> {
    let mut operations = service.operations.clone();
    operations.retain(|operation| is_ncname(operation.name));
    if service.style == Style::Document {
        // One schema holds every element: what the namespace is makes no difference to the receiver.
        operations.iter_mut().for_each(|operation| operation.namespace = service.namespace);
    }
    let mut types = Types::default();
    let messages: Vec<Messages<'_>> =
        operations.iter().map(|operation| Messages::of(*operation, service.style, &mut types)).collect();

    let mut writer = Writer::new();
    writer.raw("\n<definitions name=\"").attribute(service.name).raw("\" targetNamespace=\"");
    writer.attribute(service.namespace).raw("\"");
    let more = [(":f", soap::FAULT), (":wsam", METADATA)];
    let more = if service.style == Style::Document { &more[..] } else { &[] };
    let prefixes =
        [("", WSDL), (":soap", SOAP_11), (":soap12", SOAP_12), (":xsd", SCHEMA), (":tns", service.namespace)];
    for (prefix, namespace) in prefixes.iter().chain(more) {
        writer.raw("\n    xmlns").raw(prefix).raw("=\"").attribute(namespace).raw("\"");
    }
    writer.raw(">\n");
    types.write(&mut writer, service.namespace);
    messages.iter().for_each(|message| message.write(&mut writer));
    if service.style == Style::Document {
        messages::fault(&mut writer);
    }
    port_type(&mut writer, service, &messages);
    let bindings = Binding::all(service);
    bindings.iter().for_each(|binding| binding.write(&mut writer, (service, &operations)));
    ports(&mut writer, service, &bindings);
    writer.raw("</definitions>\n");
    writer.finish()
}

fn port_type(writer: &mut Writer, service: &Service<'_>, messages: &[Messages<'_>]) {
    writer.raw("  <portType name=\"").raw(service.name).raw("PortType\">\n");
    for Operation { name, signature, namespace } in messages.iter().map(Messages::operation) {
        writer.raw("    <operation name=\"").raw(name).raw("\">\n      ");
        writer.element("documentation", &signature.help);
        let ways = [
            ("input", "Request", format!("{namespace}#{name}")),
            ("output", "Response", soap::answer_action(namespace, name)),
        ];
        for (way, suffix, action) in ways {
            writer.raw("\n      <").raw(way).raw(" message=\"tns:").raw(name).raw(suffix).raw("\"");
            if service.style == Style::Document {
                writer.raw(" wsam:Action=\"").attribute(&action).raw("\"");
            }
            writer.raw("/>");
        }
        if service.style == Style::Document {
            writer.raw("\n      <fault name=\"").raw(messages::FAULT).raw("\" message=\"tns:").raw(messages::FAULT);
            writer.raw("\" wsam:Action=\"").raw(soap::FAULT_ACTION).raw("\"/>");
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
