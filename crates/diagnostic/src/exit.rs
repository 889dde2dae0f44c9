//! How a command ends: the exit codes of `sysexits.h`, and 1 for "the answer is a fault".

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The answer is a fault.
    Fault = 1,
    /// Wrong usage of the command line.
    Usage = 64,
    /// Bad data.
    Data = 65,
    /// No input.
    NoInput = 66,
    /// No such recipient.
    NoUser = 67,
    /// No such host.
    NoHost = 68,
    /// Unavailable, port taken, refused for good.
    Unavailable = 69,
    /// Our bug.
    Software = 70,
    /// Cannot create a file.
    CannotCreate = 73,
    /// Input or output trouble, disk full.
    Io = 74,
    /// Try again, or no answer yet.
    TryAgain = 75,
    /// The other side broke the protocol.
    Protocol = 76,
    /// No permission.
    NoPermission = 77,
    /// Wrong configuration.
    Config = 78,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
