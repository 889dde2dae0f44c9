//! What WS-Addressing demands of a request, and how a fault says that it was not met (WS-Addressing 1.0 – SOAP Binding §6).

use super::action;
use super::header::Addressing;
use super::names::{ADDRESSING, FAULT_ACTION};
use crate::fault::AddressingProblem;
use crate::xml::Writer;
use crate::{Code, Fault};

impl Addressing {
    /// True where nobody wants an answer (WS-Addressing 1.0 – Core §2.1).
    #[must_use]
    pub fn is_one_way(&self) -> bool {
        self.reply_to.as_deref() == Some("http://www.w3.org/2005/08/addressing/none")
    }

    /// Holds the blocks against each other, against `SOAPAction`, and against the Body: its namespace and operation.
    pub(super) fn check(&self, soap_action: Option<&str>, body: (&str, &str)) -> Result<(), Fault> {
        let (namespace, operation) = body;
        if let Some(block) = self.repeated {
            return Err(AddressingProblem::Cardinality(block).fault());
        }
        if let Some(said) = self.action.as_deref().filter(|said| action::check(said, namespace, operation).is_err()) {
            let agreed = soap_action.is_none_or(|other| other.is_empty() || other == said);
            return Err(
                if agreed { AddressingProblem::ActionNotSupported } else { AddressingProblem::ActionMismatch }.fault()
            );
        }
        // Core §3.1: an id is needed where an answer is due, and an answer itself is answered by none.
        let has_id = self.message_id.as_deref().is_some_and(|id| !id.is_empty());
        if !has_id && self.relates_to.is_empty() && !self.is_one_way() {
            return Err(AddressingProblem::Required("MessageID").fault());
        }
        Ok(())
    }

    /// The id that answers to this message relate to; the one that stands for none where it has none (Core §3.1).
    pub(super) fn related(&self) -> String {
        let given = self.message_id.as_deref().filter(|id| !id.is_empty());
        let middle = if self.is_final() { "" } else { "/id" };
        given.map_or_else(|| format!("{}{middle}/unspecified", self.namespace), str::to_owned)
    }

    /// The action of a fault: one of WS-Addressing itself, or any other (SOAP Binding §6).
    pub(super) fn fault_action(&self, code: Code) -> String {
        match code {
            Code::Addressing(_) => format!("{}/fault", self.namespace),
            _ if self.is_final() => FAULT_ACTION.to_owned(),
            _ => format!("{}/fault", self.namespace),
        }
    }

    /// True for the recommendation, false for the submission of 2004, which has other names for some things.
    fn is_final(&self) -> bool {
        self.namespace == ADDRESSING[0]
    }
}

impl AddressingProblem {
    fn fault(self) -> Fault {
        Fault::new(
            Code::Addressing(self),
            match self {
                Self::Required(block) => {
                    format!("A required header representing a Message Addressing Property is not present: {block}")
                }
                Self::Cardinality(block) => {
                    format!("A header representing a Message Addressing Property is there more than once: {block}")
                }
                Self::ActionMismatch => "The Action and the SOAPAction for the message do not match.".to_owned(),
                Self::ActionNotSupported => {
                    "The Action names another operation than the body of the message.".to_owned()
                }
            },
        )
    }

    /// The names of its subcode and of the code below that, if it has one.
    pub(super) fn codes(self, addressing: &Addressing) -> (&'static str, Option<&'static str>) {
        match (self, addressing.is_final()) {
            (Self::Required(_), true) => ("MessageAddressingHeaderRequired", None),
            (Self::Required(_), false) => ("MessageInformationHeaderRequired", None),
            (Self::Cardinality(_), true) => ("InvalidAddressingHeader", Some("InvalidCardinality")),
            (Self::ActionMismatch, true) => ("InvalidAddressingHeader", Some("ActionMismatch")),
            (Self::Cardinality(_) | Self::ActionMismatch, false) => ("InvalidMessageInformationHeader", None),
            (Self::ActionNotSupported, _) => ("ActionNotSupported", None),
        }
    }

    /// The detail (§6.3), inside an element for which `wsa` is declared.
    pub(super) fn detail(self, writer: &mut Writer, addressing: &Addressing) {
        match self {
            Self::Required(block) | Self::Cardinality(block) => {
                writer.raw("<wsa:ProblemHeaderQName>wsa:").raw(block).raw("</wsa:ProblemHeaderQName>");
            }
            Self::ActionMismatch | Self::ActionNotSupported => {
                let action = addressing.action.as_deref().unwrap_or_default();
                writer.raw("<wsa:ProblemAction><wsa:Action>").text(action).raw("</wsa:Action></wsa:ProblemAction>");
            }
        }
    }
}
