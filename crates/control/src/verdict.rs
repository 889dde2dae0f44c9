//! What is told of a mail that was handed over.

use std::fmt;

use serde::{Deserialize, Serialize};
use smtp::{EnhancedStatus, Reply, Verdict};

use super::shown;

/// What an MTA is told of a mail that it piped: the reply that SMTP would have given, in its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictRow {
    /// The first digit of the code: 2, 4 or 5.
    pub class: u8,
    /// The code: 250, or the reply's own.
    pub code: u16,
    /// The enhanced status, where the reply has one.
    #[serde(with = "shown::option")]
    pub enhanced: Option<EnhancedStatus>,
    /// The sentence: `No service has this address`.
    pub text: String,
}

impl VerdictRow {
    /// The row of a verdict.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Accept(text) => Self { class: 2, code: 250, enhanced: None, text: text.to_string() },
            Verdict::TryLater(reply) => Self::no(4, reply),
            Verdict::Refuse(reply) => Self::no(5, reply),
        }
    }

    fn no(class: u8, reply: &Reply) -> Self {
        Self { class, code: reply.code(), enhanced: reply.enhanced(), text: reply.text().to_owned() }
    }

    /// The verdict of a row.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let reply = || Reply::new(self.code, self.enhanced, self.text.clone());
        match self.class {
            2 => Verdict::Accept(self.text.clone().into()),
            4 => Verdict::TryLater(reply()),
            _ => Verdict::Refuse(reply()),
        }
    }
}

/// For whoever runs the MTA: `5.1.1 No service has this address`.
impl fmt::Display for VerdictRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(enhanced) = self.enhanced {
            write!(f, "{enhanced} ")?;
        }
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use smtp::{EnhancedStatus, Reply, Verdict};

    use super::VerdictRow;

    #[test]
    fn a_verdict_comes_back_as_it_was_whatever_its_sentence_begins_with() {
        let later = |code, status, text: &'static str| Verdict::TryLater(Reply::new(code, status, text));
        for verdict in [
            Verdict::Accept("Queued as 4711.1".into()),
            later(452, EnhancedStatus::parse("4.3.1"), "No room for mail now; try again"),
            later(421, None, "4.7.0 is not its status"),
            Verdict::Refuse(Reply::new(554, EnhancedStatus::parse("5.6.0"), "5.1.1 is not its status either")),
        ] {
            let row = serde_json::to_string(&VerdictRow::of(&verdict)).unwrap();
            assert_eq!(serde_json::from_str::<VerdictRow>(&row).unwrap().verdict(), verdict, "{row}");
        }
    }
}
