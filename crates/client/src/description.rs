//! What a service elsewhere says of itself, asked for over HTTP: WSDL, OpenRPC, or XML-RPC introspection.
//!
//! Nothing is fetched but from the configured URL, and what a WSDL imports from the same server.

use budget::MemoryBudget;
use hyper::Uri;
use rpc::codec;
use rpc::description::{Documents, Introspected, MAX_OPERATIONS, imports};
use rpc::soap::Version;
use rpc::{Call, Description, Document, Limits, MethodName, Params, Protocol, Value};

use super::http::{CallError, Endpoint};
use super::url;

/// Where a description is, and how much of it is taken.
pub struct Source {
    /// The service itself: it is asked over its own protocol, and its WSDL is at `?wsdl`.
    pub service: Endpoint,
    /// What it speaks.
    pub protocol: Protocol,
    /// Where the WSDL or OpenRPC document is, if somewhere else.
    pub at: Option<Uri>,
    /// Octets of all its documents.
    pub largest: usize,
    /// Room for them.
    pub budget: MemoryBudget,
    /// For the documents.
    pub limits: Limits,
    /// Which methods are asked about, where each is a question of its own.
    pub wanted: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

/// A WSDL is in so many documents at most; what they import beyond is left out.
const MAX_DOCUMENTS: usize = 256;
/// Schemas of XML and SOAP themselves, which need not be read: what is in them is known.
const KNOWN: [&str; 3] = ["http://www.w3.org/", "http://schemas.xmlsoap.org/", "https://www.w3.org/"];

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum Undescribed {
    /// It cannot be had.
    #[error("{0}")]
    Call(#[from] CallError),
    /// It cannot be read.
    #[error("{}", .0.0)]
    Unreadable(#[from] rpc::Unreadable),
    /// The service says no.
    #[error("the service says: {0}")]
    Refused(String),
}

/// The service whose WSDL this URL is, as servers of the field have it (`?wsdl`, WCF's `?singleWsdl`); `None` where it is no such URL.
#[must_use]
pub fn service_of_wsdl(url: &Uri) -> Option<Uri> {
    let path = url.path_and_query()?;
    let is_wsdl = |part: &&str| {
        part.split('=')
            .next()
            .is_some_and(|name| ["wsdl", "singleWsdl"].iter().any(|known| name.eq_ignore_ascii_case(known)))
    };
    let (others, wsdl): (Vec<&str>, Vec<&str>) = path.query()?.split('&').partition(|part| !is_wsdl(part));
    let separator = if others.is_empty() { "" } else { "?" };
    (!wsdl.is_empty()).then(|| with_path(url, &format!("{}{separator}{}", path.path(), others.join("&")))).flatten()
}

/// True for the URL of a file that is a WSDL: it is nothing to call, where the service is stands in it.
#[must_use]
pub fn is_wsdl_file(url: &Uri) -> bool {
    url.path().rsplit('.').next().is_some_and(|ending| ending.eq_ignore_ascii_case("wsdl")) && url.path().contains('.')
}

/// Where this method is called, if not at the URL of the service: its WSDL may have another port for it. A port on the same
/// server as the first is on the server of the service, whatever that is called from here.
#[must_use]
pub fn port_of(service: &Uri, description: &Description, method: &str) -> Option<Uri> {
    let own: Uri = description.address_of(method)?.parse().ok()?;
    let first: Option<Uri> = description.address().and_then(|first| first.parse().ok());
    let is_beside = first.is_some_and(|first| server(&first) == server(&own));
    if is_beside { with_path(service, own.path_and_query()?.as_str()) } else { Some(own) }
}

/// Scheme, host and port; `None` where it is no URL of a server.
pub fn server(uri: &Uri) -> Option<(String, String, u16)> {
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
    Some((uri.scheme_str()?.to_owned(), uri.host()?.to_ascii_lowercase(), port))
}

impl Source {
    /// The WSDL at this URL, for one who will call the service only now.
    #[must_use]
    pub fn of_wsdl(service: Endpoint, at: Uri, protocol: Protocol, largest: u64) -> Self {
        let protocol = if protocol == Protocol::Soap12 { protocol } else { Protocol::Soap11 };
        Self {
            service,
            protocol,
            at: Some(at),
            largest: usize::try_from(largest).unwrap_or(usize::MAX),
            budget: MemoryBudget::new(largest),
            limits: Limits::default(),
            wanted: Box::new(|_| true),
        }
    }

    /// Asks.
    ///
    /// # Errors
    /// See [`Undescribed`].
    pub async fn ask(&self) -> Result<Description, Undescribed> {
        match (self.protocol, &self.at) {
            (Protocol::JsonRpc, Some(at)) => {
                let document = self.get(at, self.largest).await?;
                Ok(Description::of_openrpc_document(&document, &self.limits)?)
            }
            (Protocol::JsonRpc, None) => Ok(Description::of_openrpc(&self.call("rpc.discover", Vec::new()).await?)?),
            (Protocol::XmlRpc, _) => self.introspect().await,
            (Protocol::Soap11, at) => self.wsdl(at.clone(), Version::V11).await,
            (Protocol::Soap12, at) => self.wsdl(at.clone(), Version::V12).await,
        }
    }

    async fn introspect(&self) -> Result<Description, Undescribed> {
        let names = self.call("system.listMethods", Vec::new()).await?;
        let names = names.as_list().unwrap_or_default().iter().filter_map(Value::as_str);
        let wanted = names.filter(|name| !name.starts_with("system.") && (self.wanted)(name)).take(MAX_OPERATIONS);
        let mut methods = Vec::new();
        for name in wanted {
            // What is not told of one method leaves the others described.
            let ask = async |about: &str| self.call(about, vec![Value::text(name)]).await.unwrap_or_default();
            let (signatures, help) = (ask("system.methodSignature").await, ask("system.methodHelp").await);
            methods.push(Introspected { name: name.to_owned(), signatures, help });
        }
        Ok(Description::of_introspection(methods))
    }

    async fn wsdl(&self, at: Option<Uri>, version: Version) -> Result<Description, Undescribed> {
        let first = at.or_else(|| wsdl_of(&self.service.url)).unwrap_or_else(|| self.service.url.clone());
        let documents = self.documents(first).await?;
        Ok(Description::of_wsdl(&documents, version, &self.limits.xml)?)
    }

    /// The WSDL and what it imports. What cannot be had of that is lacking; the rest may do without it.
    async fn documents(&self, first: Uri) -> Result<Documents, Undescribed> {
        let mut found = Found { documents: Documents::default(), places: vec![first], references: Vec::new() };
        let (mut left, mut asked) = (self.largest, 0);
        let mut taken: Vec<Option<usize>> = Vec::new();
        while let Some(place) = found.places.get(asked).cloned() {
            asked += 1;
            match self.document(&place, left).await {
                Ok((document, imports)) => {
                    left = left.saturating_sub(document.bytes.len());
                    let at = found.documents.add(document);
                    taken.push(Some(at));
                    imports.into_iter().for_each(|import| found.refer(&place, at, import));
                }
                Err(why) if asked == 1 => return Err(why),
                Err(why) => {
                    taken.push(None);
                    found.documents.lack(diagnostic::url::shown(&place.to_string()), why.to_string());
                }
            }
        }
        for (from, reference, place) in found.references {
            if let Some(to) = taken.get(place).copied().flatten() {
                found.documents.lead(from, &reference, to);
            }
        }
        Ok(found.documents)
    }

    /// One document, and what it refers to.
    async fn document(&self, place: &Uri, largest: usize) -> Result<(Document, Vec<String>), Undescribed> {
        let document = self.get(place, largest).await?;
        let imports = imports(&document, &self.limits.xml)?;
        Ok((document, imports))
    }

    async fn call(&self, method: &str, params: Vec<Value>) -> Result<Value, Undescribed> {
        let call = Call { method: MethodName(method.to_owned()), params: Params::Positional(params) };
        let document = codec::write(self.protocol, call, "").map_err(|fault| Undescribed::Refused(fault.message))?;
        let answer = self.service.post_within(self.protocol, document, (self.largest, &self.budget)).await?;
        let outcome = codec::read(self.protocol, &answer.unwrap_or_default())?;
        outcome.map_err(|fault| Undescribed::Refused(fault.message))
    }

    async fn get(&self, at: &Uri, largest: usize) -> Result<Document, Undescribed> {
        let Endpoint { tls, wait, .. } = &self.service;
        let endpoint = Endpoint { url: at.clone(), tls: tls.clone(), wait: *wait };
        Ok(endpoint.get((largest, &self.budget)).await?)
    }
}

/// The documents of a WSDL while they are asked for.
struct Found {
    documents: Documents,
    /// Where they are; the first is asked for first.
    places: Vec<Uri>,
    /// Which document refers to which place, and how.
    references: Vec<(usize, String, usize)>,
}

impl Found {
    /// The document `at` refers to another.
    fn refer(&mut self, base: &Uri, at: usize, import: String) {
        let Some(more) = same_server(base, &import) else {
            if !KNOWN.iter().any(|known| import.starts_with(known)) {
                self.documents.lack(import, "it is on another server, from which nothing is fetched");
            }
            return;
        };
        let place = match self.places.iter().position(|known| *known == more) {
            Some(place) => place,
            None if self.places.len() < MAX_DOCUMENTS => {
                self.places.push(more);
                self.places.len() - 1
            }
            None => return self.documents.lack(import, format!("more than {MAX_DOCUMENTS} documents are not read")),
        };
        self.references.push((at, import, place));
    }
}

/// Where the WSDL of a service is, as all servers of the field have it.
fn wsdl_of(service: &Uri) -> Option<Uri> {
    let path = service.path_and_query().map_or("/", |path| path.as_str());
    let separator = if path.contains('?') { '&' } else { '?' };
    with_path(service, &format!("{path}{separator}wsdl"))
}

fn with_path(base: &Uri, path: &str) -> Option<Uri> {
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// Where a reference leads (RFC 3986 §5.2), where that is the same server.
fn same_server(base: &Uri, reference: &str) -> Option<Uri> {
    let reference = reference.split('#').next().unwrap_or_default();
    if reference.starts_with("//") {
        return None;
    }
    // Before any `/`, `?` or dot, a colon ends a scheme.
    let scheme = reference.split(['/', '?', '.']).next().unwrap_or_default();
    if scheme.contains(':') {
        let absolute: Uri = reference.parse().ok()?;
        let is_same = server(&absolute).is_some() && server(&absolute) == server(base);
        // Who we are is said to that server again.
        let as_whom = url::userinfo(base).and_then(|_| with_path(base, absolute.path_and_query()?.as_str()));
        return is_same.then(|| as_whom.unwrap_or(absolute));
    }
    match reference.chars().next() {
        None => Some(base.clone()),
        Some('/') => with_path(base, &without_dots(reference)),
        Some('?') => with_path(base, &format!("{}{reference}", base.path())),
        Some(_) => {
            let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            with_path(base, &without_dots(&format!("{folder}/{reference}")))
        }
    }
}

/// RFC 3986 §5.2.4.
fn without_dots(path: &str) -> String {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let mut kept: Vec<&str> = Vec::new();
    for step in path.split('/').skip(1) {
        match step {
            "." => {}
            ".." => drop(kept.pop()),
            step => kept.push(step),
        }
    }
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("/{}{query}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{Uri, is_wsdl_file, same_server, service_of_wsdl, wsdl_of};

    fn at(url: &str) -> Uri {
        url.parse().unwrap()
    }

    #[test]
    fn the_wsdl_is_at_the_url_of_the_service() {
        assert_eq!(wsdl_of(&at("http://h:1/a/b.php")), Some(at("http://h:1/a/b.php?wsdl")));
        assert_eq!(wsdl_of(&at("https://h?x=1")), Some(at("https://h/?x=1&wsdl")));
    }

    #[test]
    fn the_service_is_at_the_url_of_its_wsdl() {
        for (wsdl, service) in [
            ("http://h:1/a.php?wsdl", "http://h:1/a.php"),
            ("http://h/a?WSDL", "http://h/a"),
            ("http://h/a.svc?singleWsdl", "http://h/a.svc"),
            ("http://h/a?x=1&wsdl=document&y", "http://h/a?x=1&y"),
        ] {
            assert_eq!(service_of_wsdl(&at(wsdl)), Some(at(service)), "{wsdl}");
        }
        for other in ["http://h/wsdl", "http://h/a?x=wsdl", "http://h/a.wsdl"] {
            assert_eq!(service_of_wsdl(&at(other)), None, "{other}");
        }
        for (url, is_file) in
            [("http://h/a.wsdl", true), ("http://h/A.WSDL?x", true), ("http://h/wsdl", false), ("http://h/a", false)]
        {
            assert_eq!(is_wsdl_file(&at(url)), is_file, "{url}");
        }
    }

    #[test]
    fn imports_are_followed_on_the_same_server_only() {
        let base = at("http://h:80/a/b?wsdl");
        for (reference, leads) in [
            ("c.xsd", "http://h:80/a/c.xsd"),
            ("../x/./c.xsd?y=../z", "http://h:80/x/c.xsd?y=../z"),
            ("../../../c", "http://h:80/c"),
            ("/c", "http://h:80/c"),
            ("?xsd=1", "http://h:80/a/b?xsd=1"),
            ("http://H/c#f", "http://H/c"),
        ] {
            assert_eq!(same_server(&base, reference), Some(at(leads)), "{reference}");
        }
        for elsewhere in
            ["http://h:81/c", "https://h/c", "http://other/c", "//other/c", "file:///etc/passwd", "http:c", "x:y"]
        {
            assert_eq!(same_server(&base, elsewhere), None, "{elsewhere}");
        }
    }
}
