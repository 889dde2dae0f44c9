//! Every reply with which a session answers of its own accord, in one place.

use super::{EnhancedStatus, Reply};

const fn fixed(code: u16, status: (u8, u16, u16), text: &'static str) -> Reply {
    Reply::fixed(code, Some(EnhancedStatus::new(status.0, status.1, status.2)), text)
}

pub(crate) const DONE: Reply = fixed(250, (2, 0, 0), "Done");
pub(crate) const GOODBYE: Reply = fixed(221, (2, 0, 0), "Goodbye");
pub(crate) const HELP: Reply =
    fixed(214, (2, 0, 0), "HELO EHLO LHLO MAIL RCPT DATA BDAT RSET NOOP VRFY STARTTLS AUTH QUIT: RFC 5321");
pub(crate) const SENDER: Reply = fixed(250, (2, 1, 0), "Sender noted");
// RFC 5321 §7.3: neither yes nor no, so that no list of addresses can be read off.
pub(crate) const VRFY: Reply = fixed(252, (2, 1, 5), "Send some mail, and it will be seen");
pub(crate) const START_TLS: Reply = fixed(220, (2, 0, 0), "Ready to start TLS");
pub(crate) const START_MAIL: Reply = Reply::fixed(354, None, "Send the message, and end it with <CRLF>.<CRLF>");

pub(crate) const UNKNOWN: Reply = fixed(500, (5, 5, 1), "Command not recognized");
pub(crate) const NOT_BUILT: Reply = fixed(502, (5, 5, 1), "Command not implemented");
pub(crate) const LINE_TOO_LONG: Reply = fixed(500, (5, 5, 2), "Line too long");
pub(crate) const BARE_LF: Reply = fixed(500, (5, 5, 2), "Lines end with CRLF");
pub(crate) const UNCLEAN: Reply = fixed(501, (5, 5, 2), "Control characters, or text that is not UTF-8");
pub(crate) const NO_ARGUMENTS: Reply = fixed(501, (5, 5, 4), "No arguments allowed");
pub(crate) const HELLO_SYNTAX: Reply = fixed(501, (5, 5, 4), "Needs one domain or address literal");
pub(crate) const MAIL_SYNTAX: Reply = fixed(501, (5, 5, 4), "Syntax: MAIL FROM:<address>");
pub(crate) const RCPT_SYNTAX: Reply = fixed(501, (5, 5, 4), "Syntax: RCPT TO:<address>");
pub(crate) const BDAT_SYNTAX: Reply =
    fixed(501, (5, 5, 4), "Syntax: BDAT size [LAST]; goodbye, since the next command cannot be found");
pub(crate) const NO_RECIPIENT: Reply = fixed(501, (5, 1, 3), "A recipient is not empty");
pub(crate) const PARAMETER_SYNTAX: Reply = fixed(501, (5, 5, 4), "Bad or repeated parameter");
pub(crate) const PARAMETER_UNKNOWN: Reply = fixed(555, (5, 5, 4), "Parameter not recognized, or not offered");
pub(crate) const NEEDS_SMTPUTF8: Reply = fixed(553, (5, 6, 7), "Address needs SMTPUTF8");

pub(crate) const HELLO_FIRST: Reply = fixed(503, (5, 5, 1), "Greet first");
pub(crate) const MAIL_FIRST: Reply = fixed(503, (5, 5, 1), "MAIL first");
pub(crate) const RCPT_FIRST: Reply = fixed(503, (5, 5, 1), "RCPT first");
pub(crate) const NESTED_MAIL: Reply = fixed(503, (5, 5, 1), "A sender was given already");
pub(crate) const INSIDE_BDAT: Reply = fixed(503, (5, 5, 1), "The message has begun with BDAT");
pub(crate) const TLS_ALREADY: Reply = fixed(503, (5, 5, 1), "TLS is active already");
pub(crate) const TLS_FIRST: Reply = fixed(530, (5, 7, 0), "STARTTLS first");
pub(crate) const TLS_PIPELINED: Reply = fixed(554, (5, 5, 1), "Nothing may follow STARTTLS");
pub(crate) const AUTH_DONE: Reply = fixed(235, (2, 7, 0), "Welcome");
pub(crate) const AUTH_FAILED: Reply = fixed(535, (5, 7, 8), "No such user, or another password");
pub(crate) const AUTH_CANCELLED: Reply = fixed(501, (5, 7, 0), "Cancelled");
pub(crate) const AUTH_SYNTAX: Reply = fixed(501, (5, 5, 2), "AUTH mechanism [base64]; responses are base64 of UTF-8");
pub(crate) const AUTH_LINE_TOO_LONG: Reply = fixed(500, (5, 5, 6), "Line too long");
pub(crate) const AUTH_MECHANISM: Reply = fixed(504, (5, 5, 4), "Mechanism not known here; PLAIN and LOGIN are");
pub(crate) const AUTH_NEEDS_TLS: Reply = fixed(538, (5, 7, 11), "STARTTLS first");
pub(crate) const AUTH_ALREADY: Reply = fixed(503, (5, 5, 1), "You are logged in already");
pub(crate) const AUTH_INSIDE_MAIL: Reply = fixed(503, (5, 5, 1), "Not within a transaction");
pub(crate) const NO_VALID_RECIPIENT: Reply = fixed(554, (5, 5, 1), "No valid recipients");

pub(crate) const TOO_MANY_RECIPIENTS: Reply = fixed(452, (4, 5, 3), "Too many recipients");
pub(crate) const MESSAGE_TOO_BIG: Reply = fixed(552, (5, 3, 4), "Message too big");
pub(crate) const BARE_LINE_END: Reply = fixed(550, (5, 6, 0), "Message has a bare CR or LF: lines end with CRLF");
pub(crate) const NUL_IN_MESSAGE: Reply = fixed(550, (5, 6, 0), "Message has a NUL");
pub(crate) const NO_VERDICT: Reply = fixed(451, (4, 3, 0), "Not taken; try again later");

pub(crate) const TOO_MANY_ERRORS: Reply = fixed(421, (4, 7, 0), "Too many errors");
pub(crate) const TOO_MANY_COMMANDS: Reply = fixed(421, (4, 7, 0), "Too many commands without mail");
pub(crate) const TOO_MUCH: Reply = fixed(421, (4, 7, 0), "Message far too big");
pub(crate) const NOT_SMTP: Reply = fixed(421, (4, 7, 0), "This is SMTP");
pub(crate) const SILENCE: Reply = fixed(421, (4, 4, 2), "Silent for too long");
pub(crate) const SHUTDOWN: Reply = fixed(421, (4, 3, 2), "Shutting down");
