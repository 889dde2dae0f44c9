//! Header blocks: WS-Addressing is understood, the rest is looked at for who must understand it.

use super::Reply;
use super::names::{ADDRESSING, Version};
use crate::xml::{Attribute, Event, Name, Reader, trim};
use crate::{Code, Fault};

/// What WS-Addressing says of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addressing {
    /// The namespace of the version in use.
    pub namespace: String,
    /// `MessageID`.
    pub message_id: Option<String>,
    /// The message ids in `RelatesTo`.
    pub relates_to: Vec<String>,
    /// `Action`.
    pub action: Option<String>,
    /// `To`.
    pub to: Option<String>,
    /// The address in `ReplyTo`.
    pub reply_to: Option<String>,
    /// The address in `FaultTo`.
    pub fault_to: Option<String>,
    /// The address in `From`.
    pub from: Option<String>,
    /// A block that may be there once, and is there again and says otherwise.
    pub(super) repeated: Option<&'static str>,
}

/// Reads a Header just begun, to its end, and notes in `reply` what it says.
pub(super) fn read(reader: &mut Reader<'_>, reply: &mut Reply) -> Result<(), Fault> {
    while let Some(name) = reader.child()? {
        let (ours, must) = demand(reader.attributes(), reply.version);
        if ours && ADDRESSING.contains(&&*name.namespace) {
            addressing(reader, &name, reply)?;
        } else {
            if ours && must {
                reply.not_understood.push((name.namespace.to_string(), name.local.to_owned()));
            }
            reader.skip()?;
        }
    }
    Ok(())
}

/// Refuses what was noted.
///
/// # Errors
/// [`Code::MustUnderstand`] where a block for our role is not understood.
pub(super) fn understood(reply: &Reply) -> Result<(), Fault> {
    match reply.not_understood.first() {
        None => Ok(()),
        Some((_, block)) => {
            let shown: String = block.chars().take(40).collect();
            Err(Fault::new(Code::MustUnderstand, format!("The header block {shown} is not understood here.")))
        }
    }
}

/// Whether a block is for us, and whether whom it is for must understand it: SOAP 1.1 §4.2.2 and §4.2.3; SOAP 1.2 Part 1
/// §5.2.2 and §5.2.3.
fn demand(attributes: &[Attribute<'_>], version: Version) -> (bool, bool) {
    let value = |local| attributes.iter().find(|a| a.name.is(version.envelope(), local)).map(|a| trim(&a.value));
    let role = match version {
        Version::V11 => value("actor"),
        Version::V12 => value("role"),
    };
    let ours = matches!(
        role.unwrap_or_default(),
        "" | "http://schemas.xmlsoap.org/soap/actor/next"
            | "http://www.w3.org/2003/05/soap-envelope/role/next"
            | "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"
    );
    (ours, matches!(value("mustUnderstand"), Some("1" | "true")))
}

/// WS-Addressing 1.0 – Core §3.2.
fn addressing(reader: &mut Reader<'_>, name: &Name<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let text = leaf(reader)?;
    let addressing = reply
        .addressing
        .get_or_insert_with(|| Addressing { namespace: name.namespace.to_string(), ..Addressing::default() });
    if addressing.namespace != *name.namespace {
        // Programs in doubt write the blocks of both versions: the first version counts.
        return Ok(());
    }
    let (name, place) = match name.local {
        "MessageID" => ("MessageID", &mut addressing.message_id),
        "Action" => ("Action", &mut addressing.action),
        "To" => ("To", &mut addressing.to),
        "ReplyTo" => ("ReplyTo", &mut addressing.reply_to),
        "FaultTo" => ("FaultTo", &mut addressing.fault_to),
        "From" => ("From", &mut addressing.from),
        "RelatesTo" => {
            addressing.relates_to.push(text);
            return Ok(());
        }
        _ => return Ok(()),
    };
    if let Some(before) = place {
        // WS-Addressing 1.0 – SOAP Binding §3.2: it must not be there twice. QUIRK: zeep, where both its user and the WSDL want
        // addressing, writes every block twice, with two ids: the first id counts, and what says the same says nothing new.
        if name != "MessageID" && *before != text {
            addressing.repeated.get_or_insert(name);
        }
        return Ok(());
    }
    *place = Some(text);
    Ok(())
}

/// The text of the block just begun: its own, or that of its `Address`.
fn leaf(reader: &mut Reader<'_>) -> Result<String, Fault> {
    let mut own = String::new();
    let mut address = None;
    loop {
        match reader.read()? {
            Event::Text(text) => own.push_str(&text),
            Event::Start(name) if name.local == "Address" && address.is_none() => {
                address = Some(trim(&reader.text()?).to_owned());
            }
            Event::Start(_) => reader.skip()?,
            Event::End | Event::Eof => return Ok(address.unwrap_or_else(|| trim(&own).to_owned())),
        }
    }
}
