//! What an HTTP request becomes by mail: itself, whole, for another Callpost; the document in it for everybody else.

use std::net::SocketAddr;
use std::time::Duration;

use client::message;
use config::Connect;
use control::Octets;
use control::call::{CallRequest, HTTP, Packing, Way};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use rpc::{Document, Inquiry, Value, codec};

use super::answer;
use crate::binding::http::Reply;

/// The media type of a request.
const REQUEST: &str = "application/http; msgtype=request";

/// How we call ourselves among those who passed a request on (RFC 9110 §7.6.3).
const US: &str = "callpost";

/// Through so many of us a request travels at most.
const MOST: usize = 8;

/// A request, as it is mailed.
pub(super) struct Asked {
    method: String,
    protocol: &'static str,
    media_type: String,
    action: Option<String>,
    document: Vec<u8>,
    way: Way,
}

/// When its client wants to hear of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// When the answer is there.
    Answer,
    /// At once: it will look for the answer (RFC 7240 §4.1, `respond-async`).
    Later,
}

impl Wish {
    pub(super) fn of(fields: &HeaderMap) -> Self {
        let wishes = fields.get_all("prefer").into_iter().filter_map(|value| value.to_str().ok());
        let is_async = |wish: &str| wish.trim().eq_ignore_ascii_case("respond-async");
        match wishes.flat_map(|value| value.split(',')).any(is_async) {
            true => Self::Later,
            false => Self::Answer,
        }
    }
}

impl Asked {
    /// The whole request, to an endpoint at this address.
    ///
    /// # Errors
    /// What its client is told where it cannot travel.
    pub(super) fn whole((mut head, body): (Parts, Vec<u8>), address: SocketAddr) -> Result<Self, Box<Reply>> {
        if !head.uri.path().starts_with('/') {
            return Err(Box::new(answer::text(StatusCode::BAD_REQUEST, "The request names no path.")));
        }
        if passed(&head.headers) >= MOST {
            return Err(Box::new(answer::text(StatusCode::LOOP_DETECTED, "The request goes round in a circle.")));
        }
        travelling(&mut head, address);
        let method = format!("{} {}", head.method, head.uri.path());
        let request = message::Request::from_parts(head, body.into());
        let document = message::write_request(&request);
        Ok(Self { method, protocol: HTTP, media_type: REQUEST.to_owned(), action: None, document, way: Way::Both })
    }

    /// The document in a request.
    ///
    /// # Errors
    /// What its client is told where there is none.
    pub(super) fn document(head: &Parts, bytes: Vec<u8>, limits: &rpc::Limits) -> Result<Self, Box<Reply>> {
        let refused = |status, why: &str| Err(Box::new(answer::text(status, why)));
        if head.method != Method::POST {
            let why = "Only calls travel to this service: POST one. (Whole requests do where its [[peer]] has callpost = true.)";
            return refused(StatusCode::METHOD_NOT_ALLOWED, why);
        }
        let text = |name: &HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
        let media_type = text(&header::CONTENT_TYPE).unwrap_or("application/octet-stream").to_owned();
        let read = mail::media_type::MediaType::parse(&media_type);
        let charset = read.parameter("charset").map(str::to_owned);
        if !rpc::recognise::is_request(&bytes, charset.as_deref()) {
            let why = "Only JSON-RPC, XML-RPC and SOAP travel to this service: POST one of them.";
            return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, why);
        }
        let action =
            text(&HeaderName::from_static("soapaction")).map(|value| value.trim().trim_matches('"').to_owned());
        let action = action.filter(|action| !action.is_empty());
        let document = Document { media_type: read.essence, charset, action: action.clone(), bytes, parts: Vec::new() };
        let Ok(inquiry) = Inquiry::read(&document, limits) else {
            return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "This is no call.");
        };
        let protocol = codec::name(inquiry.protocol());
        let method = inquiry.calls.iter().flatten().next().map(|call| call.method.0.clone()).unwrap_or_default();
        // What nobody answers, nobody waits for: notifications.
        let results = inquiry.calls.iter().map(|_| Ok(Value::Null)).collect();
        let way = if inquiry.answer(results, "").is_some() { Way::Both } else { Way::One };
        Ok(Self {
            method,
            protocol,
            media_type: labelled(&media_type, protocol),
            action,
            document: document.bytes,
            way,
        })
    }

    /// As a call by mail of this endpoint, which is given up after so long.
    pub(super) fn request(self, connect: &Connect, expire: Duration) -> CallRequest {
        CallRequest {
            to: connect.to.to_string(),
            from: connect.from.as_ref().map(ToString::to_string),
            method: self.method,
            shown: None,
            call_id: None,
            protocol: self.protocol.to_owned(),
            media_type: self.media_type,
            action: self.action,
            way: self.way,
            document: Octets(self.document),
            packing: Packing::Single,
            via: None,
            listen: None,
            expire: expire.as_secs(),
        }
    }
}

/// The media type of a document: what HTTP clients send as a form, mail would not take for a document.
fn labelled(said: &str, protocol: &str) -> String {
    match (protocol, said.split('/').nth(1).is_some_and(|kind| kind.contains("xml") || kind.contains("json"))) {
        (_, true) => said.to_owned(),
        ("jsonrpc", false) => "application/json".to_owned(),
        ("soap12", false) => "application/soap+xml".to_owned(),
        (_, false) => "text/xml".to_owned(),
    }
}

/// How many of us have passed it on.
fn passed(fields: &HeaderMap) -> usize {
    let values = fields.get_all(header::VIA).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter(|hop| hop.split_whitespace().nth(1) == Some(US)).count()
}

/// What travels of a head: no more than concerns both ends, and where its client asked.
fn travelling(head: &mut Parts, address: SocketAddr) {
    let host = head.headers.get(header::HOST).and_then(|value| value.to_str().ok()).filter(|host| !host.is_empty());
    let near = format!("host=\"{}\";proto=http", host.map_or_else(|| address.to_string(), str::to_owned));
    let fields = &mut head.headers;
    message::end_to_end(fields);
    fields.remove(header::HOST);
    if Wish::of(fields) == Wish::Later {
        fields.remove("prefer");
    }
    if head.method == Method::GET {
        // Addresses in a WSDL are rewritten at the other end, which unpacks nothing.
        fields.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    fields.append(header::VIA, HeaderValue::from_static("1.1 callpost"));
    if let Ok(near) = near.parse() {
        fields.append(header::FORWARDED, near);
    }
    head.uri = head.uri.path_and_query().and_then(|target| target.as_str().parse().ok()).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderMap;
    use hyper::{Method, Request};

    use super::{Asked, Way, Wish};

    const HERE: ([u8; 4], u16) = ([127, 0, 0, 1], 8081);

    fn request(method: Method, target: &str, fields: &[(&'static str, &str)]) -> hyper::http::request::Parts {
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.uri_mut() = target.parse().unwrap();
        for (name, value) in fields {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        request.into_parts().0
    }

    fn whole(method: Method, target: &str, fields: &[(&'static str, &str)]) -> String {
        let asked = Asked::whole((request(method, target, fields), b"\xff".to_vec()), HERE.into());
        String::from_utf8_lossy(&asked.unwrap_or_else(|_| panic!("refused")).document).into_owned()
    }

    #[test]
    fn a_whole_request_has_what_concerns_both_ends_and_where_it_was_asked() {
        let fields = [
            ("host", "localhost:8081"),
            ("connection", "keep-alive"),
            ("content-length", "1"),
            ("x-own", "ż"),
            ("accept-encoding", "gzip"),
            ("prefer", "respond-async"),
        ];
        let post = whole(Method::POST, "/a?b", &fields);
        assert_eq!(
            post,
            "POST /a?b HTTP/1.1\r\nx-own: ż\r\naccept-encoding: gzip\r\nvia: 1.1 callpost\r\n\
             forwarded: host=\"localhost:8081\";proto=http\r\n\r\n\u{fffd}"
        );
        let get = whole(Method::GET, "/", &fields[4..5]);
        assert!(get.contains("accept-encoding: identity\r\n") && get.contains("host=\"127.0.0.1:8081\""), "{get}");
    }

    #[test]
    fn a_request_that_goes_round_in_a_circle_ends() {
        let via = ["1.1 callpost"; 8].join(", ");
        let refused = Asked::whole((request(Method::GET, "/", &[("via", &via)]), Vec::new()), HERE.into());
        assert_eq!(refused.err().map(|reply| reply.status().as_u16()), Some(508));
    }

    /// Protocol, method, media type and way of the document in a request, or the status that refuses it.
    fn document(kind: &str, body: &str) -> Result<(&'static str, String, String, Way), u16> {
        let head = request(Method::POST, "/", &[("content-type", kind), ("soapaction", "\"urn:x#add\"")]);
        let asked = Asked::document(&head, body.as_bytes().to_vec(), &rpc::Limits::default());
        asked.map(|it| (it.protocol, it.method, it.media_type, it.way)).map_err(|reply| reply.status().as_u16())
    }

    #[test]
    fn the_document_of_a_call_travels_under_a_name_that_mail_knows() {
        let call = |method: &str| format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\"}}");
        let told = |protocol, method: &str, kind: &str, way| Ok((protocol, method.to_owned(), kind.to_owned(), way));
        let form = "application/x-www-form-urlencoded";
        assert_eq!(document(form, &call("add")), told("jsonrpc", "add", "application/json", Way::Both));
        let notification = "{\"jsonrpc\":\"2.0\",\"method\":\"note\"}";
        assert_eq!(document("application/json", notification), told("jsonrpc", "note", "application/json", Way::One));
        let envelope = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><x:add xmlns:x=\"urn:x\"/></e:Body></e:Envelope>";
        let latin = "text/xml; charset=iso-8859-2";
        assert_eq!(document(latin, envelope), told("soap11", "add", latin, Way::Both));
        assert_eq!(document("text/html", "<html/>"), Err(415));
        let get = Asked::document(&request(Method::GET, "/?wsdl", &[]), Vec::new(), &rpc::Limits::default());
        assert_eq!(get.err().map(|reply| reply.status().as_u16()), Some(405));
    }

    #[test]
    fn who_does_not_want_to_wait_says_so() {
        let wish = |value: &str| Wish::of(&HeaderMap::from_iter([("prefer".parse().unwrap(), value.parse().unwrap())]));
        assert_eq!(wish("respond-async"), Wish::Later);
        assert_eq!(wish("wait=5, Respond-Async"), Wish::Later);
        assert_eq!(wish("return=minimal"), Wish::Answer);
    }
}
