//! Mail that a command found in a mailbox: what it is, and its taking in.

use bytes::Bytes;
use control::scan::{ScanRequest, ScannedMail};
use control::{Answer, Asker, Refused};
use diagnostic::Code;
use serde_json::json;

use super::Operator;
use crate::binding::email::Scanned;

/// Runs a step of a scan.
///
/// # Errors
/// The state folder cannot be used.
pub(super) async fn perform(operator: &Operator, asker: Asker, request: ScanRequest) -> Answer {
    match request {
        ScanRequest::Begin => {
            let id = crate::source::state_id(&operator.node.setup().config.state);
            id.map(|id| json!(id)).map_err(|error| Refused::new(Code::StateFolder, error.to_string()))
        }
        ScanRequest::Look(mail) => Ok(json!(operator.email.look(&scanned(asker, mail)).await)),
        ScanRequest::Take(mail) => Ok(json!(operator.email.take_in(&scanned(asker, mail)).await)),
    }
}

/// Nobody can have the mail of another user's mailbox counted as taken in: the names that others give are apart.
fn scanned(asker: Asker, mail: ScannedMail) -> Scanned {
    let ScannedMail { name, sender, service, message } = mail;
    let name = if asker.is_operator() { name } else { format!("{}:{name}", asker.owner()) };
    Scanned { name, sender, service, message: Bytes::from(message.0) }
}
