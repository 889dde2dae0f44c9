//! How the operations travel: over HTTP in both versions of SOAP, and by mail.

use super::messages::FAULT;
use super::{Operation, Service, Style};
use crate::xml::Writer;

const HTTP: &str = "http://schemas.xmlsoap.org/soap/http";
/// SMTP Transport Binding for SOAP 1.1 (PocketSOAP, 2001).
const SMTP: &str = "http://schemas.pocketsoap.com/soap/smtp";

/// A binding of the one port type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    /// SOAP 1.1 over HTTP.
    Http11,
    /// SOAP 1.2 over HTTP (the member submission of 2006).
    Http12,
    /// SOAP 1.1 by mail.
    Mail,
}

impl Binding {
    /// Those that the service has a port for in this style. HTTP comes first: clients take the first port for the usual one.
    pub(super) fn all(service: &Service<'_>) -> Vec<Self> {
        let mut all = vec![Self::Http11, Self::Http12];
        if service.style == Style::Rpc {
            // JAX-WS reads no document with a port at a mailto: URL, and WS-I knows HTTP alone (R2702).
            all.push(Self::Mail);
        }
        all.into_iter().filter(|binding| !binding.locations(service).is_empty()).collect()
    }

    /// What its name and the names of its ports end with.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Http11 => "Soap11",
            Self::Http12 => "Soap12",
            Self::Mail => "Mail",
        }
    }

    /// The prefix of its extension elements.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Http11 | Self::Mail => "soap",
            Self::Http12 => "soap12",
        }
    }

    /// Where its ports are.
    pub(super) fn locations(self, service: &Service<'_>) -> Vec<String> {
        match self {
            Self::Http11 | Self::Http12 => service.http.clone(),
            Self::Mail => service.mail.iter().map(|address| mailto(address)).collect(),
        }
    }

    /// The binding with its operations.
    pub(super) fn write(self, writer: &mut Writer, about: (&Service<'_>, &[Operation<'_>])) {
        let (service, operations) = about;
        let (prefix, transport) = (self.prefix(), if self == Self::Mail { SMTP } else { HTTP });
        writer.raw("  <binding name=\"").raw(service.name).raw(self.suffix()).raw("\" type=\"tns:").raw(service.name);
        let style = if service.style == Style::Rpc { "rpc" } else { "document" };
        writer.raw("PortType\">\n    <").raw(prefix).raw(":binding style=\"").raw(style).raw("\" transport=\"");
        writer.raw(transport).raw("\"/>\n");
        operations.iter().for_each(|operation| self.operation(writer, operation, service.style));
        writer.raw("  </binding>\n");
    }

    fn operation(self, writer: &mut Writer, operation: &Operation<'_>, style: Style) {
        let (prefix, Operation { name, namespace, .. }) = (self.prefix(), operation);
        writer.raw("    <operation name=\"").raw(name).raw("\">\n      <").raw(prefix);
        writer.raw(":operation soapAction=\"").attribute(namespace).raw("#").raw(name).raw("\"/>\n");
        for way in ["input", "output"] {
            writer.raw("      <").raw(way).raw("><").raw(prefix).raw(":body use=\"literal\"");
            if style == Style::Rpc {
                // WS-I Basic Profile 1.1 R2716 and R2717: here, and only here.
                writer.raw(" namespace=\"").attribute(namespace).raw("\"");
            }
            writer.raw("/></").raw(way).raw(">\n");
        }
        // WS-I Basic Profile 1.1 R2740 says "should". QUIRK: WSDL2Java of Axis 1 stumbles over a fault of the SOAP 1.2 binding.
        if style == Style::Document && self != Self::Http12 {
            writer.raw("      <fault name=\"").raw(FAULT).raw("\"><").raw(prefix).raw(":fault name=\"").raw(FAULT);
            writer.raw("\" use=\"literal\"/></fault>\n");
        }
        writer.raw("    </operation>\n");
    }
}

/// RFC 6068 §2: what an address may hold and a URI may not is percent-encoded.
fn mailto(address: &str) -> String {
    let mut uri = String::from("mailto:");
    for byte in address.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => uri.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'@' | b'!' | b'$' | b'\'' | b'*' | b'+' => uri.push(char::from(byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}
