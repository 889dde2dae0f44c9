//! A document, read: its calls, and how to write their answer.
//!
//! Reading never fails: what is broken is a call that faulted, and is answered like any other.

use crate::method::Wording;
use crate::{Call, Code, Document, Fault, Limits, Outcome, Protocol, json_rpc, recognise, soap, xml_rpc};

/// A document, read.
pub struct Inquiry {
    /// The calls in the order of the document, notifications too; the faulty ones as what their caller is to be told.
    pub calls: Vec<Result<Call, Fault>>,
    form: Form,
}

/// What the answer needs to know of the question.
pub(crate) enum Form {
    /// Ids, and whether it was a batch.
    JsonRpc(json_rpc::Form),
    /// What the caller showed it can read.
    XmlRpc(xml_rpc::Uses),
    /// Version, operation, style and header blocks.
    Soap(Box<soap::Reply>),
    /// One call that came in no document of these: its carrier writes the answer itself.
    Bare,
}

/// What an answer means to a carrier that has a status of its own (HTTP).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Every outcome of JSON-RPC and XML-RPC, and results of SOAP: HTTP 200.
    Ok,
    /// A SOAP 1.2 fault of the caller's making: HTTP 400.
    Sender,
    /// Any other SOAP fault: HTTP 500.
    Receiver,
}

/// The document is of no protocol spoken here, and nobody said that it was: HTTP 415.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unrecognised;

impl Inquiry {
    /// Reads a document of whatever protocol.
    ///
    /// # Errors
    /// It is none, and was not sent as JSON, as a form or without a type.
    pub fn read(document: &Document, limits: &Limits) -> Result<Self, Unrecognised> {
        match recognise::family(document).ok_or(Unrecognised)? {
            recognise::Family::Json => {
                let (calls, form) = json_rpc::read(document, limits);
                Ok(Self { calls, form: Form::JsonRpc(form) })
            }
            recognise::Family::XmlRpc => {
                let xml_rpc::Request { call, uses } = xml_rpc::read(document, &limits.xml);
                Ok(Self { calls: vec![call], form: Form::XmlRpc(uses) })
            }
            recognise::Family::Soap => {
                let soap::Request { call, reply } = soap::read(document, &limits.xml);
                Ok(Self { calls: vec![call], form: Form::Soap(Box::new(reply)) })
            }
        }
    }

    /// One call that was read elsewhere, with parameters as JSON-RPC has them; whoever read it writes its answer.
    #[must_use]
    pub fn single(call: Call) -> Self {
        Self { calls: vec![Ok(call)], form: Form::Bare }
    }

    /// The protocol it is answered in.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        match &self.form {
            Form::JsonRpc(_) | Form::Bare => Protocol::JsonRpc,
            Form::XmlRpc(_) => Protocol::XmlRpc,
            Form::Soap(reply) => reply.version.protocol(),
        }
    }

    /// How its calls were written.
    #[must_use]
    pub fn wording(&self) -> Wording {
        let namespace = match &self.form {
            Form::Soap(reply) => reply.namespace.clone(),
            _ => String::new(),
        };
        Wording { protocol: self.protocol(), namespace }
    }

    /// What SOAP's answer will know of its request: WS-Addressing for carriers, which may set the answer's own id.
    pub fn soap(&mut self) -> Option<&mut soap::Reply> {
        match &mut self.form {
            Form::Soap(reply) => Some(reply),
            _ => None,
        }
    }

    /// What the answer with these outcomes means to the carrier (SOAP 1.1 §6.2; SOAP 1.2 Part 2 §7.5.2.2).
    #[must_use]
    pub fn class<'o>(&self, outcomes: impl IntoIterator<Item = &'o Outcome>) -> Class {
        let fault = outcomes.into_iter().find_map(|outcome| outcome.as_ref().err());
        match (self.protocol(), fault.map(|fault| fault.code)) {
            (Protocol::JsonRpc | Protocol::XmlRpc, _) | (_, None) => Class::Ok,
            (Protocol::Soap12, Some(code)) if code.is_sender() && !is_about_the_envelope(code) => Class::Sender,
            (_, Some(_)) => Class::Receiver,
        }
    }

    /// The answer: one outcome for each of `calls`, in their order; the faults carry the `trace` id. `None` where nothing
    /// is to be said (notifications, one-way calls).
    #[must_use]
    pub fn answer(self, outcomes: Vec<Outcome>, trace: &str) -> Option<Document> {
        match self.form {
            Form::JsonRpc(form) => form.answer(&outcomes, trace),
            Form::Bare => None,
            Form::XmlRpc(uses) => Some(written("text/xml", xml_rpc::write_answer(outcomes.first()?, uses))),
            Form::Soap(reply) => {
                Some(written(reply.version.media_type(), soap::write_answer(&reply, outcomes.first()?, trace)))
            }
        }
    }
}

fn is_about_the_envelope(code: Code) -> bool {
    matches!(code, Code::VersionMismatch | Code::MustUnderstand)
}

fn written(media_type: &str, bytes: Vec<u8>) -> Document {
    Document { media_type: media_type.to_owned(), bytes, ..Document::default() }
}
