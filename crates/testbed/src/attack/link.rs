//! A connection of an attacker: plain, or after STARTTLS with any certificate taken.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned};

/// How long one look for bytes takes while we still write.
const LOOK: Duration = Duration::from_millis(20);

/// What came of a read.
pub(super) enum Got {
    /// Bytes, now in the buffer.
    Bytes,
    /// The end of the connection, or its failure.
    End,
    /// Nothing in time.
    Nothing,
}

/// The connection, and what was received and not yet used.
pub(super) struct Link {
    stream: Stream,
    /// Received, not yet used.
    pub(super) buffer: Vec<u8>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Link {
    pub(super) fn open(to: SocketAddr) -> Result<Link> {
        let stream = TcpStream::connect_timeout(&to, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        Ok(Link { stream: Stream::Plain(stream), buffer: Vec::new() })
    }

    /// Reads once, waiting up to `patience`.
    pub(super) fn read(&mut self, patience: Duration) -> Got {
        let _ = self.socket().set_read_timeout(Some(patience.max(Duration::from_millis(1))));
        let mut chunk = [0; 64 * 1024];
        let read = match &mut self.stream {
            Stream::Plain(stream) => stream.read(&mut chunk),
            Stream::Tls(stream) => stream.read(&mut chunk),
        };
        match read {
            Ok(0) => Got::End,
            Ok(n) => {
                self.buffer.extend_from_slice(&chunk[..n]);
                Got::Bytes
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Got::Nothing,
            Err(_) => Got::End,
        }
    }

    /// Writes everything while reading what comes, so that a server that answers before it has read all cannot block
    /// us. False when the connection ended or the patience did.
    pub(super) fn send(&mut self, bytes: &[u8], patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let _ = self.socket().set_write_timeout(Some(LOOK));
        let mut rest = bytes;
        while !rest.is_empty() && Instant::now() < deadline {
            let written = match &mut self.stream {
                Stream::Plain(stream) => stream.write(&rest[..rest.len().min(64 * 1024)]),
                Stream::Tls(stream) => stream.write(&rest[..rest.len().min(16 * 1024)]),
            };
            match written {
                Ok(0) => return false,
                Ok(n) => rest = &rest[n..],
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if matches!(self.read(LOOK), Got::End) {
                        return false;
                    }
                }
                Err(_) => return false,
            }
        }
        rest.is_empty()
    }

    /// Closes our sending side.
    pub(super) fn shut(&self) {
        let _ = self.socket().shutdown(Shutdown::Write);
    }

    /// The handshake. What stood unread in the buffer came in plain text: it is handed back. `None` when it failed.
    pub(super) fn start_tls(self) -> Option<(Link, Vec<u8>)> {
        let Stream::Plain(socket) = self.stream else { return None };
        let _ = socket.set_read_timeout(Some(Duration::from_secs(5)));
        let _ = socket.set_write_timeout(Some(Duration::from_secs(5)));
        let config = ClientConfig::builder()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(TakesAnyCertificate))
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").ok()?;
        let connection = ClientConnection::new(Arc::new(config), name).ok()?;
        let mut stream = StreamOwned::new(connection, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).ok()?;
        }
        Some((Link { stream: Stream::Tls(Box::new(stream)), buffer: Vec::new() }, self.buffer))
    }

    fn socket(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => &stream.sock,
        }
    }
}

/// The attacker does not care whom he talks to.
#[derive(Debug)]
struct TakesAnyCertificate;

impl ServerCertVerifier for TakesAnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
