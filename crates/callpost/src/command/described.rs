//! A target that is the URL of a WSDL: the service is called, and told of, as that says.

use rpc::{Description, Protocol};

use crate::client::description::{Source, service_of_wsdl};
use crate::client::http::Endpoint;
use crate::complaint::{Code, Complaint, Outcome};

/// A service and its description.
pub(super) struct Described {
    /// The service itself.
    pub(super) service: Endpoint,
    /// SOAP, in the version that its WSDL has a binding for.
    pub(super) protocol: Protocol,
    /// What the WSDL says.
    pub(super) description: Description,
}

impl Described {
    /// Reads the WSDL that the URL is (`?wsdl`); an endpoint that is none is given back. Of the versions of SOAP the
    /// wanted one is taken, or the older that the service speaks.
    ///
    /// # Errors
    /// The WSDL cannot be had or read, or another protocol is wanted.
    pub(super) async fn at(endpoint: Endpoint, wanted: Option<Protocol>) -> Outcome<Result<Self, Endpoint>> {
        let Some(url) = service_of_wsdl(&endpoint.url) else { return Ok(Err(endpoint)) };
        let versions: &[Protocol] = match wanted {
            None => &[Protocol::Soap11, Protocol::Soap12],
            Some(Protocol::Soap11) => &[Protocol::Soap11],
            Some(Protocol::Soap12) => &[Protocol::Soap12],
            Some(_) => {
                let what = format!("{} is a WSDL, which describes SOAP", endpoint.url);
                return Err(Box::new(
                    Complaint::new(Code::Usage, what).help("leave --proto out, or say soap11 or soap12"),
                ));
            }
        };
        let Endpoint { url: wsdl, tls, wait } = endpoint;
        let service = || Endpoint { url: url.clone(), tls: tls.clone(), wait };
        let mut why = String::new();
        for &protocol in versions {
            match Source::of_wsdl(service(), wsdl.clone(), protocol).ask().await {
                Ok(description) => return Ok(Ok(Self { service: service(), protocol, description })),
                Err(undescribed) => why = undescribed.to_string(),
            }
        }
        Err(Box::new(
            Complaint::new(Code::ApiUnreachable, format!("{wsdl} gives no WSDL that can be read")).because(why),
        ))
    }
}
