//! A target that is the URL of a WSDL: the service is called, and told of, as that says.

use client::description::{Source, is_wsdl_file, port_of, service_of_wsdl};
use client::http::Endpoint;
use diagnostic::url::shown;
use diagnostic::{Code, Diagnostic, Outcome};
use rpc::soap::Version;
use rpc::{Description, Protocol};

use hyper::Uri;

/// A service and its description.
pub(super) struct Described {
    /// The service itself.
    pub(super) service: Endpoint,
    /// SOAP, in the version that its WSDL has a binding for; in the older where it has both.
    pub(super) protocol: Protocol,
    /// What the WSDL says.
    pub(super) description: Description,
}

impl Described {
    /// Reads the WSDL that the URL is (`?wsdl`), of up to `largest` octets with what it imports; an endpoint that is none is
    /// given back.
    ///
    /// # Errors
    /// The WSDL cannot be had or read, or another protocol is wanted than it describes.
    pub(super) async fn at(
        endpoint: Endpoint,
        wanted: Option<Protocol>,
        largest: u64,
    ) -> Outcome<Result<Self, Endpoint>> {
        let is_file = is_wsdl_file(&endpoint.url);
        let url = service_of_wsdl(&endpoint.url).or_else(|| is_file.then(|| endpoint.url.clone()));
        let Some(url) = url else { return Ok(Err(endpoint)) };
        let Endpoint { url: wsdl, tls, wait } = endpoint;
        let service = |url: &Uri| Endpoint { url: url.clone(), tls: tls.clone(), wait };
        let asked =
            Source::of_wsdl(service(&url), wsdl.clone(), wanted.unwrap_or(Protocol::Soap11), largest).ask().await;
        let description = asked.map_err(|why| {
            Diagnostic::new(
                Code::ApiUnreachable,
                format!("{} gives no WSDL that can be read", shown(&wsdl.to_string())),
            )
            .because(why.to_string())
        })?;
        let protocol = description.soap().unwrap_or(Version::V11).protocol();
        if wanted.is_some_and(|wanted| wanted != protocol) {
            let what = format!("the service is described for {} alone", rpc::codec::name(protocol));
            return Err(Box::new(Diagnostic::new(Code::Usage, what).help("leave --proto out")));
        }
        let url = if is_file && service_of_wsdl(&wsdl).is_none() { address(&wsdl, &description)? } else { url };
        Ok(Ok(Self { service: service(&url), protocol, description }))
    }

    /// Where this method is called.
    pub(super) fn endpoint_of(&self, method: &str) -> Endpoint {
        let Endpoint { url, tls, wait } = &self.service;
        let url = port_of(url, &self.description, method).unwrap_or_else(|| url.clone());
        Endpoint { url, tls: tls.clone(), wait: *wait }
    }
}

/// Where a WSDL that is a file says that its service is.
fn address(wsdl: &Uri, description: &Description) -> Outcome<Uri> {
    let said = description.address().unwrap_or_default();
    let is_server = |url: &Uri| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some();
    said.parse().ok().filter(is_server).ok_or_else(|| {
        let what = format!("{} does not say where its service is", shown(&wsdl.to_string()));
        Box::new(
            Diagnostic::new(Code::ApiUnreachable, what)
                .because(format!("its address is `{said}`, no http:// or https:// URL")),
        )
    })
}
