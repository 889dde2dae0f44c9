//! Reading the body of a request: within its limit, within the process's budget, in time, and unpacked.

use std::io::Read;
use std::time::Duration;

use flate2::read::{GzDecoder, ZlibDecoder};
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::{Body as _, Incoming};
use hyper::header::{self, HeaderMap};

use crate::house::budget::{Budget, Held};

/// How long a client may be silent within a body.
const SILENCE: Duration = Duration::from_secs(30);

/// How much is unpacked before the limits are looked at again, in octets.
const STEP: u64 = 1 << 20;

/// How a body is read.
pub(super) struct Body<'a> {
    /// Octets of one body, packed and unpacked.
    pub(super) limit: u64,
    /// Octets in flight in the whole process.
    pub(super) budget: &'a Budget,
}

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("The request is larger than {0} octets.")]
    TooLarge(u64),
    #[error("Content-Length and Transfer-Encoding are both there: the request is refused.")]
    Ambiguous,
    #[error("The body did not arrive in time.")]
    Late,
    #[error("The body ended early.")]
    Broken,
    #[error("Content-Encoding `{0}` is not known here; gzip and deflate are.")]
    Encoding(String),
    #[error("The body is not what its Content-Encoding says.")]
    Garbled,
    #[error("The server has no room for this request now; try again.")]
    Busy,
}

impl Unreadable {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Ambiguous | Self::Broken | Self::Garbled => StatusCode::BAD_REQUEST,
            Self::Late => StatusCode::REQUEST_TIMEOUT,
            Self::Encoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Body<'_> {
    /// The octets, and their place in the budget: it is given back when it is dropped.
    pub(super) async fn collect(&self, headers: &HeaderMap, incoming: Incoming) -> Result<(Vec<u8>, Held), Unreadable> {
        // RFC 9112 §6.1: such a message ought to be handled as an error.
        if headers.contains_key(header::CONTENT_LENGTH) && headers.contains_key(header::TRANSFER_ENCODING) {
            return Err(Unreadable::Ambiguous);
        }
        if incoming.size_hint().lower() > self.limit {
            return Err(Unreadable::TooLarge(self.limit));
        }
        let coding = Coding::of(headers)?;
        let mut held = self.budget.nothing();
        let packed = self.read(incoming, &mut held).await?;
        let bytes = match coding {
            Coding::Identity => packed,
            Coding::Gzip => self.unpack(GzDecoder::new(packed.as_slice()), &mut held)?,
            Coding::Deflate => self.unpack(ZlibDecoder::new(packed.as_slice()), &mut held)?,
        };
        Ok((bytes, held))
    }

    /// Room is taken as the octets arrive, never for what is only announced.
    async fn read(&self, mut incoming: Incoming, held: &mut Held) -> Result<Vec<u8>, Unreadable> {
        let mut bytes = Vec::new();
        loop {
            let frame = tokio::time::timeout(SILENCE, incoming.frame()).await.map_err(|_| Unreadable::Late)?;
            let Some(frame) = frame else { return Ok(bytes) };
            let frame = frame.map_err(|_| Unreadable::Broken)?;
            let Ok(chunk) = frame.into_data() else { continue };
            let length = bytes.len() + chunk.len();
            self.admit(length, held)?;
            if bytes.is_empty() {
                bytes = Vec::from(chunk);
            } else {
                bytes.extend_from_slice(&chunk);
            }
        }
    }

    fn unpack(&self, mut decoder: impl Read, held: &mut Held) -> Result<Vec<u8>, Unreadable> {
        let mut bytes = Vec::new();
        loop {
            let step = decoder.by_ref().take(STEP).read_to_end(&mut bytes).map_err(|_| Unreadable::Garbled)?;
            if step == 0 {
                return Ok(bytes);
            }
            self.admit(bytes.len(), held)?;
        }
    }

    fn admit(&self, length: usize, held: &mut Held) -> Result<(), Unreadable> {
        if length as u64 > self.limit {
            return Err(Unreadable::TooLarge(self.limit));
        }
        if held.grow(length) { Ok(()) } else { Err(Unreadable::Busy) }
    }
}

/// RFC 9110 §8.4.
enum Coding {
    Identity,
    Gzip,
    Deflate,
}

impl Coding {
    fn of(headers: &HeaderMap) -> Result<Self, Unreadable> {
        let Some(value) = headers.get(header::CONTENT_ENCODING) else { return Ok(Self::Identity) };
        match value.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            other => Err(Unreadable::Encoding(other.chars().take(40).collect())),
        }
    }
}
