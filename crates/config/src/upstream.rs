//! The service elsewhere, called over HTTP, that a `[[service]]` runs.

use http::Uri;
use rpc::Protocol;

use super::callers::{self, CallerRule};
use super::declare::words;
use super::method_pattern::MethodPattern;
use super::view::View;

/// A service elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// `http://…` or `https://…`, with a host.
    pub url: Uri,
    /// What it speaks; `None`: whatever the caller speaks.
    pub protocol: Option<Protocol>,
    /// SOAP's for the operations; empty: the caller's, else `urn:` and the name of the service.
    pub namespace: String,
    /// The methods that are passed on; at least one.
    pub methods: Vec<MethodPattern>,
    /// Who may call it over HTTP: whoever fits any of these; none: nobody.
    pub callers: Vec<CallerRule>,
    /// True where a call may run again after a crash in the middle of it.
    pub repeatable: bool,
    /// Where it says what its methods are.
    pub describe: Describe,
    /// What of a mailed request reaches it.
    pub pass: Pass,
}

words! {
    /// What of a mailed request reaches a service elsewhere.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum Pass {
        /// The call in it.
        #[default]
        "call" => Call,
        /// The call in it; and of one that is a whole HTTP request, all of it as it was made.
        "http" => Http,
    }
}

/// Where a service elsewhere says what its methods are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Describe {
    /// In its own protocol, at its own URL: `?wsdl`, `rpc.discover`, `system.listMethods`.
    #[default]
    Auto,
    /// It is not asked.
    Off,
    /// In a WSDL or an OpenRPC document at this URL.
    At(Box<Uri>),
}

impl Upstream {
    /// True where calls of this method are passed on.
    #[must_use]
    pub fn takes(&self, method: &str) -> bool {
        self.methods.iter().any(|pattern| pattern.matches(method))
    }
}

/// What it says of a service elsewhere at this URL. What is wrong is noted.
pub(super) fn upstream(view: View<'_>, url: Uri) -> Upstream {
    let upstream = Upstream {
        url,
        protocol: protocol(view),
        namespace: view.text("namespace"),
        methods: view.each("methods", MethodPattern::parse),
        callers: view.each("callers", callers::rule),
        repeatable: view.switch("repeatable"),
        describe: view.parsed("describe", describe).unwrap_or_default(),
        pass: view.word("pass"),
    };
    if matches!(upstream.describe, Describe::At(_)) && matches!(upstream.protocol, None | Some(Protocol::XmlRpc)) {
        view.contradicts("describe", "a document describes SOAP (WSDL) and JSON-RPC (OpenRPC) only; say `protocol`");
    }
    if upstream.methods.is_empty() && view.is_said("methods") {
        view.wrong("methods", "nothing would be passed on; [\"*\"] is every method");
    }
    if !upstream.namespace.is_empty() && matches!(upstream.protocol, Some(Protocol::JsonRpc | Protocol::XmlRpc)) {
        view.contradicts("namespace", "only SOAP has namespaces");
    }
    upstream
}

fn protocol(view: View<'_>) -> Option<Protocol> {
    match view.word("protocol") {
        ProtocolWord::Auto => None,
        ProtocolWord::JsonRpc => Some(Protocol::JsonRpc),
        ProtocolWord::XmlRpc => Some(Protocol::XmlRpc),
        ProtocolWord::Soap11 => Some(Protocol::Soap11),
        ProtocolWord::Soap12 => Some(Protocol::Soap12),
    }
}

words! {
    #[derive(Clone, Copy, Default)]
    pub(super) enum ProtocolWord {
        #[default]
        "auto" => Auto,
        "jsonrpc" => JsonRpc,
        "xmlrpc" => XmlRpc,
        "soap11" => Soap11,
        "soap12" => Soap12,
    }
}

fn describe(text: &str) -> Result<Describe, String> {
    match text {
        "auto" | "" => Ok(Describe::Auto),
        "off" => Ok(Describe::Off),
        text => url(text)
            .map(|url| Describe::At(Box::new(url)))
            .map_err(|why| format!("it is neither auto nor off, and {why}")),
    }
}

/// The keys that go with `http`.
pub(super) const HTTP: &[&str] = &["protocol", "namespace", "describe", "methods", "repeatable", "callers", "pass"];
/// The keys that go with `exec`.
pub(super) const EXEC: &[&str] = &["user", "memory", "output", "methods", "repeatable", "callers"];

/// Notes what is said that does not go with what the service runs.
pub(super) fn only_with(view: View<'_>, taken: &[&str]) {
    for key in HTTP.iter().chain(EXEC).filter(|key| !taken.contains(key)) {
        if view.is_changed(key) {
            let with = [("http", HTTP), ("exec", EXEC)].iter().filter(|(_, keys)| keys.contains(key));
            let with: Vec<String> = with.map(|(name, _)| format!("`{name}`")).collect();
            view.contradicts(key, format!("it goes with {} only", with.join(" and ")));
        }
    }
}

/// The URL of a service; empty where the text is.
pub(super) fn url(text: &str) -> Result<Uri, String> {
    let wrong = || format!("`{}` is no http:// or https:// URL with a host", diagnostic::url::shown(text));
    if text.is_empty() {
        return Ok(Uri::default());
    }
    let url: Uri = text.parse().map_err(|_| wrong())?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    if is_http && url.host().is_some_and(|host| !host.is_empty()) { Ok(url) } else { Err(wrong()) }
}
