//! The one fail_point at which storage can be made to fail.
//!
//! The store asks its [`FailPoint`] before each step that touches the disk. Production uses [`Sound`], which lets everything
//! pass; tests count the steps, fail the Nth, or stop the process at it. What the fail_point cannot show is an `fsync` that the
//! kernel itself fails: that is tested from outside, with `strace -e inject=fdatasync:error=EIO:when=N`.

use std::fmt;
use std::io;

/// A step that touches the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A transaction is about to begin.
    Begin,
    /// A mail is about to be inserted.
    Insert,
    /// The octets of a large body are about to be written to a temporary name.
    BodyWrite,
    /// That file is about to be fsynced.
    BodySync,
    /// It is about to get its name.
    BodyRename,
    /// The folder of bodies is about to be fsynced.
    FolderSync,
    /// The transaction is about to be committed.
    Commit,
    /// It is durable, and those who wait are about to be told. An error here is ignored.
    Answer,
    /// The write-ahead log is about to be moved into the database.
    Checkpoint,
    /// The file of a body that is no longer needed is about to be removed. An error leaves an orphan to the next start.
    Unlink,
}

/// Decides whether a step may be taken.
pub trait FailPoint: Send + Sync + fmt::Debug {
    /// Called before each step.
    ///
    /// # Errors
    /// An error makes the step fail with it, as if the disk had said so.
    fn before(&self, step: Step) -> io::Result<()>;
}

/// Lets every step pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sound;

impl FailPoint for Sound {
    fn before(&self, _step: Step) -> io::Result<()> {
        Ok(())
    }
}
