//! What a GET tells: the index page, the OpenRPC document, and the WSDL with the address that the client used.

use config::Door;
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode};
use rpc::wsdl::Style;

use super::caller::Client;
use super::{Answer, Api, Reply, SPOKEN, index, text};
use crate::discovery::{self, Asked};

/// Where the OpenRPC document is, on every listener.
const OPENRPC: &str = "/openrpc.json";
/// Where the OpenAPI document is, where REST is spoken.
const OPENAPI: &str = "/openapi.json";

impl Api<'_> {
    /// The response to a GET, whose body HEAD goes without; `None` where nothing is at this path.
    pub(super) fn told<B>(&self, client: &Client<'_>, request: &Request<B>) -> Option<Reply> {
        let path = request.uri().path();
        let caller = || self.caller(client, request.headers());
        if path == OPENRPC {
            return Some(document("application/json", Answer::shared(self.setup.openrpc(&caller()))));
        }
        if path == OPENAPI && self.listener().opens(Door::Rest) {
            let written = discovery::openapi::document(&self.setup.api, &caller(), &self.outside(request));
            return Some(document("application/json", Answer::of(written.to_string())));
        }
        let is_api = self.listener().paths.iter().any(|known| known == path);
        let query = request.uri().query().unwrap_or_default();
        if let Some(style) = wsdl_asked_for(query).filter(|_| is_api) {
            let asked = Asked { url: format!("{}{path}", self.origin(request)), style, methods: methods(query) };
            let wsdl = discovery::wsdl((&self.setup.api, &caller()), &self.setup.config.services, asked)?;
            return Some(document("text/xml; charset=utf-8", Answer::of(wsdl)));
        }
        match path {
            "/" => Some(page(&index::page(&self.setup.openrpc(&caller()), self.listener()))),
            _ if is_api => Some(text(StatusCode::OK, SPOKEN)),
            _ => None,
        }
    }

    /// How the server is reached: by `public_url`, or else as the client reached it.
    fn outside<B>(&self, request: &Request<B>) -> String {
        let public = self.setup.config.http.public_url.as_ref();
        public.map_or_else(|| self.origin(request), |public| public.url.clone())
    }

    /// Scheme and authority as the client wrote them; where it wrote none that could be one, the listener's.
    fn origin<B>(&self, request: &Request<B>) -> String {
        let written = request.uri().authority().map(hyper::http::uri::Authority::as_str);
        let field = || request.headers().get(header::HOST)?.to_str().ok();
        let is_tls = self.listener().tls != config::Tls::Off;
        let scheme = if is_tls { "https" } else { "http" };
        match written.or_else(field).filter(|host| is_authority(host)) {
            Some(host) => format!("{scheme}://{host}"),
            None => format!("{scheme}://{}", self.address),
        }
    }
}

/// `?wsdl`, `?WSDL`, `?wsdl=…`, also among others. In style document: `?wsdl=document`, and `?singleWsdl`, as .NET asks.
fn wsdl_asked_for(query: &str) -> Option<Style> {
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name.to_ascii_lowercase().as_str() {
            "wsdl" if !value.eq_ignore_ascii_case("document") => Some(Style::Rpc),
            "wsdl" | "singlewsdl" => Some(Style::Document),
            _ => None,
        }
    })
}

/// The methods that are to be told of, each as `&method=NAME`; none: all. There are generators of stubs that make of
/// `TestAPI.echo` what their language cannot read.
fn methods(query: &str) -> Vec<String> {
    query.split('&').filter_map(|pair| pair.strip_prefix("method=")).map(str::to_owned).collect()
}

/// A host name or address, perhaps with a port: nothing that would need a second look in the document.
fn is_authority(host: &str) -> bool {
    let ours = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    (1..=300).contains(&host.len()) && host.bytes().all(ours)
}

fn document(content_type: &'static str, answer: Answer) -> Reply {
    let mut response = Response::new(answer);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn page(html: &str) -> Reply {
    let mut response = document("text/html; charset=utf-8", Answer::of(html.to_owned()));
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(index::POLICY));
    fields.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use rpc::wsdl::Style;

    use super::{is_authority, wsdl_asked_for};

    #[test]
    fn the_wsdl_is_asked_for_with_and_without_value() {
        let style = |query| wsdl_asked_for(query);
        assert!(["wsdl", "WSDL", "wsdl=1", "a=b&wsdl", "Wsdl=", "wsdl=rpc"].map(style) == [Some(Style::Rpc); 6]);
        assert!(["wsdl=document", "WSDL=Document", "singleWsdl"].map(style) == [Some(Style::Document); 3]);
        assert!(["", "a", "wsdls", "a=wsdl"].map(style) == [None; 4]);
    }

    #[test]
    fn only_an_authority_is_written_into_the_document() {
        assert!(["example.edu", "127.0.0.1:8020", "[::1]:80"].into_iter().all(is_authority));
        assert!(!["", "a b", "<x>", "a/b", "user@host", "\"x"].into_iter().any(is_authority));
    }
}
