//! A server with three listeners, and a client that writes octets and reads octets.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use testbed::{Configuration, Port, Server, Table};

/// How long a client waits for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How a client reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Plain,
    Tls,
}

pub(crate) const WAYS: [Way; 2] = [Way::Plain, Way::Tls];

/// The server.
pub(crate) struct House {
    pub(crate) server: Server,
    http: Port,
    https: Port,
    /// Where a client certificate is required.
    pub(crate) locked: Port,
    tls: Arc<ClientConfig>,
}

impl House {
    pub(crate) fn open() -> House {
        House::with(Configuration::new())
    }

    /// With this more of configuration.
    pub(crate) fn with(more: Configuration) -> House {
        let (http, https, locked, smtp) = (Port::claim(), Port::claim(), Port::claim(), Port::claim());
        let own_ca = |port: &Port, client_cert| {
            let listener = Table::default().set("listen", port.to_string()).set("tls", "own-ca");
            listener.set("client_cert", client_cert)
        };
        let toml = Configuration::listening(&http, &smtp)
            .table("http.listener", own_ca(&https, "off"))
            .table("http.listener", own_ca(&locked, "required"))
            .and(more);
        let server = Server::start(env!("CARGO_BIN_EXE_callpost"), &toml);
        let ca = server.home().join("ca.pem");
        server.command(&["cert", "ca", "--out", &ca.to_string_lossy()]).ok("cert ca");
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&ca).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let tls = Arc::new(tls.with_root_certificates(roots).with_no_client_auth());
        House { server, http, https, locked, tls }
    }

    pub(crate) fn connect(&self, way: Way) -> Client {
        let port = if way == Way::Plain { &self.http } else { &self.https };
        let stream = TcpStream::connect(port.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        if way == Way::Plain {
            return Client::Plain(stream);
        }
        let name = ServerName::try_from("localhost").unwrap();
        Client::Tls(Box::new(StreamOwned::new(ClientConnection::new(Arc::clone(&self.tls), name).unwrap(), stream)))
    }

    /// Says this and reads until the server closes.
    pub(crate) fn exchange(&self, way: Way, said: &[u8]) -> String {
        let mut client = self.connect(way);
        client.say(said);
        client.rest()
    }
}

/// One connection.
pub(crate) enum Client {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Client {
    pub(crate) fn say(&mut self, octets: &[u8]) {
        self.try_say(octets).unwrap();
    }

    pub(crate) fn try_say(&mut self, octets: &[u8]) -> std::io::Result<()> {
        match self {
            Client::Plain(stream) => stream.write_all(octets),
            Client::Tls(stream) => stream.write_all(octets).and_then(|()| stream.flush()),
        }
    }

    /// Says that no more comes; the other direction stays open.
    pub(crate) fn has_said_all(&mut self) {
        match self {
            Client::Plain(stream) => stream.shutdown(Shutdown::Write).unwrap(),
            Client::Tls(stream) => {
                stream.conn.send_close_notify();
                stream.flush().unwrap();
                stream.sock.shutdown(Shutdown::Write).unwrap();
            }
        }
    }

    /// Reads until so many answers of this kind are there.
    pub(crate) fn read_until(&mut self, pattern: &str, times: usize) -> String {
        let (mut heard, mut piece) = (Vec::new(), [0; 4096]);
        while String::from_utf8_lossy(&heard).matches(pattern).count() < times {
            let length = self.read(&mut piece).unwrap();
            assert!(length > 0, "the server closed after {}", String::from_utf8_lossy(&heard));
            heard.extend_from_slice(&piece[..length]);
        }
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// What comes until the server closes.
    pub(crate) fn rest(&mut self) -> String {
        let (mut heard, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            match self.read(&mut piece).unwrap() {
                0 => return String::from_utf8_lossy(&heard).into_owned(),
                length => heard.extend_from_slice(&piece[..length]),
            }
        }
    }

    /// The stream below, whatever it carries.
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Client::Plain(stream) => stream,
            Client::Tls(stream) => &stream.sock,
        }
    }

    fn read(&mut self, piece: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Client::Plain(stream) => stream.read(piece),
            Client::Tls(stream) => stream.read(piece),
        }
    }
}

/// A call of `TestAPI.echo` with this id, as HTTP/1.1 or whatever else is said for the first line's end.
pub(crate) fn echo(id: usize, version: &str, fields: &str) -> Vec<u8> {
    let body = format!(r#"{{"jsonrpc":"2.0","method":"TestAPI.echo","params":["a"],"id":{id}}}"#);
    post(version, fields, body.as_bytes())
}

/// A POST of this body.
pub(crate) fn post(version: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST /rpc {version}\r\nHost: localhost\r\n{fields}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The answer to [`echo`].
pub(crate) fn echoed(id: usize) -> String {
    format!(r#"{{"jsonrpc":"2.0","result":"a","id":{id}}}"#)
}
