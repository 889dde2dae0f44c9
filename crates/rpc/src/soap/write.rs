//! Envelopes: answers and, for the client, calls.

use super::encode::Encoder;
use super::names::{ENVELOPE_11, ENVELOPE_12, INSTANCE, SCHEMA, Version};
use super::{Reply, Style, fault, header, names};
use crate::xml::Writer;
use crate::xml::name::is_ncname;
use crate::{Call, Code, Fault, Outcome, Params, Value};

pub(super) fn answer(reply: &Reply, outcome: &Outcome, trace: &str) -> Vec<u8> {
    let mut writer = Writer::new();
    open(&mut writer, reply.version, if outcome.is_ok() { reply.style } else { Style::Literal });
    header(&mut writer, reply, outcome.as_ref().err());
    writer.raw("<SOAP-ENV:Body>");
    match outcome {
        Ok(result) => response(&mut writer, reply, result),
        Err(fault) => fault::write(&mut writer, reply, (fault, trace)),
    }
    close(writer)
}

pub(super) fn call(call: &Call, version: Version, namespace: &str) -> Result<Vec<u8>, Fault> {
    let mut writer = Writer::new();
    open(&mut writer, version, Style::Encoded);
    writer.raw("<SOAP-ENV:Body>");
    name_checked(&call.method.0)?;
    let tag = Tag { namespace, local: &call.method.0, suffix: "" };
    tag.open(&mut writer, (version, Style::Encoded));
    let mut encoder = Encoder { writer: &mut writer, style: Style::Encoded, version };
    let mut param = |name: &str, value: &Value| name_checked(name).map(|()| encoder.element(name, value));
    match &call.params {
        Params::Positional(params) => {
            params.iter().enumerate().try_for_each(|(index, value)| param(&format!("param{index}"), value))?;
        }
        Params::Named(params) => params.iter().try_for_each(|(name, value)| param(name, value))?,
        Params::Elements(params) => params.iter().try_for_each(|(name, value)| param(name, value))?,
    }
    tag.close(&mut writer);
    if writer.replaced() > 0 {
        return Err(Fault::new(Code::InvalidParams, "A text has a character that XML cannot carry."));
    }
    Ok(close(writer))
}

pub(crate) fn name_checked(name: &str) -> Result<(), Fault> {
    if is_ncname(name) {
        return Ok(());
    }
    Err(Fault::new(Code::InvalidParams, "SOAP can carry only names that are XML names.").at(name))
}

/// An element in the service's namespace, or in none.
pub(crate) struct Tag<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) local: &'a str,
    pub(crate) suffix: &'a str,
}

impl Tag<'_> {
    fn prefix(&self) -> &'static str {
        if self.namespace.is_empty() { "" } else { "m:" }
    }

    pub(crate) fn open(&self, writer: &mut Writer, how: (Version, Style)) {
        self.begin(writer, how);
        writer.raw(">");
    }

    /// The start tag without its end, for more attributes.
    pub(crate) fn begin(&self, writer: &mut Writer, how: (Version, Style)) {
        writer.raw("<").raw(self.prefix()).raw(self.local).raw(self.suffix);
        if !self.namespace.is_empty() {
            writer.raw(" xmlns:m=\"").attribute(self.namespace).raw("\"");
        }
        if how.1 == Style::Encoded {
            // SOAP 1.2 Part 1 §5.1.1 allows it here, not on the envelope; nor does the schema of SOAP 1.1 there.
            writer.raw(" SOAP-ENV:encodingStyle=\"").raw(how.0.encoding()).raw("\"");
        }
    }

    pub(crate) fn close(&self, writer: &mut Writer) {
        writer.raw("</").raw(self.prefix()).raw(self.local).raw(self.suffix).raw(">");
    }
}

pub(crate) fn open(writer: &mut Writer, version: Version, style: Style) {
    writer.raw("<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"").raw(version.envelope()).raw("\"");
    let prefixes = [("xsd", SCHEMA), ("xsi", INSTANCE), ("SOAP-ENC", version.encoding())];
    let needed = match style {
        Style::Literal => &prefixes[..0],
        Style::Typed => &prefixes[..2],
        Style::Encoded => &prefixes[..],
    };
    for (prefix, namespace) in needed {
        writer.raw(" xmlns:").raw(prefix).raw("=\"").raw(namespace).raw("\"");
    }
    writer.raw(">");
}

pub(crate) fn close(mut writer: Writer) -> Vec<u8> {
    writer.raw("</SOAP-ENV:Body></SOAP-ENV:Envelope>");
    writer.finish()
}

fn response(writer: &mut Writer, reply: &Reply, result: &Value) {
    let tag = Tag { namespace: &reply.namespace, local: &reply.operation, suffix: "Response" };
    tag.open(writer, (reply.version, reply.style));
    Encoder { writer, style: reply.style, version: reply.version }.element("return", result);
    tag.close(writer);
}

fn header(writer: &mut Writer, reply: &Reply, fault: Option<&Fault>) {
    let code = fault.map(|fault| fault.code);
    let not_understood = code == Some(Code::MustUnderstand) && reply.version == Version::V12;
    let mismatch = code == Some(Code::VersionMismatch);
    let related = reply.addressing.as_ref();
    if !not_understood && !mismatch && related.is_none() {
        return;
    }
    writer.raw("<SOAP-ENV:Header>");
    if not_understood {
        // SOAP 1.2 Part 1 §5.4.8.
        for (namespace, local) in &reply.not_understood {
            let prefix = if namespace.is_empty() { "" } else { "h:" };
            writer.raw("<SOAP-ENV:NotUnderstood");
            if !namespace.is_empty() {
                writer.raw(" xmlns:h=\"").attribute(namespace).raw("\"");
            }
            writer.raw(" qname=\"").raw(prefix).attribute(local).raw("\"/>");
        }
    }
    if mismatch {
        // SOAP 1.2 Part 1 §5.4.7 and appendix A: the block is of 1.2 in both versions.
        writer.raw("<up:Upgrade xmlns:up=\"").raw(ENVELOPE_12).raw("\">");
        for namespace in [ENVELOPE_12, ENVELOPE_11] {
            writer.raw("<up:SupportedEnvelope qname=\"e:Envelope\" xmlns:e=\"").raw(namespace).raw("\"/>");
        }
        writer.raw("</up:Upgrade>");
    }
    if let Some(addressing) = related {
        addressing_blocks(writer, reply, (addressing, fault));
    }
    writer.raw("</SOAP-ENV:Header>");
}

/// WS-Addressing 1.0 – Core §3.4: what relates the answer to its request.
fn addressing_blocks(writer: &mut Writer, reply: &Reply, about: (&header::Addressing, Option<&Fault>)) {
    let (addressing, fault) = about;
    let mut block = |name: &str, value: &str| {
        writer.raw("<wsa:").raw(name).raw(" xmlns:wsa=\"").attribute(&addressing.namespace).raw("\">");
        writer.text(value).raw("</wsa:").raw(name).raw(">");
    };
    if let Some(id) = &reply.message_id {
        block("MessageID", id);
    }
    block("RelatesTo", &addressing.related());
    if let Some(address) = &addressing.reply_to {
        block("To", address);
    }
    let Some(fault) = fault else {
        block("Action", &names::answer_action(&reply.namespace, &reply.operation));
        return;
    };
    block("Action", &addressing.fault_action(fault.code));
    if let Some((problem, addressing)) = fault::problem(fault, reply).filter(|_| reply.version == Version::V11) {
        // WS-Addressing 1.0 – SOAP Binding §6.2: in SOAP 1.1 what is said of a header stands in one.
        writer.raw("<wsa:FaultDetail xmlns:wsa=\"").attribute(&addressing.namespace).raw("\">");
        problem.detail(writer, addressing);
        writer.raw("</wsa:FaultDetail>");
    }
}
