//! Against a server made of a socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use budget::MemoryBudget;
use rpc::{Document, Protocol};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Pool, PoolLimits};
use crate::http::{CallError, Endpoint};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

#[derive(Clone, Copy, PartialEq)]
enum After {
    Stay,
    Close,
}

/// Answers every request on every connection, and counts the connections.
async fn server(after: After) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(answer(stream, after));
        }
    });
    (address, count)
}

async fn answer(mut stream: TcpStream, after: After) {
    let mut seen = Vec::new();
    loop {
        let mut some = [0; 4096];
        match stream.read(&mut some).await {
            Ok(octets @ 1..) => seen.extend_from_slice(&some[..octets]),
            _ => return,
        }
        if seen.ends_with(b"[]") {
            seen.clear();
            stream.write_all(ANSWER).await.unwrap();
            if after == After::Close {
                return;
            }
        }
    }
}

fn pool(address: SocketAddr, limits: PoolLimits, wait: Duration) -> Pool {
    // It is not used: no URL here begins with https.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = Arc::new(tls.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    let endpoint = Endpoint { url: format!("http://{address}/").parse().unwrap(), tls, wait };
    Pool::new(endpoint, limits, MemoryBudget::new(1 << 20))
}

async fn post(pool: &Pool) -> Result<Option<Document>, CallError> {
    pool.post(Protocol::JsonRpc, Document { bytes: b"[]".to_vec(), ..Document::default() }).await
}

#[tokio::test]
async fn one_connection_carries_one_call_after_another() {
    let (address, connections) = server(After::Stay).await;
    let limits = PoolLimits { idle: Duration::from_secs(60), ..PoolLimits::default() };
    let pool = pool(address, limits, Duration::from_secs(20));
    for _ in 0..3 {
        assert_eq!(post(&pool).await.unwrap().unwrap().bytes, b"{}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_costs_no_call() {
    let (address, connections) = server(After::Close).await;
    let limits = PoolLimits { connections: 1, ..PoolLimits::default() };
    let pool = pool(address, limits, Duration::from_secs(20));
    for _ in 0..3 {
        assert!(post(&pool).await.unwrap().is_some());
        while !pool.idle.lock().unwrap().iter().all(|(line, _)| line.sender.is_closed()) {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_silent_server_costs_no_more_than_the_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let pool = pool(listener.local_addr().unwrap(), PoolLimits::default(), Duration::from_millis(50));
    assert!(matches!(post(&pool).await, Err(CallError::Late(_))));
}

#[tokio::test]
async fn too_large_an_answer_is_none() {
    let (address, _) = server(After::Stay).await;
    let limits = PoolLimits { answer: 1, ..PoolLimits::default() };
    let pool = pool(address, limits, Duration::from_secs(20));
    assert!(matches!(post(&pool).await, Err(CallError::Body(_))));
}

#[tokio::test]
async fn nobody_there_means_that_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = post(&pool(address, PoolLimits::default(), Duration::from_secs(20))).await.unwrap_err();
    assert!(matches!(error, CallError::Connection(_)), "{error}");
}
