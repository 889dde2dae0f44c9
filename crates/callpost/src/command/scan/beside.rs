//! The daemon beside this command, as the one who takes mail in.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use control::ask::Daemon;
use control::scan::{Finding, ScanRequest, ScannedMail};
use control::{Answer, Octets, Refused, Request};
use diagnostic::Code;
use server::binding::email::Scanned;
use server::source::intake::Intake;

/// A connection to the daemon: one mail at a time goes over it.
pub(super) struct Beside(Arc<Mutex<Daemon>>);

impl Beside {
    pub(super) fn new(daemon: Daemon) -> Self {
        Self(Arc::new(Mutex::new(daemon)))
    }

    /// Asks the daemon.
    pub(super) async fn ask(&self, request: ScanRequest) -> Answer {
        let daemon = Arc::clone(&self.0);
        let asked = tokio::task::spawn_blocking(move || {
            daemon.lock().unwrap_or_else(PoisonError::into_inner).ask(&Request::Scan(request))
        });
        let broken = |error: std::io::Error| Refused::new(Code::NoDaemon, error.to_string());
        asked.await.map_err(std::io::Error::other).and_then(|asked| asked).map_err(broken)?
    }

    async fn find(&self, request: ScanRequest) -> Finding {
        let answer = self.ask(request).await.map_err(|refused| refused.what);
        let finding = answer.and_then(|value| serde_json::from_value(value).map_err(|error| error.to_string()));
        finding.unwrap_or_else(Finding::Later)
    }
}

impl Intake for Beside {
    fn look<'a>(&'a self, mail: &'a Scanned) -> Pin<Box<dyn Future<Output = Finding> + Send + 'a>> {
        Box::pin(self.find(ScanRequest::Look(sent(mail))))
    }

    fn take_in<'a>(&'a self, mail: &'a Scanned) -> Pin<Box<dyn Future<Output = Finding> + Send + 'a>> {
        Box::pin(self.find(ScanRequest::Take(sent(mail))))
    }
}

fn sent(mail: &Scanned) -> ScannedMail {
    let Scanned { name, sender, service, message } = mail.clone();
    ScannedMail { name, sender, service, message: Octets(message.to_vec()) }
}
