//! Calls by mail, both ways durable; and echo over HTTP, beside an axum handler that gives back the same octets.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use testbed::Sink;

use crate::calls::{Call, call, request_for};
use crate::{rate, server};

/// Connections that bring requests; together they keep 50 calls outstanding.
const CONNECTIONS: usize = 10;

/// Round trips in a second: a SOAP getMonth mailed in, its answer mailed out and arrived.
pub(crate) fn by_mail(outstanding: usize, calls: usize) -> f64 {
    let answers = Sink::start();
    let (_server, _http, smtp) = server(answers.address(), "reject");
    let (sent, start) = (AtomicUsize::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS.min(outstanding) {
            scope.spawn(|| {
                let mut client = Client::connect(smtp.address());
                loop {
                    let number = sent.fetch_add(1, Ordering::Relaxed);
                    if number >= calls {
                        return;
                    }
                    while number >= answers.count() + outstanding {
                        std::thread::sleep(Duration::from_micros(50));
                    }
                    client.send(number);
                }
            });
        }
    });
    answers.wait_until(Duration::from_secs(120), |arrived| arrived.len() >= calls).expect("every call answered");
    rate(calls, start.elapsed())
}

/// The median time of one round trip with nothing else under way, in milliseconds.
pub(crate) fn one_at_a_time(calls: usize) -> f64 {
    let answers = Sink::start();
    let (_server, _http, smtp) = server(answers.address(), "reject");
    let mut client = Client::connect(smtp.address());
    let mut times: Vec<Duration> = (0..calls)
        .map(|number| {
            let start = Instant::now();
            client.send(number);
            while answers.count() <= number {
                std::thread::yield_now();
            }
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[calls / 2].as_secs_f64() * 1000.0
}

/// A client that pipelines a whole transaction.
struct Client {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        let mut client = Self { reader: BufReader::new(stream.try_clone().expect("a second handle")), stream };
        client.reply("220");
        client.stream.write_all(b"EHLO bench.localhost\r\n").expect("EHLO");
        client.reply("250");
        client
    }

    fn send(&mut self, number: usize) {
        let envelope = b"MAIL FROM:<client@localhost>\r\nRCPT TO:<calendar@localhost>\r\nDATA\r\n";
        self.stream.write_all(envelope).expect("the envelope");
        for code in ["250", "250", "354"] {
            self.reply(code);
        }
        let (year, month) = (1 + number % 9999, 1 + number % 12);
        let mail = format!(
            "From: client@localhost\r\nTo: calendar@localhost\r\nSubject: getMonth\r\nMessage-ID: <{number}@bench.localhost>\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n<?xml version=\"1.0\"?><E:Envelope \
             xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body><m:getMonth xmlns:m=\"urn:calendar\"><year>{year}\
             </year><month>{month}</month></m:getMonth></E:Body></E:Envelope>\r\n.\r\n"
        );
        self.stream.write_all(mail.as_bytes()).expect("the mail");
        self.reply("250");
    }

    fn reply(&mut self, code: &str) {
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).expect("a reply");
            assert!(line.starts_with(code), "{line}");
            if line.as_bytes().get(3) == Some(&b' ') {
                return;
            }
        }
    }
}

/// Echo: with one message it is the old page's second sample.
pub(crate) const ECHOES: [Call; 3] = [JSON, XML_RPC, SOAP];

const JSON: Call = Call {
    name: "JSON-RPC",
    media_type: "application/json",
    head: r#"{"jsonrpc":"2.0","method":"TestAPI.echo","params":["API-Secret-key",["#,
    message: r#"["receiver@example.org","sender@example.org","Subject","Hello world!","AdditionalHeader: XML-RPC mail sender"]"#,
    between: ",",
    tail: r#"]],"id":"zi2en"}"#,
    ok: "AdditionalHeader",
};
const XML_RPC: Call = Call {
    name: "XML-RPC",
    media_type: "text/xml",
    head: r#"<?xml version="1.0"?><methodCall><methodName>TestAPI.echo</methodName><params><param><value><string>API-Secret-key</string></value></param><param><value><array><data>"#,
    message: "<value><array><data><value><string>receiver@example.org</string></value><value><string>sender@example.org</string></value><value><string>Subject</string></value><value><string>Hello world!</string></value><value><string>AdditionalHeader: XML-RPC mail sender</string></value></data></array></value>",
    between: "",
    tail: "</data></array></value></param></params></methodCall>",
    ok: "AdditionalHeader",
};
const SOAP: Call = Call {
    name: "SOAP 1.1",
    media_type: "text/xml",
    head: r#"<?xml version="1.0"?><E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body><TestAPI.echo><k>API-Secret-key</k><m>"#,
    message: "<i><s>receiver@example.org</s><s>sender@example.org</s><s>Subject</s><s>Hello world!</s><s>AdditionalHeader: XML-RPC mail sender</s></i>",
    between: "",
    tail: "</m></TestAPI.echo></E:Body></E:Envelope>",
    ok: "AdditionalHeader",
};

/// Calls of echo in a second on 50 connections, and POSTs of the same octets to an axum handler that gives them back.
pub(crate) fn echo(echo: &Call, document: &str, calls: usize) -> (f64, f64) {
    let sink = Sink::start();
    let (_server, http, _smtp) = server(sink.address(), "reject");
    let ours = over(http.address(), echo, document, calls);
    let axum = Axum::start();
    (ours, over(axum.address, echo, document, calls))
}

fn over(to: SocketAddr, echo: &Call, document: &str, calls: usize) -> f64 {
    const SESSIONS: usize = 50;
    let request = request_for(to, echo.media_type, document);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..SESSIONS {
            scope.spawn(|| call(to, &request, calls / SESSIONS, echo.ok));
        }
    });
    rate(calls / SESSIONS * SESSIONS, start.elapsed())
}

/// The ceiling: HTTP alone.
struct Axum {
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl Axum {
    fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("its address");
        let app = axum::Router::new().fallback(|body: axum::body::Bytes| async move { body });
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { address, _runtime: runtime }
    }
}

/// One employee as an office keeps it: 2,500 octets of JSON, as the page that compared the protocols in 2008 had it.
fn employee() -> String {
    let post = |year: u32| {
        format!(
            r#"{{"unit":"Faculty of Mathematics and Natural Sciences","post":"senior lecturer","from":"{year}-10-01","to":"{}-09-30","hours":240,"share":0.75,"salary":{{"currency":"PLN","base":5130.5,"seniority":0.14}},"tenured":false}}"#,
            year + 1
        )
    };
    let posts: Vec<String> = (2001..2009).map(post).collect();
    let address = r#"{"street":"ul. Zażółcona 17 m. 4","city":"Łódź","code":"90-001","country":"PL"}"#;
    format!(
        r#"{{"id":48123,"title":"dr","first_names":["Bożena","Maria"],"surname":"Brzęczyszczykiewicz","born":"1971-02-28","email":"b.brzeczyszczykiewicz@example.edu","phones":["+48 42 555 01 23","+48 600 555 012"],"home":{address},"mail":{address},"active":true,"posts":[{}]}}"#,
        posts.join(",")
    )
}

/// Octets of the same answer in each protocol.
pub(crate) fn sizes() -> [(&'static str, usize); 3] {
    let limits = rpc::Limits::default();
    let value = rpc::json::read(&employee(), &limits).expect("the record");
    let answer = |echo: &Call| {
        let document = rpc::Document { bytes: echo.of(1).into_bytes(), ..rpc::Document::default() };
        let inquiry = rpc::Inquiry::read(&document, &limits).expect("a request");
        inquiry.answer(vec![Ok(value.clone())], "").expect("an answer").bytes.len()
    };
    ECHOES.map(|echo| (echo.name, answer(&echo)))
}
