//! Every number at which a session says no.

use std::time::Duration;

/// The limits of one session. RFC 5321 §4.5.3.1 gives least values for most of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Octets of a command line, CRLF included; longer: 500 5.5.2. RFC 5321 §4.5.3.1.4 asks for 512, its extensions for more
    /// (RFC 3461 §5 alone for 500 more). Default 2048.
    pub command_line: usize,
    /// Octets of a message, dots unstuffed; longer: 552 5.3.4. Told to clients as SIZE (RFC 1870). Default 25 MiB.
    pub message: u64,
    /// Octets that are read on of a message that is refused already, before 421 and the end of the connection. Default 64 MiB.
    pub refused_message: u64,
    /// Accepted recipients of one message; more: 452 4.5.3. RFC 5321 §4.5.3.1.8 asks for 100. Default 1000.
    pub recipients: usize,
    /// Refused recipients since the last accepted message; more: 421 4.7.0, against guessing of addresses. Default 200.
    pub refused_recipients: u32,
    /// Errors of the client since the last accepted message; more: 421 4.7.0. Default 20.
    pub errors: u32,
    /// Commands since the last accepted message that bring none nearer (all but RCPT, DATA and BDAT); more: 421 4.7.0.
    /// Default 100.
    pub idle_commands: u32,
    /// How long the client may take for a command, or for the next piece of a message; the loop that has the clock then calls
    /// `hang_up`. RFC 5321 §4.5.3.2.7 asks for five minutes, the default.
    pub silence: Duration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            command_line: 2048,
            message: 25 * 1024 * 1024,
            refused_message: 64 * 1024 * 1024,
            recipients: 1000,
            refused_recipients: 200,
            errors: 20,
            idle_commands: 100,
            silence: Duration::from_secs(300),
        }
    }
}
