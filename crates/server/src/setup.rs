//! What is in force: the configuration, and all that is made of it. Each request and each command looks at one of these from
//! beginning to end; a reload puts another one in its place.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use budget::MemoryBudget;
use bytes::Bytes;
use config::Config;
use delivery::Policy;
use diagnostic::{Code, Diagnostic, Outcome};
use mail::address::Domain;
use pki::served::Served;
use rpc::{Caller, Service};
use smtp::StartTls;

mod described;
mod mail_policy;

use crate::discovery::tool_name;
use crate::logins::Users;
use crate::method::callers::Guarded;
use crate::method::outside::{self, Outside};
use crate::method::post::Post;
use crate::method::privilege::Privilege;
use crate::method::upstream::{Room, Upstream};
use crate::method::{self, Effects};
use crate::return_address::ReturnAddresses;
use described::Described;
pub use mail_policy::MailPolicy;

/// What is in force.
pub struct Setup {
    /// What is configured.
    pub config: Config,
    /// How mail leaves, and who signs it.
    pub delivery: Policy,
    /// How mail that comes in is decided about.
    pub mail: MailPolicy,
    /// What the listeners for mail offer and allow.
    pub session: Arc<smtp::Settings>,
    /// What the listener for LMTP offers and allows.
    pub lmtp: Arc<smtp::Settings>,
    /// The TLS of the listeners.
    pub tls: Served,
    /// Who may log in over SMTP, besides the holders of API keys.
    pub users: Users,
    /// Looks up names.
    pub dns: Arc<dns::Resolver>,
    /// Every method, over HTTP.
    pub api: Service<Effects>,
    /// The services elsewhere.
    pub elsewhere: Vec<Arc<Upstream>>,
    /// Every method that ships: for proven senders of mail.
    shipped: Service<Effects>,
    /// The methods that cause nothing but their answer: for senders who are not proven.
    pure: Service<Effects>,
    /// The names of those methods.
    reading: BTreeSet<String>,
    /// By the name of a service: the methods of the one that is behind it, where it is not ours.
    behind: HashMap<String, Service<Effects>>,
    id_domain: Domain,
    openrpc: Mutex<Described>,
}

/// What a setup has from the node, beside the configuration.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// What the methods about mail work on, and the keys.
    pub post: &'a Arc<Post>,
    /// Octets in flight.
    pub budget: &'a MemoryBudget,
    /// The services elsewhere that are known: those that stay as they are go on.
    pub elsewhere: &'a [Arc<Upstream>],
}

impl Setup {
    /// What follows from this configuration, with the TLS that was read for it.
    ///
    /// # Errors
    /// It cannot be put in force.
    pub fn of(config: Config, tls: Served, material: Material<'_>) -> Outcome<Self> {
        let Material { post, budget, elsewhere } = material;
        let keys = &post.keys;
        let limits = crate::wiring::documents(&config);
        let elsewhere = Upstream::all(&config, &Room { budget, documents: &limits }, elsewhere)?;
        let outside = outside::all(&config, &elsewhere, &limits)?;
        let guarded = Guarded::all(&config.services, &outside, keys);
        let all = |guarded| method::all(post, crate::wiring::rules(&config), guarded);
        let service = |registry| Service::new(registry, limits.clone());
        let methods = all(guarded).map_err(|error| bug(&error))?;
        tool_name::unambiguous(methods.iter().map(|(name, _)| name))
            .map_err(|what| Box::new(Diagnostic::new(Code::Bug, what)))?;
        let behind = |outside: &Arc<dyn Outside>| (outside.name().to_owned(), service(method::only(outside)));
        let dns = Arc::new(crate::wiring::resolver(&config)?);
        let signers = crate::signing::signers(&config)?;
        let starttls = if tls.smtp().is_some() { StartTls::Offered } else { StartTls::No };
        Ok(Self {
            api: service(methods),
            shipped: service(all(Vec::new()).map_err(|error| bug(&error))?),
            pure: service(method::pure().map_err(|error| bug(&error))?),
            reading: method::reading().map_err(|error| bug(&error))?,
            behind: outside.iter().map(behind).collect(),
            delivery: Policy { signers, dns: Some(Arc::clone(&dns)), ..crate::wiring::policy(&config) },
            mail: MailPolicy::of(&config, &limits, ReturnAddresses::of(&config, keys)),
            session: Arc::new(crate::wiring::session(&config, starttls)?),
            lmtp: Arc::new(crate::wiring::lmtp(&config)?),
            id_domain: crate::wiring::id_domain(&config),
            openrpc: Mutex::default(),
            users: Users::read(config.smtp.users.as_deref())?,
            dns,
            elsewhere,
            tls,
            config,
        })
    }

    /// What answers at this service's address to a sender of this privilege.
    #[must_use]
    pub fn service(&self, service: &config::Service, privilege: Privilege) -> &Service<Effects> {
        match (self.behind.get(&service.name), privilege) {
            (Some(behind), _) => behind,
            (None, Privilege::Proven) => &self.shipped,
            (None, Privilege::Unproven) => &self.pure,
        }
    }

    /// True for a method of ours that causes nothing but its answer.
    #[must_use]
    pub fn causes_nothing(&self, method: &str) -> bool {
        self.reading.contains(method)
    }

    /// The OpenRPC document for this caller, in JSON. It is written once for each state of what services elsewhere say of
    /// themselves, and for each set of them that a caller may call.
    #[must_use]
    pub fn openrpc(&self, caller: &Caller) -> Bytes {
        let version = self.elsewhere.iter().map(|upstream| upstream.version()).sum();
        let told = self.api.registry().serving(caller);
        self.openrpc
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .document(version, told, || Bytes::from(rpc::json::to_string(&self.api.openrpc(caller))))
    }

    /// A new Message-ID, without brackets.
    #[must_use]
    pub fn new_message_id(&self) -> String {
        mail::message_id::new_id(uuid::Uuid::now_v7(), &self.id_domain)
    }

    /// What this machine calls itself.
    #[must_use]
    pub fn hostname(&self) -> &str {
        &self.config.hostname
    }
}

fn bug(error: &rpc::RegisterError) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Bug, error.to_string()))
}
