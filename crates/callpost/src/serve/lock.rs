//! One daemon for one state folder.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::complaint::{Code, Complaint, Outcome};

/// Held as long as the daemon runs; the kernel gives it back whatever ends the process.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Takes the lock.
pub(super) fn take(state: &Path) -> Outcome<Lock> {
    let unusable = |error: std::io::Error| {
        let complaint =
            Complaint::new(Code::StateFolder, format!("the state folder {} cannot be used", state.display()));
        Box::new(complaint.because(error.to_string()).help("callpost serve --set state=/path/to/a/folder"))
    };
    crate::house::prepare(state).map_err(unusable)?;
    let file = File::options().create(true).truncate(false).write(true).open(state.join("lock")).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(TryLockError::WouldBlock) => {
            let complaint =
                Complaint::new(Code::StoreBusy, format!("a daemon keeps its state in {} already", state.display()));
            Err(Box::new(complaint.help("callpost status")))
        }
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}
