//! What the node tells of itself: the same methods in OpenRPC, in WSDL, and for people.

pub mod openapi;
pub mod shape;
mod text;
pub mod tool_name;

use config::{Builtin, Config, Work};
use mail::Mailbox;
use rpc::wsdl::{self, Operation, Style};
use rpc::{Caller, Catalogue, Service};

use crate::method::{self, Effects};

/// The one method of a built-in service; `None` for one elsewhere, which describes itself.
#[must_use]
pub fn method_of(service: &config::Service) -> Option<&'static str> {
    match service.work {
        Work::Builtin(Builtin::Calendar) => Some("getMonth"),
        Work::Builtin(Builtin::Echo) => Some("TestAPI.echo"),
        Work::Builtin(Builtin::Mailer) => Some("send_message"),
        Work::Http(_) | Work::Exec(_) => None,
    }
}

/// What a WSDL is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where it is called over HTTP.
    pub url: String,
    /// How messages are described.
    pub style: Style,
    /// The methods told of; none: all.
    pub methods: Vec<String>,
}

/// The WSDL of everything that this caller may call, or of the methods asked for: called over HTTP, and by mail at the
/// address of every service that ships. `None` where there is none of those methods.
#[must_use]
pub fn wsdl(told: (&Service<Effects>, &Caller), services: &[config::Service], asked: Asked) -> Option<Vec<u8>> {
    let (methods, caller) = told;
    let catalogue = methods.catalogue(caller);
    let wanted = |name: &str| asked.methods.is_empty() || asked.methods.iter().any(|method| method == name);
    let operations: Vec<_> = operations(&catalogue).filter(|operation| wanted(operation.name)).collect();
    let written = |operations| {
        wsdl::write(&wsdl::Service {
            name: "Callpost",
            namespace: method::NAMESPACE,
            operations,
            http: vec![asked.url],
            mail: services.iter().filter(|service| method_of(service).is_some()).flat_map(addresses).collect(),
            style: asked.style,
        })
    };
    (!operations.is_empty()).then(|| written(operations))
}

/// The WSDL of one service: its own method alone, none for one elsewhere.
#[must_use]
pub fn wsdl_of(methods: &Service<Effects>, service: &config::Service, asked: Asked) -> Vec<u8> {
    let own = method_of(service).unwrap_or_default();
    let name = name_in_wsdl(service);
    let nobody = Caller::default();
    let catalogue = methods.catalogue(&nobody);
    wsdl::write(&wsdl::Service {
        name: &name,
        namespace: method::namespace(own),
        operations: operations(&catalogue).filter(|operation| operation.name == own).collect(),
        http: vec![asked.url],
        mail: addresses(service).collect(),
        style: asked.style,
    })
}

/// What a service is told of by mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// For people.
    pub text: String,
    /// For programs; none where no method is known.
    pub wsdl: Option<Vec<u8>>,
}

/// What this service is told of at this address of its; `url` is where the API is.
#[must_use]
pub fn told_by_mail(methods: &Service<Effects>, (service, address): (&config::Service, &Mailbox), url: String) -> Told {
    let nobody = Caller::default();
    let catalogue = methods.catalogue(&nobody);
    let is_own = |name: &str| match method_of(service) {
        Some(own) => name == own,
        // What is asked about methods is answered here.
        None => !name.starts_with("system.") && name != "rpc.discover",
    };
    let operations: Vec<_> = operations(&catalogue).filter(|one| is_own(one.name)).collect();
    let text = text::by_mail(&service.name, address, &operations);
    let namespace = operations.first().map(|operation| operation.namespace);
    let wsdl = namespace.map(|namespace| {
        let (name, mail) = (name_in_wsdl(service), addresses(service).collect());
        wsdl::write(&wsdl::Service { name: &name, namespace, operations, http: vec![url], mail, style: Style::Rpc })
    });
    Told { text, wsdl }
}

/// What a service is called in its WSDL: a name of XML.
#[must_use]
pub fn name_in_wsdl(service: &config::Service) -> String {
    let mut name = service.name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_");
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "Service");
    }
    name
}

/// Where the API is, as far as the configuration can tell: the first listener, at `/rpc` where it answers there.
#[must_use]
pub fn url(config: &Config) -> String {
    let Some(listener) = config.http.listeners.first() else { return format!("http://{}/", config.hostname) };
    let scheme = if listener.tls == config::Tls::Off { "http" } else { "https" };
    let path = listener.paths.iter().find(|path| *path == "/rpc").or(listener.paths.first());
    let path = path.map_or("/", String::as_str);
    match listener.address {
        address if address.ip().is_unspecified() => format!("{scheme}://{}:{}{path}", config.hostname, address.port()),
        address => format!("{scheme}://{address}{path}"),
    }
}

fn operations<'c>(methods: &'c Catalogue<'_, Effects>) -> impl Iterator<Item = Operation<'c>> {
    methods.iter().map(|(name, signature)| Operation { name, namespace: method::namespace(name), signature })
}

fn addresses(service: &config::Service) -> impl Iterator<Item = String> {
    service.addresses.iter().map(Mailbox::to_string)
}
