//! What `call`, `ask` and `replies` have in common: a call as it is mailed, and its end as it is read.

use std::io;
use std::net::SocketAddr;

use config::Config;
use control::Octets;
use control::call::{CallRequest, Packing, Way};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use rpc::codec;
use rpc::{Call, Protocol};

use crate::cli::{Binding, Target, Travel};

/// A service that is called by mail.
pub struct Mailed {
    to: mail::Mailbox,
    travel: Travel,
    protocol: Protocol,
    /// After so many seconds an open call is given up.
    pub expire: u64,
}

/// How long a call stays open where nobody says it: a week, in seconds.
const EXPIRE: u64 = 7 * 86_400;

impl Mailed {
    /// The service of a `mailto:` target.
    ///
    /// # Errors
    /// The target is a URL.
    pub fn new(target: &Target, travel: Travel, protocol: Protocol) -> Outcome<Self> {
        match target {
            Target::Mail(to) => {
                let protocol = travel.binding.map_or(protocol, Binding::protocol);
                Ok(Self { to: to.clone(), travel, protocol, expire: EXPIRE })
            }
            Target::Url(url) => Err(Box::new(Diagnostic::new(Code::Usage, format!("{url} is no address")))),
        }
    }

    /// The configuration of a line that sends under `--from` and gets what comes back to it.
    #[must_use]
    pub fn configured(&self, mut config: Config) -> Config {
        if let Some(from) = &self.travel.from {
            config.calls.from = from.clone();
        }
        config
    }

    /// Whether the call needs a line of its own, and where its answers are awaited.
    #[must_use]
    pub fn own_line(&self) -> Option<Option<SocketAddr>> {
        let special = self.travel.via.is_some() || self.travel.listen.is_some();
        special.then_some(self.travel.listen)
    }

    /// The call, written.
    ///
    /// # Errors
    /// The protocol cannot say it.
    pub fn request(&self, call: Call) -> Outcome<CallRequest> {
        let method = call.method.0.clone();
        // SOAP's namespace is named after the service: `urn:calendar` for calendar@….
        let namespace = format!("urn:{}", self.to.local());
        let call_id = uuid::Uuid::now_v7().to_string();
        let id = rpc::json_rpc::Id::text(&call_id);
        let document = codec::write_under(&id, self.protocol, call, &namespace).map_err(|fault| {
            let what = format!("{} cannot say this call", codec::name(self.protocol));
            Box::new(Diagnostic::new(Code::Usage, what).because(fault.message))
        })?;
        Ok(CallRequest {
            to: self.to.to_string(),
            from: self.travel.from.as_ref().map(ToString::to_string),
            method,
            shown: None,
            call_id: Some(call_id),
            protocol: codec::name(self.protocol).to_owned(),
            media_type: document.media_type,
            action: None,
            way: Way::Both,
            document: Octets(document.bytes),
            packing: self.travel.binding.map_or(Packing::Single, Binding::packing),
            via: self.travel.via.as_ref().map(ToString::to_string),
            listen: self.travel.listen,
            expire: self.expire,
        })
    }
}

/// Standard input broke.
#[must_use]
pub fn input(error: &io::Error) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::Unreadable, "standard input cannot be read").because(error.to_string());
    Box::new(diagnostic.exit_with(Exit::NoInput))
}
