//! A whole HTTP request for a service elsewhere, passed on as it was made, and its answer as it is: `pass = "http"`.

use client::http::CallError;
use client::message::{Request, Response};
use rpc::Caller;

use super::Upstream;
use super::rewrite::Rewrite;

/// The field that tells the service who asks by mail, and what proves it.
const ASKER: &str = "callpost-asker";

impl Upstream {
    /// Passes a request on: below the service's own URL, and nowhere else. Its answer has up to `largest` octets.
    pub async fn forward(&self, request: Request, caller: &Caller, largest: usize) -> Response {
        let base = &self.settings.url;
        let near = near(&request);
        let Some(target) = below(base.path(), base.query(), request.uri()) else {
            return said(400, "The path leads out of the service; nothing was run.");
        };
        let request = self.addressed(request, target, caller);
        match self.pool.forward(request, largest).await {
            Ok(response) => match near {
                Some(near) => Rewrite { base, near: &near }.response(response),
                None => response,
            },
            Err(error) => {
                tracing::warn!(service = self.name, trace = caller.trace, %error, "a request was not answered");
                not_answered(&error)
            }
        }
    }

    fn addressed(&self, mut request: Request, target: String, caller: &Caller) -> Request {
        *request.uri_mut() = target.parse().unwrap_or_default();
        let fields = request.headers_mut();
        fields.remove(ASKER);
        let asker = caller.sender.as_ref().map(|sender| format!("{}; proof={}", sender.address, sender.proof));
        if let Some(Ok(asker)) = asker.map(|asker| asker.parse()) {
            fields.insert(ASKER, asker);
        }
        request
    }
}

/// A short answer of ours.
#[must_use]
pub fn said(status: u16, text: &str) -> Response {
    let mut response = Response::new(format!("{text}\n").into());
    *response.status_mut() = status.try_into().unwrap_or_default();
    if let Ok(plain) = "text/plain; charset=utf-8".parse() {
        response.headers_mut().insert("content-type", plain);
    }
    response
}

fn not_answered(error: &CallError) -> Response {
    match error {
        CallError::Url(_) | CallError::Connection(_) => {
            said(502, "The service cannot be reached now; nothing was run, try again.")
        }
        CallError::Late(_) => said(504, "The service gave no answer in time; whether it ran is not known."),
        CallError::Refused(..) | CallError::Status(..) | CallError::Http(_) | CallError::Body(_) => {
            said(502, "The service gave no answer that can be passed on; whether it ran is not known.")
        }
    }
}

/// Where the client asked: `http://host:port`, as the other Callpost says it (RFC 7239 §4).
fn near(request: &Request) -> Option<String> {
    let value = request.headers().get_all("forwarded").iter().next_back()?.to_str().ok()?;
    let pair = |name: &str| {
        let mut pairs = value.rsplit(',').next()?.split(';').filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(known, _)| known.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().trim_matches('"'))
    };
    let (host, scheme) = (pair("host")?, pair("proto").unwrap_or("http"));
    let is_host = |octet: u8| octet.is_ascii_alphanumeric() || b"-._:[]".contains(&octet);
    let is_near = matches!(scheme, "http" | "https") && !host.is_empty() && host.bytes().all(is_host);
    is_near.then(|| format!("{scheme}://{host}"))
}

/// Path and query below a service's own; `None` where the path leads out of it.
fn below(base: &str, query: Option<&str>, asked: &client::message::Target) -> Option<String> {
    if leads_out(asked.path()) {
        return None;
    }
    let path = match asked.path() {
        "/" | "" => base.to_owned(),
        path => format!("{}{path}", base.strip_suffix('/').unwrap_or(base)),
    };
    let queries: Vec<&str> = [query, asked.query()].into_iter().flatten().collect();
    Some(if queries.is_empty() { path } else { format!("{path}?{}", queries.join("&")) })
}

/// True where a segment of it is `..` or `.`, however it is written (RFC 3986 §3.3), for a reader who decodes once.
fn leads_out(path: &str) -> bool {
    let plain =
        path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/").replace('\\', "/");
    plain.split('/').any(|segment| {
        // `..;x` is `..` with a parameter to servers of Java.
        matches!(segment.split(';').next().unwrap_or_default(), ".." | ".")
    })
}

#[cfg(test)]
mod tests {
    use client::message::Request;

    use super::{below, near};

    #[test]
    fn a_request_goes_below_the_services_own_path_and_nowhere_else() {
        let target = |base: &str, query: Option<&str>, asked: &str| below(base, query, &asked.parse().unwrap());
        for (base, query, asked, wanted) in [
            ("/", None, "/", "/"),
            ("/soap", None, "/", "/soap"),
            ("/soap", None, "/?wsdl", "/soap?wsdl"),
            ("/soap", None, "/a/b?x=1", "/soap/a/b?x=1"),
            ("/soap/", None, "/", "/soap/"),
            ("/soap/", None, "/a", "/soap/a"),
            ("/", None, "/a", "/a"),
            ("/x.php", Some("s=1"), "/?wsdl", "/x.php?s=1&wsdl"),
            ("/soap", None, "/a..b/...", "/soap/a..b/..."),
        ] {
            assert_eq!(target(base, query, asked).as_deref(), Some(wanted), "{base} {asked}");
        }
        for asked in ["/../admin", "/a/..", "/%2e%2E/admin", "/.%2e/x", "/a%2f..%2fb", "/..%5cx", "/./x", "/..;x/y"] {
            assert_eq!(target("/soap", None, asked), None, "{asked}");
        }
    }

    #[test]
    fn where_the_client_asked_is_the_last_that_was_said_of_it() {
        let said = |value: &str| {
            let mut request = Request::default();
            request.headers_mut().insert("forwarded", value.parse().unwrap());
            near(&request)
        };
        assert_eq!(said("host=\"127.0.0.1:8081\";proto=http").as_deref(), Some("http://127.0.0.1:8081"));
        assert_eq!(said("for=a;host=evil, host=\"[::1]:1\"").as_deref(), Some("http://[::1]:1"));
        for wrong in ["for=a", "host=\"a/b\"", "host=\"a\";proto=file", "host=\"\"", "host=\"a b\""] {
            assert_eq!(said(wrong), None, "{wrong}");
        }
        assert_eq!(near(&Request::default()), None);
    }
}
