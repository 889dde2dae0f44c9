//! A whole HTTP request that came by mail: passed on to its service, and its answer mailed, whole too.

use client::message::{self, NoMessage, Response};
use rpc::{Caller, Document};

use super::perform::Ran;
use super::request::{Request, expired};
use super::{Handling, answer_mail};
use crate::method::upstream::forward::said;

/// The media type of an answer.
const ANSWER: &str = "application/http; msgtype=response";

impl Handling<'_> {
    /// Passes it on; where it is not passed on, its answer says why.
    pub(super) async fn pass(&self, request: &Request<'_>, asked: Result<message::Request, NoMessage>) -> Ran {
        let caller = self.caller(request);
        let upstream = self.setup.elsewhere.iter().find(|upstream| upstream.name() == request.service.name);
        let (line, response) = match (asked, upstream.filter(|upstream| upstream.passes_http()), expired(request)) {
            (Err(why), ..) => ("a request".to_owned(), said(400, &format!("This is {why}; nothing was run."))),
            (Ok(asked), _, Some(why)) => (line(&asked), said(504, &why)),
            (Ok(asked), None, None) => {
                (line(&asked), said(501, "This service takes calls, not HTTP requests; nothing was run."))
            }
            (Ok(asked), Some(upstream), None) => (line(&asked), upstream.forward(asked, &caller, self.largest()).await),
        };
        self.passed(request, (&line, response), caller)
    }

    /// The answer of one that had begun before a crash.
    pub(super) fn passing_unknown(&self, request: &Request<'_>) -> Ran {
        let text = "Result unknown: our server stopped while the request was running; it may have run, or not.";
        self.passed(request, ("a request", said(502, text)), self.caller(request))
    }

    fn passed(&self, request: &Request<'_>, (line, response): (&str, Response), caller: Caller) -> Ran {
        let story = request.story(&format!("{line}: {}", response.status().as_u16()), &caller.trace);
        let bytes = message::write_response(&response);
        let document = Document { media_type: ANSWER.to_owned(), bytes, ..Document::default() };
        let answer = answer_mail::compose(request, request.asker(), &document, self.stamp());
        Ran { answer: Some(answer), story, trace: caller.trace, ..Ran::default() }
    }

    /// Octets that fit into a mail, which has them in base64.
    fn largest(&self) -> usize {
        usize::try_from(self.setup.config.smtp.max_size / 4 * 3).unwrap_or(usize::MAX)
    }
}

fn line(asked: &message::Request) -> String {
    format!("{} {}", asked.method(), asked.uri().path())
}
