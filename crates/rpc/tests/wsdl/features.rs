//! One matter each.

use serde_json::json;

use super::house::{Case, as_zeep_writes, body, case, described, written};

#[test]
fn a_schema_without_namespace_takes_that_of_the_schema_that_includes_it() {
    let person = json!({ "name": "Ann", "tags": { "tag": ["a", "b"] }, "note": "n", "mark": "m" });
    as_zeep_writes(&[case("chameleon.wsdl", "put", json!({ "person": person, "note": "x" }))]);
    let list = json!({ "person": { "name": "Ann", "tags": ["a"] } });
    assert_eq!(
        body(&described("chameleon.wsdl"), "put", &list),
        "<m:put xmlns:m=\"urn:example:chameleon\"><m:person><m:name>Ann</m:name><m:tags><m:tag>a</m:tag></m:tags></m:person></m:put>"
    );
}

#[test]
fn groups_are_what_they_hold_at_the_level_of_the_parameters_too() {
    let dates = |day: u8| json!({ "from": format!("2026-01-0{day}"), "to": format!("2026-02-0{day}") });
    as_zeep_writes(&[
        case(
            "groups.wsdl",
            "find",
            json!({ "text": "x", "from": "2026-01-02", "to": "2026-01-03", "first": 5, "limit": 9 }),
        ),
        case(
            "groups.wsdl",
            "find",
            json!({ "text": "x", "from": "2026-01-02", "to": "2026-01-03", "after": "k", "limit": 9 }),
        ),
    ]);
    let block = json!({ "room": dates(1), "_value_1": [dates(2), dates(3)] });
    assert_eq!(
        body(&described("groups.wsdl"), "block", &block),
        "<m:block xmlns:m=\"urn:example:groups\"><m:room><m:from>2026-01-01</m:from><m:to>2026-02-01</m:to></m:room>\
         <m:from>2026-01-02</m:from><m:to>2026-02-02</m:to><m:from>2026-01-03</m:from><m:to>2026-02-03</m:to></m:block>"
    );
}

/// zeep wants its objects there; we take elements by their names: the WSDL's own, and others.
#[test]
fn a_wildcard_takes_elements_by_their_names() {
    let any = |all: serde_json::Value| json!({ "<any>": all });
    let ours = json!({ "id": 1, "extra": { "n": 2 }, "{urn:other}word": null });
    let theirs = json!({ "id": 1, "_value_1": any(json!([["{urn:example:wildcards}extra", { "n": 2 }]])) });
    let given = json!({ "id": 1, "_value_1": { "extra": { "n": 2 } } });
    let beside = json!({ "id": 1, "extra": { "n": 2 } });
    let row = json!({ "kind": "k", "last": 3, "_attr_1": { "since": "y" }, "extra": { "n": 2 } });
    let their_row = json!({ "kind": "k", "last": 3, "_attr_1": { "since": "y" }, "_value_1": any(json!([["{urn:example:wildcards}extra", { "n": 2 }]])) });
    let with = |method, args, theirs| Case { theirs: Some((method, theirs)), ..case("wildcards.wsdl", method, args) };
    as_zeep_writes(&[
        with("put", given, theirs.clone()),
        with("put", beside, theirs),
        with("keep", json!({ "row": row }), json!({ "row": their_row })),
    ]);
    let wildcards = described("wildcards.wsdl");
    assert!(body(&wildcards, "put", &ours).ends_with("<q:word xmlns:q=\"urn:other\" xsi:nil=\"true\"/></m:put>"));
    let twice = json!({ "id": 1, "x": ["a", "b"] });
    assert!(
        body(&wildcards, "put", &twice).contains("<x xsi:type=\"xsd:string\">a</x><x xsi:type=\"xsd:string\">b</x>")
    );
    // What the wildcard's own namespace holds is between what stands before and behind it.
    let own = json!({ "row": { "kind": "k", "Name": "n", "last": 3 } });
    let own = body(&wildcards, "keep", &own);
    assert!(own.contains("<m:kind>k</m:kind><m:Name xsi:type=\"xsd:string\">n</m:Name><m:last>3</m:last>"), "{own}");
    assert!(
        written(&wildcards, "put", &json!({ "id": 1, "_value_1": 7 }))
            .unwrap_err()
            .message
            .contains("elements are asked for")
    );
}

#[test]
fn a_member_names_the_type_that_derives_from_the_one_described() {
    let dog = json!({ "xsi:type": "{urn:example:derived}Dog", "name": "Rex", "barks": true });
    let puppy =
        json!({ "xsi:type": "{urn:example:derived}Puppy", "name": "Pip", "barks": false, "weeks": 9, "chip": "c" });
    as_zeep_writes(&[
        case("derived.wsdl", "adopt", json!({ "animal": [dog, puppy], "dog": puppy })),
        case("derived.wsdl", "adopt", json!({ "animal": [], "dog": { "name": "Rex", "barks": true }, "thing": dog })),
    ]);
    let derived = described("derived.wsdl");
    let refused = |args| written(&derived, "adopt", &args).unwrap_err();
    let unnamed = refused(json!({ "animal": [{ "name": "Rex" }] }));
    assert_eq!(unnamed.path, "animal[0].xsi:type");
    assert!(unnamed.message.contains("`Dog`") && unnamed.message.contains("`Puppy`"), "{unnamed:?}");
    let other = refused(json!({ "dog": { "xsi:type": "Plant", "name": "x" } }));
    assert!(other.path == "dog.xsi:type" && other.message.contains("known are"), "{other:?}");
    let short = json!({ "dog": { "xsi:type": "Puppy", "weeks": 9 } });
    assert!(body(&derived, "adopt", &short).contains("xsi:type=\"t:Puppy\"><m:weeks>9</m:weeks>"));
}

#[test]
fn a_list_of_words_is_one_text() {
    let all = json!({
        "sizes": [1, 20], "colours": ["red", "blue"],
        "shelf": { "_value_1": [7, 8], "colours": ["blue"] }, "digest": "00ff",
    });
    as_zeep_writes(&[
        case("lists.wsdl", "put", all),
        case("lists.wsdl", "put", json!({ "sizes": [], "colours": ["red"] })),
    ]);
    let lists = described("lists.wsdl");
    let texts = body(&lists, "put", &json!({ "sizes": "1 2", "words": ["a", "b"] }));
    assert!(texts.contains("<m:sizes>1 2</m:sizes><m:words>a b</m:words>"), "{texts}");
    // zeep stumbles over restrictions of lists.
    let few = body(&lists, "put", &json!({ "sizes": [], "few": [[1], [2, 3]] }));
    assert!(few.contains("<m:sizes></m:sizes><m:few>1</m:few><m:few>2 3</m:few>"), "{few}");
    let spaced = written(&lists, "put", &json!({ "sizes": [1], "words": ["a b"] })).unwrap_err();
    assert_eq!(spaced.path, "words[0]");
    let odd = written(&lists, "put", &json!({ "sizes": [1], "digest": "0g" })).unwrap_err();
    assert!(odd.path == "digest" && odd.message.contains("hexadecimal"), "{odd:?}");
    // One value is no list.
    let list = written(&described("groups.wsdl"), "find", &json!({ "text": ["x"], "limit": 1 })).unwrap_err();
    assert!(list.message.contains("one string is asked for"), "{list:?}");
}

#[test]
fn attributes_are_members() {
    let item = json!({ "id": 1, "rev": 2, "price": { "_value_1": "9.50", "currency": "EUR" }, "name": "n", "attr__name": "a", "sold": true });
    let gift = json!({ "id": 3, "price": { "_value_1": 5 }, "to": "you" });
    as_zeep_writes(&[case(
        "attributes.wsdl",
        "order",
        json!({ "version": "1", "item": [item, { "id": 2, "price": 4 }], "gift": gift }),
    )]);
    let marked = json!({ "@version": "1", "item": [{ "@id": 1, "price": 4 }] });
    assert_eq!(
        body(&described("attributes.wsdl"), "order", &marked),
        "<m:order xmlns:m=\"urn:example:attributes\" version=\"1\"><m:item id=\"1\"><m:price>4</m:price></m:item></m:order>"
    );
}

#[test]
fn what_repeats_as_a_whole_alternates() {
    let pairs = json!([{ "key": "a", "value": 1 }, { "key": "b", "value": 2 }]);
    let steps = json!([{ "go": 1 }, { "turn": "left" }, { "go": 2 }]);
    as_zeep_writes(&[
        case("runs.wsdl", "pairs", json!({ "_value_1": pairs })),
        case("runs.wsdl", "steps", json!({ "name": "n", "_value_1": steps })),
        case("runs.wsdl", "twice", json!({ "edge": 1, "middle": "m", "edge__1": 2 })),
        Case {
            theirs: Some(("pairs", json!({ "_value_1": pairs }))),
            ..case("runs.wsdl", "pairs", json!({ "key": ["a", "b"], "value": [1, 2] }))
        },
    ]);
    let runs = described("runs.wsdl");
    let twice = body(&runs, "twice", &json!({ "edge": [1, 2], "middle": "m" }));
    assert!(twice.ends_with("<m:edge>1</m:edge><m:middle>m</m:middle><m:edge>2</m:edge></m:twice>"), "{twice}");
    let unknown = written(&runs, "pairs", &json!({ "_value_1": [{ "key": "a", "valeu": 1 }] })).unwrap_err();
    assert_eq!(unknown.path, "_value_1[0].valeu");
}

#[test]
fn the_methods_of_all_ports_can_be_called() {
    let ports = described("ports.wsdl");
    assert_eq!(ports.names().collect::<Vec<_>>(), ["find", "add", "OrdersPort.find", "cancel"]);
    assert_eq!(ports.address(), Some("http://127.0.0.1/people"));
    let elsewhere: Vec<Option<&str>> =
        ["find", "add", "OrdersPort.find", "cancel"].map(|name| ports.address_of(name)).into();
    let orders = Some("http://127.0.0.1/orders");
    assert_eq!(elsewhere, [None, None, orders, orders]);
    let people = Some("PeoplePort");
    let orders = Some("OrdersPort");
    as_zeep_writes(&[
        Case { port: people, ..case("ports.wsdl", "find", json!({ "name": "x" })) },
        Case { port: people, ..case("ports.wsdl", "add", json!({ "name": "x", "age": 7 })) },
        Case { port: orders, ..case("ports.wsdl", "cancel", json!({ "id": 7 })) },
        Case {
            port: orders,
            theirs: Some(("find", json!({ "id": 7 }))),
            ..case("ports.wsdl", "OrdersPort.find", json!({ "id": 7 }))
        },
    ]);
    let action = written(&ports, "cancel", &json!({ "id": 7 })).unwrap().action;
    assert_eq!(action.as_deref(), Some("orders/cancel"));
}

#[test]
fn header_parts_are_one_parameter_and_the_body_has_the_rest() {
    let headers = json!({ "session": { "key": "k", "lang": "en" }, "trace": "t" });
    as_zeep_writes(&[
        case("headers.wsdl", "get", json!({ "id": 7 })),
        case("headers.wsdl", "get", json!({ "id": 7, "_soapheaders": headers })),
        case("headers.wsdl", "get", json!({ "id": 7, "_soapheaders": { "trace": "t" } })),
        case("headers.wsdl", "both", json!({ "one": { "id": 7 }, "two": "t" })),
        case("headers.wsdl", "typed", json!({ "a": 1, "b": 2 })),
    ]);
    let unknown =
        written(&described("headers.wsdl"), "get", &json!({ "id": 7, "_soapheaders": { "x": 1 } })).unwrap_err();
    assert_eq!(unknown.path, "_soapheaders.x");
}

#[test]
fn an_element_may_stand_instead_of_the_one_that_is_its_head() {
    let substitution = described("substitution.wsdl");
    assert_eq!(
        body(&substitution, "pay", &json!({ "card": { "amount": 5, "number": "4" } })),
        "<m:pay xmlns:m=\"urn:example:substitution\"><m:card><m:amount>5</m:amount><m:number>4</m:number></m:card></m:pay>"
    );
    assert!(body(&substitution, "pay", &json!({ "cash": { "xsi:type": "Card", "amount": 5 } })).contains("t:Card"));
    assert!(written(&substitution, "pay", &json!({ "payment": {} })).unwrap_err().message.contains("`card`"));
}
