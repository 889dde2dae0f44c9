//! Reading the body of a request: within its limit, within the process's budget, in time, and unpacked.

use std::time::Duration;

use budget::{MemoryBudget, Reservation};
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::{Body as _, Incoming};
use hyper::header::{self, HeaderMap};

mod coding;

/// How long a client may be silent within a body.
const SILENCE: Duration = Duration::from_secs(30);

/// How a body is read.
pub(crate) struct Body<'a> {
    /// Octets of one body, packed and unpacked.
    pub(crate) limit: u64,
    /// Octets in flight in the whole process.
    pub(crate) budget: &'a MemoryBudget,
}

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
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
    #[error("The body has more gzip members than {0}.")]
    Members(usize),
    #[error("The server has no room for this request now; try again.")]
    Busy,
}

impl Unreadable {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Ambiguous | Self::Broken | Self::Garbled | Self::Members(_) => StatusCode::BAD_REQUEST,
            Self::Late => StatusCode::REQUEST_TIMEOUT,
            Self::Encoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// What a request takes beside its header fields and its body, in octets.
const PLACE: usize = 4096;

/// From how many octets on a body's announced length is believed: it is allocated at once, and copied no more.
const EARNEST: usize = 1 << 20;

impl Body<'_> {
    /// The octets, and their place in the budget: it is given back when it is dropped.
    pub(crate) async fn collect(
        &self,
        headers: &HeaderMap,
        incoming: Incoming,
    ) -> Result<(Vec<u8>, Reservation), Unreadable> {
        let codings = coding::of(headers)?;
        let (mut bytes, mut place) = self.packed(headers, incoming).await?;
        for coding in codings.iter().rev() {
            bytes = coding.undo(&bytes, &mut place)?;
        }
        Ok((bytes, place.held))
    }

    /// The octets as they came, in whatever coding they are, and their place in the budget.
    pub(crate) async fn as_it_is(
        &self,
        headers: &HeaderMap,
        incoming: Incoming,
    ) -> Result<(Vec<u8>, Reservation), Unreadable> {
        self.packed(headers, incoming).await.map(|(bytes, place)| (bytes, place.held))
    }

    async fn packed(&self, headers: &HeaderMap, incoming: Incoming) -> Result<(Vec<u8>, BodyReservation), Unreadable> {
        // RFC 9112 §6.1: such a message ought to be handled as an error.
        if headers.contains_key(header::CONTENT_LENGTH) && headers.contains_key(header::TRANSFER_ENCODING) {
            return Err(Unreadable::Ambiguous);
        }
        if incoming.size_hint().lower() > self.limit {
            return Err(Unreadable::TooLarge(self.limit));
        }
        let mut place = BodyReservation::new(self.limit, self.budget, headers)?;
        let bytes = read(incoming, &mut place).await?;
        Ok((bytes, place))
    }
}

/// Room is taken as the octets arrive, never for what is only announced.
async fn read(mut incoming: Incoming, place: &mut BodyReservation) -> Result<Vec<u8>, Unreadable> {
    let announced = incoming.size_hint().exact().and_then(|octets| usize::try_from(octets).ok());
    let mut bytes = Vec::new();
    loop {
        let frame = tokio::time::timeout(SILENCE, incoming.frame()).await.map_err(|_| Unreadable::Late)?;
        let Some(frame) = frame else { return Ok(bytes) };
        let frame = frame.map_err(|_| Unreadable::Broken)?;
        let Ok(chunk) = frame.into_data() else { continue };
        place.make_room(&mut bytes, (chunk.len(), announced))?;
        bytes.extend_from_slice(&chunk);
    }
}

/// The place of one request in the budget.
pub(crate) struct BodyReservation {
    limit: u64,
    held: Reservation,
    fields: usize,
}

impl BodyReservation {
    fn new(limit: u64, budget: &MemoryBudget, headers: &HeaderMap) -> Result<Self, Unreadable> {
        let fields = PLACE + headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
        let mut held = budget.nothing();
        if !held.grow(fields) {
            return Err(Unreadable::Busy);
        }
        Ok(Self { limit, held, fields })
    }

    /// Makes room in `bytes` for so many more octets.
    pub(crate) fn make_room(
        &mut self,
        bytes: &mut Vec<u8>,
        (more, announced): (usize, Option<usize>),
    ) -> Result<(), Unreadable> {
        let length = bytes.len() + more;
        if length as u64 > self.limit {
            return Err(Unreadable::TooLarge(self.limit));
        }
        // What is allocated and not yet written to is no memory of the machine's.
        if !self.held.grow(self.fields.saturating_add(length)) {
            return Err(Unreadable::Busy);
        }
        if let Some(announced) = announced.filter(|octets| length > bytes.capacity() && *octets >= length) {
            let room = if length < EARNEST { announced.min(length.saturating_mul(2)) } else { announced };
            bytes.reserve_exact(room - bytes.len());
        }
        Ok(())
    }

    /// Octets that stay while more room is made.
    pub(crate) fn keep(&mut self, octets: usize) {
        self.fields += octets;
    }
}
