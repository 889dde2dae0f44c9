//! Who says what a mail is, and takes it in: the mail binding of this process, or the daemon beside it.

use std::future::Future;
use std::pin::Pin;

use control::scan::Finding;

use crate::binding::email::{Email, Scanned};

/// Whoever takes mail in.
pub trait Intake: Send + Sync {
    /// What a mail is; nothing becomes of it.
    fn look<'a>(&'a self, mail: &'a Scanned) -> Pin<Box<dyn Future<Output = Finding> + Send + 'a>>;

    /// Takes in a mail that was found to be ours.
    fn take_in<'a>(&'a self, mail: &'a Scanned) -> Pin<Box<dyn Future<Output = Finding> + Send + 'a>>;
}

impl Intake for Email {
    fn look<'a>(&'a self, mail: &'a Scanned) -> Pin<Box<dyn Future<Output = Finding> + Send + 'a>> {
        Box::pin(self.look(mail))
    }

    fn take_in<'a>(&'a self, mail: &'a Scanned) -> Pin<Box<dyn Future<Output = Finding> + Send + 'a>> {
        Box::pin(self.take_in(mail))
    }
}
