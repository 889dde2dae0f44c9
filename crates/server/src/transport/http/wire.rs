//! The octets of one connection. What is written is gathered, so that the answers to pipelined requests go out together,
//! and leaves as soon as the connection has nothing else to do: nothing waits for what the client may send next.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use hyper::rt;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::ledger::Ledger;

/// Most octets that are gathered; what is larger is written as it is.
const GATHERED: usize = 8 * 1024;

/// What an empty buffer may keep allocated.
const KEPT: usize = 1024;

/// How much is read and thrown away at a time.
const STRIDE: usize = 16 * 1024;

/// A stream over TCP.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// What carries it.
    fn tcp(&mut self) -> &mut TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&mut self) -> &mut TcpStream {
        self
    }
}

impl Stream for TlsStream<TcpStream> {
    fn tcp(&mut self) -> &mut TcpStream {
        self.get_mut().0
    }
}

/// One connection, as hyper holds it and as we do.
pub(super) struct Wire<S>(Arc<Mutex<Shared<S>>>);

impl<S> Clone for Wire<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Shared<S> {
    stream: TokioIo<S>,
    gathered: BytesMut,
    ledger: Arc<Ledger>,
    /// Something was written and not flushed.
    unflushed: bool,
    /// hyper was told to wait with what it wants to write.
    refused: bool,
}

/// What became of what was gathered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// All of it is out, or the rest waits for the client.
    AsFarAsItGoes,
    /// There is room again for what could not be written before.
    RoomAgain,
}

impl<S: Stream> Wire<S> {
    pub(super) fn new(stream: S, ledger: Arc<Ledger>) -> Self {
        let stream = TokioIo::new(stream);
        let shared = Shared { stream, gathered: BytesMut::new(), ledger, unflushed: false, refused: false };
        Self(Arc::new(Mutex::new(shared)))
    }

    /// Writes what was gathered.
    ///
    /// # Errors
    /// The connection is broken.
    pub(super) fn push(&self, cx: &mut Context<'_>) -> io::Result<Pushed> {
        let mut shared = self.lock();
        if let Poll::Ready(result) = shared.drain(cx) {
            result?;
            if std::mem::take(&mut shared.refused) {
                return Ok(Pushed::RoomAgain);
            }
        }
        Ok(Pushed::AsFarAsItGoes)
    }

    /// Writes what was gathered, and says that no more comes.
    pub(super) fn poll_close(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.lock().close(cx)
    }

    /// Reads what still comes, below TLS, and throws it away: how many octets it was; 0 at the end.
    pub(super) fn poll_discard(&self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut room = [0; STRIDE];
        let mut into = tokio::io::ReadBuf::new(&mut room);
        ready!(Pin::new(self.lock().stream.inner_mut().tcp()).poll_read(cx, &mut into))?;
        Poll::Ready(Ok(into.filled().len()))
    }

    fn lock(&self) -> MutexGuard<'_, Shared<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Stream> Shared<S> {
    fn drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.gathered.is_empty() {
            let written = ready!(Pin::new(self.stream.inner_mut()).poll_write(cx, &self.gathered))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.gathered.advance(written);
            self.wrote();
        }
        if self.gathered.capacity() > KEPT {
            self.gathered = BytesMut::new();
        }
        if self.unflushed {
            ready!(Pin::new(self.stream.inner_mut()).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    fn write(&mut self, cx: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let length = pieces.iter().map(|piece| piece.len()).sum::<usize>();
        if self.gathered.len() + length > GATHERED {
            let drained = self.drain(cx);
            self.refused = drained.is_pending();
            ready!(drained)?;
        }
        if length > GATHERED {
            let written = ready!(Pin::new(self.stream.inner_mut()).poll_write_vectored(cx, pieces))?;
            self.wrote();
            return Poll::Ready(Ok(written));
        }
        pieces.iter().for_each(|piece| self.gathered.extend_from_slice(piece));
        Poll::Ready(Ok(length))
    }

    fn wrote(&mut self) {
        self.unflushed = true;
        self.ledger.wrote();
    }

    fn close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.drain(cx))?;
        Pin::new(self.stream.inner_mut()).poll_shutdown(cx)
    }
}

impl<S: Stream> rt::Read for Wire<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: rt::ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.lock().stream).poll_read(cx, into)
    }
}

impl<S: Stream> rt::Write for Wire<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.lock().write(cx, &[IoSlice::new(octets)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.lock().write(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// What was gathered leaves by [`Wire::push`], once the connection has done what it can do now.
    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.lock().close(cx)
    }
}
