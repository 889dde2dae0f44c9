//! REST: methods by their names, faults as problems, calls that go on; and what hostile requests get.

use std::time::Duration;

use keys::Policy;
use serde_json::{Value, json};
use testbed::{Configuration, HttpReply, NotingService, Table};

use super::house::House;

const JSON: &str = "Content-Type: application/json\r\n";

fn post(house: &House, path: &str, fields: &str, body: &Value) -> HttpReply {
    house.ask(&format!("POST {path}"), &format!("{JSON}{fields}"), &body.to_string())
}

/// The problem of a reply, whose members say what its head says.
#[track_caller]
fn problem(reply: &HttpReply, status: u16) -> Value {
    let problem = reply.json();
    assert_eq!((reply.status, problem["status"].as_u64()), (status, Some(status.into())), "{reply:?}");
    assert_eq!(reply.field("Content-Type"), "application/problem+json");
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
    assert!(problem["detail"].is_string() && problem["trace"].is_string(), "{problem}");
    problem
}

fn message(to: &str) -> Value {
    json!({ "to": to, "from": "a@x.example", "subject": "s", "text": "t" })
}

fn house() -> House {
    let house = House::with(Configuration::new());
    house.key("web", Policy::default());
    house
}

const BEARER: &str = "Authorization: Bearer web\r\n";

#[test]
fn a_method_is_called_by_its_name_and_its_result_is_the_body() {
    let house = house();
    let month = post(&house, "/v1/getMonth", "", &json!({ "year": 2003, "month": 1 }));
    assert_eq!((month.status, month.field("Content-Type")), (200, "application/json"));
    assert!(month.json().as_str().unwrap().starts_with("    January 2003\n"));
    assert_eq!(post(&house, "/v1/TestAPI.echo", "", &json!({ "text": ["ż", null] })).json(), json!(["ż", null]));
    assert_eq!(post(&house, "/v1/TestAPI%2Eecho", "", &json!({ "text": 1 })).json(), json!(1));
    assert_eq!(house.ask("POST /v1/TestAPI.echo", "", "").json(), json!([]), "no body is no parameter");
    let written = house.ask("POST /v1/TestAPI.echo", "Content-Type: application/vnd.x+json; charset=utf-8\r\n", "{}");
    assert_eq!(written.json(), json!([]));
}

#[test]
fn mail_is_sent_with_the_key_beside_the_document() {
    let house = house();
    let sent = post(&house, "/v1/send_message", BEARER, &json!({ "messages": [message("b@y.example")] }));
    assert_eq!(
        (sent.status, sent.json()["user_message"].as_str()),
        (200, Some("1 message(s) successfully queued for sending."))
    );
    assert_eq!(house.queued(), 1);
    for fields in ["", "Authorization: Bearer other\r\n", "Authorization: Basic eDp5\r\n"] {
        let reply = post(&house, "/v1/send_message", fields, &json!({ "messages": [message("b@y.example")] }));
        let refused = problem(&reply, 401);
        assert_eq!(
            (refused["error_code"].as_i64(), reply.field("WWW-Authenticate")),
            (Some(100), "Bearer realm=\"callpost\"")
        );
    }
    let refused = post(&house, "/v1/send_message", BEARER, &json!({ "api_key": "web", "messages": [] }));
    assert_eq!(problem(&refused, 400)["errors"][0]["path"], "api_key");
    let batch =
        json!({ "messages": [message("b@y.example"), message("wrong@mail@y.example"), message("c@y.example")] });
    let refused = problem(&post(&house, "/v1/send_message", BEARER, &batch), 422);
    assert_eq!(
        (refused["user_message"].as_str(), refused["detail"].as_str()),
        (Some("2 were correct"), Some("2 were correct"))
    );
    assert_eq!(refused["errors"][0]["error_code"], 50);
    assert_eq!(house.queued(), 1, "nothing of all that is queued");
}

#[test]
fn a_parcel_with_an_idempotency_key_is_queued_once() {
    let house = house();
    let send = |fields: &str, body: Value| post(&house, "/v1/send_message", &format!("{BEARER}{fields}"), &body);
    let parcel = json!({ "messages": [message("b@y.example")] });
    let first = send("Idempotency-Key: k1\r\n", parcel.clone());
    assert_eq!((first.status, first.json()["message_ids"].as_array().map(Vec::len)), (200, Some(1)), "{first:?}");
    let again = send("Idempotency-Key: \"k1\"\r\n", parcel.clone());
    assert_eq!((again.status, again.json()), (200, first.json()), "in quotes it is the same key");
    let other = send("Idempotency-Key: k1\r\n", json!({ "messages": [message("c@y.example")] }));
    assert_eq!(problem(&other, 409)["error_code"], 130);
    let both = |said: &str| json!({ "messages": [message("b@y.example")], "options": { "idempotency_key": said } });
    assert_eq!(send("Idempotency-Key: k1\r\n", both("k1")).json(), first.json());
    problem(&send("Idempotency-Key: k1\r\n", both("k2")), 400);
    assert_eq!(house.queued(), 1);
}

#[test]
fn mail_is_looked_at_by_its_id_and_what_happened_behind_a_cursor() {
    let house = house();
    house.key("other", Policy::default());
    let get = |path: &str, fields: &str| house.ask(&format!("GET {path}"), fields, "");
    let sent = post(
        &house,
        "/v1/send_message",
        &format!("{BEARER}Idempotency-Key: k\r\n"),
        &json!({ "messages": [message("b@y.example")] }),
    );
    let id = sent.json()["message_ids"][0].as_str().unwrap().to_owned();
    let told = get("/v1/events?wait=20s", BEARER).json();
    let event = &told["events"][0];
    assert_eq!((event["message_id"].as_str(), event["recipient"].as_str()), (Some(id.as_str()), Some("b@y.example")));
    let mut cursor = told["cursor"].as_str().unwrap().to_owned();
    for _ in 0..10 {
        let more = get(&format!("/v1/events?after={cursor}&limit=5"), BEARER).json();
        cursor = more["cursor"].as_str().unwrap().to_owned();
        if more["events"].as_array().unwrap().is_empty() {
            break;
        }
    }
    assert_eq!(get(&format!("/v1/events?after={cursor}"), BEARER).json()["events"], json!([]), "all is told");
    let mail = get(&format!("/v1/messages/{id}"), BEARER);
    assert_eq!((mail.status, mail.json()["recipients"][0]["address"].as_str()), (200, Some("b@y.example")), "{mail:?}");
    assert_eq!(get(&format!("/v1/messages/{}", id.replace('@', "%40")), BEARER).json(), mail.json());
    problem(&get(&format!("/v1/messages/{id}"), "Authorization: Bearer other\r\n"), 404);
    problem(&get("/v1/messages/none@y.example", BEARER), 404);
    for path in ["/v1/events", &format!("/v1/messages/{id}")] {
        problem(&get(path, ""), 401);
    }
    assert_eq!(problem(&get("/v1/events?wait=soon", BEARER), 400)["errors"][0]["path"], "wait");
    problem(&get("/v1/events?after=x%21", BEARER), 400);
    assert_eq!(post(&house, "/v1/events", BEARER, &json!({ "limit": 1 })).status, 200, "it is called by its name, too");
}

#[test]
fn limits_are_told_by_the_status() {
    let house = House::with(Configuration::new().set("send.max_messages", 2));
    house.key("slow", Policy { rate: Some("2/h".parse().unwrap()), ..Policy::default() });
    let bearer = "Authorization: Bearer slow\r\n";
    let send = |messages: usize| {
        let messages = vec![message("b@y.example"); messages];
        post(&house, "/v1/send_message", bearer, &json!({ "messages": messages }))
    };
    assert_eq!(problem(&send(3), 413)["error_code"], 120);
    assert_eq!(send(2).status, 200);
    let reply = send(2);
    assert_eq!(problem(&reply, 429)["error_code"], 110);
    let wait: u64 = reply.field("Retry-After").parse().unwrap();
    assert!((3500..=3601).contains(&wait), "both are there again in an hour: {wait}");
    let reply = send(1);
    let wait: u64 = reply.field("Retry-After").parse().unwrap();
    assert!((1700..=1801).contains(&wait), "{wait}");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let house = house();
    for (body, path) in [
        (
            json!({ "messages": [message("b@y.example"), { "to": [1], "from": "", "subject": "", "text": "" }] }),
            "messages[1].to",
        ),
        (json!({ "messages": "none" }), "messages"),
        (json!({ "messages": [], "more": 1 }), "more"),
        (json!({}), "messages"),
    ] {
        let wrong = problem(&post(&house, "/v1/send_message", BEARER, &body), 400);
        assert_eq!(
            (wrong["errors"][0]["path"].as_str(), wrong["code"].as_i64()),
            (Some(path), Some(-32602)),
            "{wrong}"
        );
    }
    let wrong = problem(&post(&house, "/v1/getMonth", "", &json!({ "year": 2003, "month": 13 })), 400);
    assert_eq!(wrong["errors"][0]["path"], "month");
    let unknown = problem(&post(&house, "/v1/getMont", "", &json!({})), 404);
    assert!(unknown["detail"].as_str().unwrap().contains("did you mean `getMonth`"), "{unknown}");
}

#[test]
fn what_is_no_request_is_refused_as_a_problem() {
    let house = House::with(Configuration::new().set("http.max_body", 100_000));
    let ask = |begins: &str, fields: &str, body: &str| house.ask(begins, fields, body);
    let deep = format!("{{\"text\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let many = format!("{{\"text\":[{}1]}}", "1,".repeat(49_000));
    for body in ["[]", "\"text\"", "null", "{", "{} {}", "{\"text\":\u{1}}", "{\"a\":NaN}", deep.as_str()] {
        problem(&ask("POST /v1/TestAPI.echo", JSON, body), 400);
    }
    assert_eq!(ask("POST /v1/TestAPI.echo", JSON, &many).status, 200, "within the limits all is well");
    problem(&ask("POST /v1/TestAPI.echo", JSON, &" ".repeat(100_001)), 413);
    for media in ["text/plain", "application/x-www-form-urlencoded", "text/xml", "multipart/form-data; boundary=x"] {
        problem(&ask("POST /v1/TestAPI.echo", &format!("Content-Type: {media}\r\n"), "{}"), 415);
    }
    let bytes = [b"POST /v1/TestAPI.echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{\"text\":\"".as_slice(), b"\xff"].concat();
    problem(&house.exchange(&bytes), 400);
    for path in [
        "/v1/",
        "/v1/a/b",
        "/v1/%ff",
        "/v1/%zz",
        "/v1/system.listMethods",
        "/v1/rpc.discover",
        "/v1/nothing",
        "/v1/calls/1",
    ] {
        assert!(matches!(ask(&format!("POST {path}"), JSON, "{}").status, 404 | 405), "{path}");
        assert_eq!(ask(&format!("GET {path}"), "", "").status, 404, "{path}");
    }
    for begins in ["GET /v1/getMonth", "DELETE /v1/getMonth", "PUT /v1/getMonth"] {
        let reply = ask(begins, "", "");
        problem(&reply, 405);
        assert_eq!(reply.field("Allow"), "POST");
    }
    let keyed = ask("POST /v1/getMonth", &format!("{JSON}Idempotency-Key: x\r\n"), r#"{"year":2003,"month":1}"#);
    assert!(problem(&keyed, 400)["detail"].as_str().unwrap().contains("Idempotency-Key"));
}

#[test]
fn a_door_is_open_where_it_is_said() {
    let open = |more: Configuration| {
        let house = House::with(more);
        let rest = post(&house, "/v1/getMonth", "", &json!({ "year": 2003, "month": 1 })).status;
        let rpc = house.ask("POST /rpc", JSON, r#"{"jsonrpc":"2.0","id":1,"method":"TestAPI.echo"}"#).status;
        (rpc, rest)
    };
    assert_eq!(open(Configuration::new()), (200, 200));
    assert_eq!(open(Configuration::new().set("http.doors", ["rpc"])), (200, 404));
    assert_eq!(open(Configuration::new().set("http.doors", ["rest"])), (404, 200));
    let house = House::with(Configuration::new().set("http.paths", ["/rpc", "/v1/send_message"]));
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"TestAPI.echo","params":["a"]}"#;
    assert_eq!(
        house.ask("POST /v1/send_message", JSON, call).json()["result"],
        "a",
        "a path that is configured is RPC's"
    );
}

/// A service that answers after a while, beside one that is away.
fn slow() -> (House, NotingService) {
    let service = NotingService::start(|request| {
        if request["method"] == "slow" {
            std::thread::sleep(Duration::from_secs(2));
        }
        json!({ "status": "error", "of": request["params"] })
    });
    let elsewhere = Table::elsewhere("slow", "jsonrpc", &format!("http://{}/", service.address()));
    let away = Table::elsewhere("away", "jsonrpc", "http://127.0.0.1:9/").set("methods", ["away"]);
    let more = Configuration::new().set("http.wait", "1s").service(away.set("describe", "off"));
    let house = House::with(more.service(elsewhere.set("describe", "off").set("methods", ["slow", "quick"])));
    for name in ["web", "other"] {
        house.key(name, Policy::default());
    }
    (house, service)
}

#[test]
fn a_method_that_takes_long_goes_on_and_its_answer_is_fetched() {
    let (house, service) = slow();
    let quick = post(&house, "/v1/quick", BEARER, &json!({ "a": 1 }));
    assert_eq!(
        (quick.status, quick.json()),
        (200, json!({ "status": "error", "of": { "a": 1 } })),
        "its answers are its own"
    );
    let begun = post(&house, "/v1/slow", BEARER, &json!({ "a": 2 }));
    assert_eq!((begun.status, begun.json()["state"].as_str()), (202, Some("running")), "{begun:?}");
    let place = begun.field("Location").to_owned();
    assert_eq!(place, format!("/v1/calls/{}", begun.json()["call"].as_str().unwrap()));
    for fields in ["", "Authorization: Bearer other\r\n"] {
        problem(&house.ask(&format!("GET {place}"), fields, ""), 404);
    }
    problem(&house.ask(&format!("DELETE {place}"), BEARER, ""), 405);
    let fetched = std::iter::repeat_with(|| house.ask(&format!("GET {place}"), BEARER, ""))
        .take(30)
        .find(|reply| reply.status != 202)
        .unwrap();
    assert_eq!((fetched.status, fetched.json()["of"].clone()), (200, json!({ "a": 2 })));
    assert_eq!(house.ask(&format!("GET {place}"), BEARER, "").status, 200, "it stays for a while");
    assert_eq!(service.seen().iter().filter(|call| call.contains("slow")).count(), 1, "it ran once");
}

#[test]
fn a_service_that_is_away_is_a_bad_gateway() {
    let (house, _service) = slow();
    let away = problem(&post(&house, "/v1/away", "", &json!({})), 502);
    assert_eq!(away["code"], -32010);
}
