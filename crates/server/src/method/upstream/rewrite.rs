//! Addresses of a service in its answers, as its client can use them: in `Location`, and in what WSDLs and schemas say of
//! where the service and their other parts are. Nothing else is touched: a namespace often looks like an address.

use bytes::Bytes;
use client::message::{Response, Target};

/// What becomes what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rewrite<'a> {
    /// The service's own URL.
    pub(super) base: &'a Target,
    /// Where its client asked: `http://127.0.0.1:8081`.
    pub(super) near: &'a str,
}

/// Whose word is believed of which server an address is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    /// Of its own ports a service says what it likes: behind a proxy it does not know better. The path decides.
    Any,
    /// The address must be on the service's own server.
    Own,
}

impl Rewrite<'_> {
    /// The answer, with these addresses.
    pub(super) fn response(&self, mut response: Response) -> Response {
        for name in ["location", "content-location"] {
            let said = response.headers().get(name).and_then(|value| value.to_str().ok());
            let moved = said.and_then(|said| self.moved(said, Server::Own).or_else(|| self.moved_path(said)));
            if let Some(Ok(value)) = moved.map(|moved| moved.parse()) {
                response.headers_mut().insert(name, value);
            }
        }
        let is_plain = !response.headers().contains_key("content-encoding");
        let kind = response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !is_plain || !kind.to_ascii_lowercase().contains("xml") {
            return response;
        }
        let described = self.document(response.body());
        response.map(|body| described.map_or(body, Bytes::from))
    }

    /// The document, where it is a WSDL or a schema that has an address of the service in it.
    fn document(&self, document: &[u8]) -> Option<Vec<u8>> {
        let (mut out, mut copied, mut is_first) = (Vec::new(), 0, true);
        for tag in Tags::of(document) {
            if std::mem::take(&mut is_first) && !matches!(tag.name, b"definitions" | b"schema" | b"description") {
                return None;
            }
            let server = match tag.name {
                b"address" | b"endpoint" => Server::Any,
                b"import" | b"include" | b"redefine" => Server::Own,
                _ => continue,
            };
            for (name, place) in tag.attributes() {
                let is_address = matches!(name, b"location" | b"schemaLocation" | b"address");
                let value = document.get(place.clone()).and_then(|value| std::str::from_utf8(value).ok());
                let Some(moved) = value.filter(|_| is_address).and_then(|value| self.moved(value, server)) else {
                    continue;
                };
                out.extend_from_slice(&document[copied..place.start]);
                out.extend_from_slice(moved.as_bytes());
                copied = place.end;
            }
        }
        if copied == 0 {
            return None;
        }
        out.extend_from_slice(&document[copied..]);
        Some(out)
    }

    /// A URL of the service, as its client reaches it; `None` where it is not below the service's own.
    fn moved(&self, url: &str, server: Server) -> Option<String> {
        let (scheme, rest) = url.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let is_own = || self.base.authority().is_some_and(|own| own.as_str().rsplit('@').next() == Some(authority));
        let is_http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        if !is_http || (server == Server::Own && !is_own()) {
            return None;
        }
        Some(format!("{}{}", self.near, self.below(path)?))
    }

    /// A path from the root of the service's server (RFC 9110 §10.2.2), as its client reaches it.
    fn moved_path(&self, path: &str) -> Option<String> {
        if !path.starts_with('/') || path.starts_with("//") { None } else { self.below(path) }
    }

    /// What of a path, and what follows it, is below the service's own.
    fn below(&self, path: &str) -> Option<String> {
        let base = self.base.path();
        let base = base.strip_suffix('/').unwrap_or(base);
        let rest = path.strip_prefix(base)?;
        match rest.as_bytes().first() {
            Some(b'/') => Some(rest.to_owned()),
            None | Some(b'?' | b'#') => Some(format!("/{rest}")),
            Some(_) => None,
        }
    }
}

/// The start tags of an XML document, as octets: whatever it is written in, as long as its markup is ASCII.
struct Tags<'d> {
    document: &'d [u8],
    at: usize,
}

/// A start tag.
struct Tag<'d> {
    /// The name of its element, without prefix.
    name: &'d [u8],
    document: &'d [u8],
    /// Where its attributes begin, and where it ends.
    attributes: std::ops::Range<usize>,
}

impl<'d> Tags<'d> {
    fn of(document: &'d [u8]) -> Self {
        Self { document, at: 0 }
    }
}

impl<'d> Iterator for Tags<'d> {
    type Item = Tag<'d>;

    fn next(&mut self) -> Option<Tag<'d>> {
        loop {
            self.at += memchr::memchr(b'<', &self.document[self.at..])?;
            let rest = &self.document[self.at..];
            let hidden =
                [(&b"<!--"[..], &b"-->"[..]), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"), (b"<!", b">"), (b"</", b">")];
            if let Some((_, end)) = hidden.iter().find(|(start, _)| rest.starts_with(start)) {
                self.at += memchr::memmem::find(rest, end)? + end.len();
                continue;
            }
            let end = self.at + end_of(rest)?;
            let name_end = rest.iter().position(|octet| octet.is_ascii_whitespace() || matches!(octet, b'/' | b'>'))?;
            let tag =
                Tag { name: local(&rest[1..name_end]), document: self.document, attributes: self.at + name_end..end };
            self.at = end;
            return Some(tag);
        }
    }
}

/// Where a tag ends: at the first `>` that is in no attribute.
fn end_of(tag: &[u8]) -> Option<usize> {
    let mut quote = None;
    tag.iter().position(|octet| match (quote, octet) {
        (None, b'>') => true,
        (None, b'"' | b'\'') => {
            quote = Some(*octet);
            false
        }
        (Some(open), octet) if open == *octet => {
            quote = None;
            false
        }
        _ => false,
    })
}

fn local(name: &[u8]) -> &[u8] {
    name.iter().rposition(|octet| *octet == b':').map_or(name, |colon| &name[colon + 1..])
}

impl<'d> Tag<'d> {
    /// Each attribute without a prefix: its name, and where its value stands in the document.
    fn attributes(&self) -> impl Iterator<Item = (&'d [u8], std::ops::Range<usize>)> {
        let (document, end, mut at) = (self.document, self.attributes.end, self.attributes.start);
        std::iter::from_fn(move || {
            let equals = at + memchr::memchr(b'=', &document[at..end])?;
            let open = equals + document[equals..end].iter().position(|octet| matches!(octet, b'"' | b'\''))?;
            let close = open + 1 + memchr::memchr(document[open], &document[open + 1..end])?;
            let name = document[at..equals].trim_ascii();
            at = close + 1;
            Some((name, open + 1..close))
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use client::message::Response;

    use super::Rewrite;

    fn rewritten(base: &str, kind: &str, body: &str) -> String {
        let mut response = Response::new(Bytes::from(body.to_owned()));
        response.headers_mut().insert("content-type", kind.parse().unwrap());
        let base = base.parse().unwrap();
        let response = Rewrite { base: &base, near: "http://127.0.0.1:8081" }.response(response);
        String::from_utf8(response.into_body().to_vec()).unwrap()
    }

    #[test]
    fn the_ports_of_a_wsdl_and_its_other_parts_are_where_the_client_reaches_them() {
        let wsdl = r#"<?xml version="1.0"?><!-- <soap:address location="http://10.0.0.1/soap"/> -->
<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" targetNamespace="http://10.0.0.1/soap" location = "http://10.0.0.1/soap">
<w:import namespace="http://10.0.0.1/soap" location='http://10.0.0.1/soap?part=1&amp;x'/>
<xs:include schemaLocation="http://10.0.0.1/soap/t.xsd"/><xs:import schemaLocation="http://other/soap/t.xsd"/>
<soap:address x="a>b" location="http://registry.internal:8080/soap"/><s:address location="https://10.0.0.1/soap/v2"/>
<s:address location="http://10.0.0.1/soapy"/><s:address location="mailto:a@b"/><!broken location="http://10.0.0.1/soap"></w:definitions>"#;
        let wanted = wsdl
            .replace("'http://10.0.0.1/soap?part=1&amp;x'", "'http://127.0.0.1:8081/?part=1&amp;x'")
            .replace("\"http://10.0.0.1/soap/t.xsd", "\"http://127.0.0.1:8081/t.xsd")
            .replace("http://registry.internal:8080/soap", "http://127.0.0.1:8081/")
            .replace("https://10.0.0.1/soap/v2", "http://127.0.0.1:8081/v2");
        assert_eq!(rewritten("http://me:x@10.0.0.1/soap", "text/xml", wsdl), wanted);
        assert_eq!(rewritten("http://10.0.0.1/soap", "text/plain", wsdl), wsdl, "it is not said to be XML");
    }

    #[test]
    fn other_documents_stay_as_they_are() {
        for document in [
            "<Envelope><address location=\"http://h/s\"/></Envelope>",
            "<definitions><address location=\"http://h/s",
            "<definitions><address location",
            "<definitions",
            "<",
            "",
            "<definitions><address/></definitions>",
        ] {
            assert_eq!(rewritten("http://h/s", "text/xml", document), document);
        }
    }

    #[test]
    fn a_location_below_the_service_is_the_clients() {
        let base = "http://10.0.0.1:3000/soap".parse().unwrap();
        let located = |said: &str| {
            let mut response = Response::default();
            response.headers_mut().insert("location", said.parse().unwrap());
            let response = Rewrite { base: &base, near: "http://127.0.0.1:8081" }.response(response);
            response.headers()["location"].to_str().unwrap().to_owned()
        };
        assert_eq!(located("http://10.0.0.1:3000/soap/new?x"), "http://127.0.0.1:8081/new?x");
        assert_eq!(located("/soap/new"), "/new");
        for other in ["http://10.0.0.1/soap/new", "http://elsewhere/soap", "/other", "//h/soap", "relative", "/soapy"] {
            assert_eq!(located(other), other);
        }
    }
}
