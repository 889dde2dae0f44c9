//! A target that is the URL of a WSDL: the service is called, and told of, as that says.

use rpc::soap::Version;
use rpc::{Description, Protocol};

use crate::client::description::{Source, service_of_wsdl};
use crate::client::http::Endpoint;
use crate::client::url::shown;
use crate::complaint::{Code, Complaint, Outcome};

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
        let Some(url) = service_of_wsdl(&endpoint.url) else { return Ok(Err(endpoint)) };
        let Endpoint { url: wsdl, tls, wait } = endpoint;
        let service = || Endpoint { url: url.clone(), tls: tls.clone(), wait };
        let asked = Source::of_wsdl(service(), wsdl.clone(), wanted.unwrap_or(Protocol::Soap11), largest).ask().await;
        let description = asked.map_err(|why| {
            Complaint::new(Code::ApiUnreachable, format!("{} gives no WSDL that can be read", shown(&wsdl.to_string())))
                .because(why.to_string())
        })?;
        let protocol = description.soap().unwrap_or(Version::V11).protocol();
        if wanted.is_some_and(|wanted| wanted != protocol) {
            let what = format!("the service is described for {} alone", crate::client::codec::name(protocol));
            return Err(Box::new(Complaint::new(Code::Usage, what).help("leave --proto out")));
        }
        Ok(Ok(Self { service: service(), protocol, description }))
    }
}
