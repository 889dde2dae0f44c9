//! Who is let in by `callers`, and what others see of a service.

use std::sync::Arc;

use budget::MemoryBudget;
use config::{Config, Options};
use jiff::Timestamp;
use keys::{Denial, Keys, Policy};
use rpc::{Caller, Credential, Limits, Locality, Registry, RemoteMethods, Service};
use spool::KeyRecord;

use super::{Guarded, Reason};
use crate::method::outside;
use crate::method::upstream::{Room, Upstream};

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// Two keys: `web`, which is good, and `old`, which was revoked; each has the secret of its name.
fn keys() -> Arc<Keys> {
    let keys = Keys::new(&[7; 32]);
    let record = |name: &str, revoked| KeyRecord {
        name: name.to_owned(),
        digest: keys.digest(name),
        former: Vec::new(),
        policy: serde_json::to_string(&Policy::default()).unwrap(),
        created: now(),
        expires: None,
        revoked,
    };
    keys.replace(vec![record("web", None), record("old", Some(now()))]);
    Arc::new(keys)
}

/// A service at an address where nobody listens, for these callers.
fn guarded(callers: &str) -> Guarded {
    let toml = format!(
        "[[service]]\nname = \"registry\"\naddress = \"registry@localhost\"\nhttp = \"http://127.0.0.1:9/\"\n{callers}\n"
    );
    let config = Config::load(&Options::text(&toml, std::path::Path::new("/nowhere"))).unwrap();
    let room = Room { budget: &MemoryBudget::new(1 << 20), documents: &rpc::Limits::default() };
    let elsewhere = Upstream::all(&config, &room, &[]).unwrap();
    let outside = outside::all(&config, &elsewhere, room.documents).unwrap();
    let guarded = Guarded::all(&config.services, &outside, &keys()).remove(0);
    Guarded { now, ..Arc::into_inner(guarded).unwrap() }
}

fn stranger() -> Caller {
    Caller { address: Some("192.0.2.7".parse().unwrap()), ..Caller::default() }
}

fn with_key(secret: &str) -> Caller {
    Caller { key: Some(Credential::new(secret.to_owned())), ..stranger() }
}

fn with_certificate() -> Caller {
    Caller {
        certificate: Some("ab".repeat(32)),
        subject: Some("CN=website, O=Example".to_owned()),
        common_name: Some("website".to_owned()),
        ..stranger()
    }
}

fn near() -> Caller {
    Caller { locality: Locality::ThisMachine, ..stranger() }
}

#[test]
fn by_default_a_certificate_a_good_key_or_a_program_of_this_machine_is_let_in_and_no_stranger() {
    for service in [guarded(""), guarded("callers = \"auto\"")] {
        for caller in [with_certificate(), with_key("web"), near()] {
            assert_eq!(service.admit(&caller), Ok(()), "{caller:?}");
        }
        assert_eq!(service.admit(&stranger()), Err(Reason::NotListed));
        assert_eq!(service.admit(&Caller::default()), Err(Reason::NotListed));
    }
}

#[test]
fn a_bearer_key_must_be_good_whoever_else_is_let_in() {
    for callers in ["auto", "anyone", "net:192.0.2.0/24", "cert:*"] {
        let service = guarded(&format!("callers = \"{callers}\""));
        let key = Some(Credential::new("old".to_owned()));
        let revoked = Caller { key, locality: Locality::ThisMachine, ..with_certificate() };
        assert_eq!(service.admit(&revoked), Err(Reason::Key(Denial::Revoked("old".to_owned()))), "{callers}");
        assert_eq!(service.admit(&with_key("wrong")), Err(Reason::Key(Denial::Unknown)), "{callers}");
        assert_eq!(service.admit(&with_key("")), Err(Reason::Key(Denial::Unknown)), "{callers}");
    }
}

#[test]
fn each_pattern_lets_in_whom_it_names_and_nobody_else() {
    let all =
        [("key", with_key("web")), ("certificate", with_certificate()), ("near", near()), ("stranger", stranger())];
    let cases: [(&str, &[&str]); 11] = [
        ("[\"key:web\"]", &["key"]),
        ("[\"key:w*\"]", &["key"]),
        ("[\"key:other\"]", &[]),
        ("[\"cert:website\"]", &["certificate"]),
        ("[\"cert:CN=website, O=Example\"]", &["certificate"]),
        ("[\"cert:AB*\"]", &[]),
        ("[\"net:192.0.2.0/24\"]", &["key", "certificate", "near", "stranger"]),
        ("[\"net:10.0.0.0/8\"]", &[]),
        ("\"anyone\"", &["key", "certificate", "near", "stranger"]),
        ("[\"key:web\", \"cert:website\"]", &["key", "certificate"]),
        ("[]", &[]),
    ];
    for (callers, wanted) in cases {
        let service = guarded(&format!("callers = {callers}"));
        let admitted = all.iter().filter(|(_, caller)| service.admit(caller).is_ok()).map(|(name, _)| *name);
        assert_eq!(admitted.collect::<Vec<_>>(), wanted, "{callers}");
    }
    let fingerprint = guarded(&format!("callers = \"cert:{}\"", ["AB"; 32].join(":")));
    assert_eq!(fingerprint.admit(&with_certificate()), Ok(()));
    assert_eq!(fingerprint.admit(&with_key("web")), Err(Reason::NotListed));
}

#[test]
fn who_is_not_let_in_gets_one_fault_in_every_protocol_and_is_told_of_nothing() {
    let mut registry = Registry::new();
    registry.add_remote(Arc::new(guarded("")));
    let service = Service::new(registry, Limits::default());
    let ask = |document: &str, media_type: &str| {
        let document =
            rpc::Document { media_type: media_type.into(), bytes: document.into(), ..rpc::Document::default() };
        let performed = futures_util::FutureExt::now_or_never(service.perform(&document, &stranger())).unwrap();
        let class = performed.class();
        (class, String::from_utf8(performed.answer().unwrap().bytes).unwrap())
    };
    let json = r#"{"jsonrpc":"2.0","id":1,"method":"list","params":[]}"#;
    let fault = r#""error":{"code":-32005,"message":"not allowed""#;
    let (_, answer) = ask(json, "application/json");
    assert!(answer.contains(fault), "{answer}");
    let (_, answer) = ask("<methodCall><methodName>list</methodName></methodCall>", "text/xml");
    assert!(answer.contains("-32005") && answer.contains("not allowed"), "{answer}");
    let soap =
        r#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><list/></e:Body></e:Envelope>"#;
    let (_, answer) = ask(soap, "text/xml");
    assert!(answer.contains("Client</faultcode>") && answer.contains("not allowed"), "{answer}");
    let many = format!("[{json},{json}]");
    assert_eq!(ask(&many, "application/json").1.matches(fault).count(), 2);
    assert!(!guarded("").serves(&stranger()) && guarded("").serves(&near()));
}
