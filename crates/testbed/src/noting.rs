//! A service over HTTP that answers JSON-RPC and notes what it is asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

type Result = Arc<dyn Fn(&Value) -> Value + Send + Sync>;

/// The service, for as long as the test runs.
pub struct NotingService {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl NotingService {
    /// One whose result for a request is this.
    pub fn start(result: impl Fn(&Value) -> Value + Send + Sync + 'static) -> NotingService {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port for the service");
        let (address, seen) = (listener.local_addr().expect("its address"), Arc::<Mutex<Vec<String>>>::default());
        let (notes, result): (_, Result) = (Arc::clone(&seen), Arc::new(result));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(std::io::Result::ok) {
                let (notes, result) = (Arc::clone(&notes), Arc::clone(&result));
                std::thread::spawn(move || answer(stream, &notes, &result));
            }
        });
        NotingService { address, seen }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far: each with its head and its body.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, notes: &Mutex<Vec<String>>, result: &Result) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if head.is_empty() || reader.read_exact(&mut body).is_err() {
        return;
    }
    notes.lock().unwrap().push(format!("{head}{}", String::from_utf8_lossy(&body)));
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let answer = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result(&request) }).to_string();
    let length = answer.len();
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}"
    );
}
