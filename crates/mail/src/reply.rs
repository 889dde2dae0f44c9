//! An SMTP reply (RFC 5321 §4.2) as a value: a code, perhaps an enhanced status (RFC 3463), and lines of text.
//!
//! It is kept whole from the connection to the store and the delivery report. Reading it off a connection and writing it
//! there is not done here.

use std::borrow::Cow;
use std::fmt;

use crate::EnhancedStatus;

/// One reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    enhanced: Option<EnhancedStatus>,
    text: Cow<'static, str>,
}

impl Reply {
    /// A reply. One without an enhanced status is the greeting, the answer to HELO or EHLO, or 354 (RFC 2034 §4). A code
    /// outside 200–599 becomes 451: a slip of ours is worth another try.
    #[must_use]
    pub fn new(code: u16, enhanced: impl Into<Option<EnhancedStatus>>, text: impl Into<Cow<'static, str>>) -> Self {
        let code = if matches!(code, 200..600) { code } else { 451 };
        Self { code, enhanced: enhanced.into(), text: text.into() }
    }

    /// A reply that has no enhanced status.
    #[must_use]
    pub fn plain(code: u16, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code, None, text)
    }

    /// A reply that is known when the program is compiled. Its code is taken as it is: 200 to 599.
    #[must_use]
    pub const fn fixed(code: u16, enhanced: Option<EnhancedStatus>, text: &'static str) -> Self {
        Self { code, enhanced, text: Cow::Borrowed(text) }
    }

    /// The code: 200 to 599.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The first digit of the code: 2 done, 3 go on, 4 later, 5 never (RFC 5321 §4.2.1).
    #[must_use]
    pub fn class(&self) -> u16 {
        self.code / 100
    }

    /// The enhanced status, where the reply has one.
    #[must_use]
    pub fn enhanced(&self) -> Option<EnhancedStatus> {
        self.enhanced
    }

    /// The text without codes, its lines parted by LF.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lines of the text.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.split('\n')
    }
}

/// One line, for logs and for the diagnostic code of a delivery report: `550 5.1.1 No such user`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        self.lines().filter(|line| !line.is_empty()).try_for_each(|line| write!(f, " {line}"))
    }
}
