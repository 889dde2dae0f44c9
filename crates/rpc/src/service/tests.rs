//! Documents in, answers out.

mod introspection;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::method::BoxFuture;
use crate::{
    Call, Caller, Class, Code, Document, Effects, Executed, Fault, Limits, Method, Outcome, Params, RegisterError,
    Registry, Service, Signature, Typed, Value,
};

#[derive(Debug, Default, PartialEq)]
struct Parcels(Vec<String>);

impl Effects for Parcels {
    type Refusal = &'static str;

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

struct Subtract;

#[derive(Deserialize, JsonSchema)]
struct Difference {
    minuend: i64,
    #[serde(default)]
    subtrahend: Option<i64>,
}

impl Typed<Parcels> for Subtract {
    type Params = Difference;
    type Result = i64;
    const HELP: &'static str = "What is left.";

    async fn run(&self, _caller: &Caller, params: Difference) -> Result<(i64, Parcels), Fault> {
        Ok((params.minuend - params.subtrahend.unwrap_or(0), Parcels::default()))
    }
}

/// Queues what it is told to; the store may refuse.
struct Send;

impl Method<Parcels> for Send {
    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<Parcels>> {
        let names: Vec<String> = params.into_values().into_iter().filter_map(|value| value.read().ok()).collect();
        let outcome = Ok(Value::text(format!("queued for {}", caller.trace)));
        Box::pin(async move { Executed { outcome, effects: Parcels(names) } })
    }

    fn refused(&self, why: &&'static str) -> Outcome {
        Ok(Value::text(format!("refused: {why}")))
    }
}

struct Panics;

impl Method<Parcels> for Panics {
    fn call<'a>(&'a self, _caller: &'a Caller, _params: Params) -> BoxFuture<'a, Executed<Parcels>> {
        Box::pin(async { panic!("of purpose") })
    }
}

fn service() -> Service<Parcels> {
    let mut registry = Registry::new();
    registry.register_typed("subtract", Subtract).unwrap();
    registry.register("send", Send).unwrap();
    registry.register("panics", Panics).unwrap();
    Service::new(registry, Limits::default())
}

fn caller() -> Caller {
    Caller { trace: "t1".into(), ..Caller::default() }
}

fn document(text: &str) -> Document {
    Document { bytes: text.into(), ..Document::default() }
}

fn request(method: &str, params: &str) -> Document {
    document(&format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params},"id":1}}"#))
}

async fn answer(document: &Document) -> String {
    let answer = service().perform(document, &caller()).await.answer().unwrap();
    String::from_utf8(answer.bytes).unwrap()
}

fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("a future that waits for nothing")
}

#[test]
fn a_typed_method_reads_names_and_positions() {
    let expected = r#"{"jsonrpc":"2.0","result":19,"id":1}"#;
    assert_eq!(now(answer(&request("subtract", "[42,23]"))), expected);
    assert_eq!(now(answer(&request("subtract", r#"{"subtrahend":23,"minuend":42}"#))), expected);
    assert_eq!(now(answer(&request("subtract", "[19]"))), expected);
}

#[test]
fn an_unknown_method_is_told_its_nearest() {
    assert_eq!(
        now(answer(&request("substract", "[]"))),
        r#"{"jsonrpc":"2.0","error":{"code":-32601,"message":"there is no such method; did you mean `subtract`?","data":{"trace":"t1"}},"id":1}"#
    );
}

#[test]
fn parameters_that_do_not_fit_are_named() {
    let told = now(answer(&request("subtract", r#"[42,"x"]"#)));
    assert!(told.contains(r#""code":-32602"#), "{told}");
    assert!(told.contains(r#""data":{"trace":"t1","path":"subtrahend"}"#), "{told}");
}

#[test]
fn effects_are_taken_once_and_refused_where_promised() {
    let service = service();
    let caller = caller();
    let batch = document(
        r#"[{"jsonrpc":"2.0","method":"send","params":["a","b"],"id":1},{"jsonrpc":"2.0","method":"subtract","params":[1],"id":2},
            {"jsonrpc":"2.0","method":"send","params":["c"]}]"#,
    );
    let mut performed = now(service.perform(&batch, &caller));
    assert_eq!(performed.take_effects(), [Parcels(vec!["a".into(), "b".into()]), Parcels(vec!["c".into()])]);
    assert_eq!(performed.take_effects(), []);
    assert_eq!(performed.summary(), "send, subtract");
    performed.refuse(&"full");
    let answer = performed.answer().unwrap();
    assert_eq!(
        String::from_utf8(answer.bytes).unwrap(),
        r#"[{"jsonrpc":"2.0","result":"refused: full","id":1},{"jsonrpc":"2.0","result":1,"id":2}]"#
    );
}

#[test]
fn a_method_that_panics_is_an_internal_error_of_that_call_only() {
    let batch =
        r#"[{"jsonrpc":"2.0","method":"panics","id":1},{"jsonrpc":"2.0","method":"subtract","params":[1],"id":2}]"#;
    let told = now(answer(&document(batch)));
    assert!(told.contains(r#""code":-32603"#) && told.contains(r#""result":1"#), "{told}");
    assert!(!told.contains("of purpose"), "{told}");
}

/// Notes how many of its calls run at the same time.
struct Crowd {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Method<Parcels> for Crowd {
    fn call<'a>(&'a self, _caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<Parcels>> {
        Box::pin(async move {
            self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let mut is_first = true;
            futures_util::future::poll_fn(|context| {
                context.waker().wake_by_ref();
                if std::mem::take(&mut is_first) { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
            })
            .await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            Executed::pure(Ok(params.into_values().into_iter().next().unwrap_or(Value::Null)))
        })
    }
}

#[test]
fn a_batch_runs_concurrently_up_to_the_limit_and_is_answered_in_order() {
    let most = Arc::new(AtomicUsize::new(0));
    let mut registry = Registry::new();
    registry.register("crowd", Crowd { now: Arc::default(), most: Arc::clone(&most) }).unwrap();
    let service = Service::new(registry, Limits { parallel: 3, ..Limits::default() });
    let calls: Vec<String> =
        (0..10).map(|id| format!(r#"{{"jsonrpc":"2.0","method":"crowd","params":[{id}],"id":{id}}}"#)).collect();
    let document = document(&format!("[{}]", calls.join(",")));
    let performed =
        futures_util::future::FutureExt::boxed(async { service.perform(&document, &caller()).await.answer() });
    let bytes = block_on(performed).unwrap().bytes;
    let expected: Vec<String> = (0..10).map(|id| format!(r#"{{"jsonrpc":"2.0","result":{id},"id":{id}}}"#)).collect();
    assert_eq!(String::from_utf8(bytes).unwrap(), format!("[{}]", expected.join(",")));
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

/// Polls until it is done; for futures that wake themselves.
fn block_on<T>(mut future: BoxFuture<'_, T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
}

#[test]
fn reserved_and_taken_names_are_refused() {
    let mut registry: Registry<Parcels> = Registry::new();
    assert_eq!(registry.register("rpc.send", Send), Err(RegisterError::Reserved("rpc.send".into())));
    assert_eq!(registry.register("system.send", Send), Err(RegisterError::Reserved("system.send".into())));
    registry.register("send", Send).unwrap();
    assert_eq!(registry.register("send", Send), Err(RegisterError::Taken("send".into())));
}

#[test]
fn the_signature_of_a_typed_method_is_that_of_its_struct() {
    let service = service();
    let (_, signature) = service.registry().iter().find(|(name, _)| *name == "subtract").unwrap();
    assert_eq!(signature.names(), ["minuend", "subtrahend"]);
    assert_eq!(signature.params.iter().map(|parameter| parameter.required).collect::<Vec<_>>(), [true, false]);
    assert_eq!(signature.help, "What is left.");
    assert_eq!(signature.result.as_ref().unwrap().get("type").unwrap(), "integer");
    assert_eq!(Signature::untyped("", &["a"]).names(), ["a"]);
}

/// Class, media type and text of the answer.
fn answered(document: &Document) -> (Class, String, String) {
    let performed = now(service().perform(document, &caller()));
    let class = performed.class();
    let answer = performed.answer().unwrap();
    (class, answer.media_type, String::from_utf8(answer.bytes).unwrap())
}

fn soap(version: &str, body: &str) -> Document {
    document(&format!(r#"<e:Envelope xmlns:e="{version}"><e:Body>{body}</e:Body></e:Envelope>"#))
}

const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

#[test]
fn one_method_answers_in_every_protocol() {
    let xml_rpc = "<methodCall><methodName>subtract</methodName><params><param><value><int>42</int></value></param>\
                   <param><value><int>23</int></value></param></params></methodCall>";
    let body = "<subtract><minuend>42</minuend><subtrahend>23</subtrahend></subtract>";
    for (document, media_type) in [
        (request("subtract", "[42,23]"), "application/json"),
        (document(xml_rpc), "text/xml"),
        (soap(SOAP_11, body), "text/xml"),
        (soap(SOAP_12, body), "application/soap+xml"),
    ] {
        let (class, answered_type, text) = answered(&document);
        assert_eq!((class, answered_type.as_str()), (Class::Ok, media_type));
        assert!(text.contains("19") && !text.to_lowercase().contains("fault"), "{text}");
    }
}

#[test]
fn only_soap_faults_have_a_class_of_their_own() {
    let unknown = "<nothing/>";
    assert_eq!(answered(&request("nothing", "[]")).0, Class::Ok);
    assert_eq!(answered(&document("<methodCall><methodName>nothing</methodName></methodCall>")).0, Class::Ok);
    assert_eq!(answered(&soap(SOAP_11, unknown)).0, Class::Receiver);
    assert_eq!(answered(&soap(SOAP_12, unknown)).0, Class::Sender);
    assert_eq!(answered(&soap(SOAP_12, "<panics/>")).0, Class::Receiver);
    assert_eq!(answered(&soap("urn:other", unknown)).0, Class::Receiver);
    assert_eq!(answered(&document("<methodCall><broken")).1, "text/xml");
}

#[test]
fn what_is_of_no_protocol_is_unrecognised_unless_it_claims_to_be_json() {
    let sent = |media_type: &str| {
        let document = Document { media_type: media_type.into(), ..document("hello") };
        let performed = now(service().perform(&document, &caller()));
        (performed.is_unrecognised(), performed.class(), performed.answer().is_some())
    };
    assert_eq!(sent("text/html"), (true, Class::Ok, false));
    for ours in ["", "application/json", "application/x-www-form-urlencoded"] {
        assert_eq!(sent(ours), (false, Class::Ok, true), "{ours}");
    }
}

#[test]
fn a_fault_of_the_application_keeps_its_number() {
    let fault = Fault::new(Code::Application { number: -32050, sender: true }, "no");
    assert_eq!((fault.code.number(), fault.code.is_sender()), (-32050, true));
    assert_eq!(Code::from_number(-32601), Code::UnknownMethod);
    let call = Call { method: crate::MethodName("x".into()), params: Params::default() };
    assert!(call.params.is_empty());
}
