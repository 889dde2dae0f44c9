//! What the client of an endpoint is told: the answer of its call, or where that will be.

use client::message;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use rpc::{Document, Protocol, codec};
use spool::{Pending, PendingOutcome};

use super::CALLS;
use crate::binding::http::{Answer, Reply};

/// Names the call, as people name it (`callpost replies show ID`).
const CALL: HeaderName = HeaderName::from_static("callpost-call");

/// After so many seconds a client may look again.
const AGAIN: HeaderValue = HeaderValue::from_static("5");

/// A line of ours.
pub(super) fn text(status: StatusCode, text: &str) -> Reply {
    let mut response = Response::new(Answer::of(format!("{text}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// The connection cannot be used again: the rest of a body was not read.
pub(super) fn closing(mut response: Reply) -> Reply {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Trouble of ours.
pub(super) fn busy() -> Reply {
    let mut response =
        text(StatusCode::SERVICE_UNAVAILABLE, "The request cannot be mailed now; nothing was sent, try again.");
    response.headers_mut().insert(header::RETRY_AFTER, AGAIN);
    response
}

/// What wants no answer gets none.
pub(super) fn nothing() -> Reply {
    let mut response = Response::new(Answer::default());
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    response
}

/// A call that is open: where its answer will be.
pub(super) fn open(status: StatusCode, call: &Pending, why: &str) -> Reply {
    let place = call.message_ids.first().map(|id| format!("{CALLS}{id}")).unwrap_or_default();
    let until = format!("{:.0}", call.expires);
    let words = format!("{why} Call {} stays open until {until}; its answer will be at {place}", call.id);
    let mut response = named(text(status, &words), call);
    if let Ok(place) = place.parse() {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response.headers_mut().insert(header::RETRY_AFTER, AGAIN);
    response
}

/// A call that has ended.
pub(super) fn ended(call: &Pending) -> Reply {
    let response = match &call.outcome {
        Some(PendingOutcome::Answered { media_type, document }) if media_type == message::MEDIA_TYPE => {
            match message::read_response(document) {
                Ok(response) => response.map(Answer::of),
                Err(why) => text(StatusCode::BAD_GATEWAY, &format!("The answer cannot be read: {why}.")),
            }
        }
        Some(PendingOutcome::Answered { media_type, document }) => {
            let mut response = Response::new(Answer::of(document.clone()));
            *response.status_mut() = status(call, media_type, document);
            let kind = media_type.parse().unwrap_or(HeaderValue::from_static("application/octet-stream"));
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        Some(PendingOutcome::Bounced { words, .. }) => {
            text(StatusCode::BAD_GATEWAY, &format!("The mail with the request came back: {words}"))
        }
        Some(PendingOutcome::Expired) => text(StatusCode::GATEWAY_TIMEOUT, "Nobody answered in time."),
        Some(PendingOutcome::Forgotten) | None => text(StatusCode::BAD_GATEWAY, "The call was given up here."),
    };
    named(response, call)
}

fn named(mut response: Reply, call: &Pending) -> Reply {
    if let Ok(id) = call.id.parse() {
        response.headers_mut().insert(CALL, id);
    }
    response
}

/// What HTTP says of an answer that came as a document (SOAP 1.1 §6.2; SOAP 1.2 Part 2 §7.5.2.2).
fn status(call: &Pending, media_type: &str, document: &[u8]) -> StatusCode {
    let Some(protocol @ (Protocol::Soap11 | Protocol::Soap12)) = codec::protocol(&call.protocol) else {
        return StatusCode::OK;
    };
    let read = mail::media_type::MediaType::parse(media_type);
    let charset = read.parameter("charset").map(str::to_owned);
    let document = Document { media_type: read.essence, charset, bytes: document.to_vec(), ..Document::default() };
    match codec::read(protocol, &document) {
        Ok(Err(fault)) if protocol == Protocol::Soap12 && fault.code.is_sender() => StatusCode::BAD_REQUEST,
        Ok(Err(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        Ok(Ok(_)) | Err(_) => StatusCode::OK,
    }
}
