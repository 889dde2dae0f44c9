//! Signatures on what is queued: before it is durable, so that every attempt sends the same octets.

use bytes::Bytes;
use dkim::Signers;
use jiff::Timestamp;
use spool::{Commit, Kind, Submission};

/// Signs what will leave. RSA takes a fraction of a millisecond for each mail: not on a thread that serves others.
pub(crate) async fn all(signers: Signers, mut commit: Commit, now: Timestamp) -> Commit {
    if signers.is_empty() || !commit.parcel.0.iter().any(leaves) {
        return commit;
    }
    let parcel = std::mem::take(&mut commit.parcel);
    let signed = tokio::task::spawn_blocking(move || {
        let mut parcel = parcel;
        parcel.0.iter_mut().filter(|mail| leaves(mail)).for_each(|mail| one(&signers, mail, now));
        parcel
    });
    match signed.await {
        Ok(parcel) => commit.parcel = parcel,
        // Never but by a bug in the signer.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
    commit
}

/// Puts the signatures of its author's domain before a mail.
pub(crate) fn one(signers: &Signers, mail: &mut Submission, now: Timestamp) {
    let fields = signers.fields(&mail.message, now);
    if !fields.is_empty() {
        mail.message = Bytes::from([fields.as_bytes(), &mail.message].concat());
    }
}

fn leaves(mail: &Submission) -> bool {
    mail.kind != Kind::Received && !mail.capture
}
