//! `list` and `describe`: the methods of a service for people.

use config::Config;
use diagnostic::screen::{Form, Screen, plain};
use diagnostic::{Exit, Outcome};
use serde_json::{Value, json};
use server::discovery::shape;

use super::quoted::quoted;
use super::remote::Remote;
use super::table;
use crate::cli::{Describe, List, Target};

/// Runs `list`.
///
/// # Errors
/// Nobody answers, or the service tells nothing of itself.
pub async fn list(config: Config, list: List, screen: &Screen) -> Outcome<Exit> {
    let remote = Remote::open(config, list.target, list.reach).await?;
    let methods = remote.methods(None).await;
    let problems = remote.problems();
    remote.close().await;
    let methods = methods?;
    match screen.form() {
        Form::Text => {
            let first =
                |help: &str| help.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned();
            let row = |method: &Value| vec![text(&method["name"]), first(&text(&method["summary"]))];
            screen.text(&table::draw(&["method", "help"], methods.iter().map(row).collect()));
        }
        Form::Json => screen.object(&json!({ "v": 1, "methods": methods })),
    }
    problems.iter().for_each(|problem| screen.hint(&plain(problem)));
    Ok(Exit::Done)
}

/// Runs `describe`.
///
/// # Errors
/// Nobody answers, the service tells nothing of itself, or it has no such method.
pub async fn run(config: Config, describe: Describe, screen: &Screen) -> Outcome<Exit> {
    let target = match &describe.target {
        Target::Url(url) => diagnostic::url::shown(url),
        Target::Mail(mailbox) => mailbox.to_string(),
    };
    let remote = Remote::open(config, describe.target, describe.reach).await?;
    let methods = remote.methods(describe.method.as_deref()).await;
    remote.close().await;
    let methods = methods?;
    match screen.form() {
        Form::Text => {
            let told: Vec<String> = methods.iter().map(|method| described(method, &target)).collect();
            screen.text(&told.join("\n"));
        }
        Form::Json => screen.object(&json!({ "v": 1, "methods": methods })),
    }
    Ok(Exit::Done)
}

/// One method: its line, its help, its parameters, its structs, and an example where its parameters are told.
fn described(method: &Value, target: &str) -> String {
    let mut told = format!("{}\n", plain(&shape::line(method)));
    for line in text(&method["summary"]).lines().map(str::trim).filter(|line| !line.is_empty()) {
        told += &format!("  {}\n", plain(line));
    }
    let params = method["params"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !params.is_empty() {
        let rows = params.iter().map(|parameter| row(&text(&parameter["name"]), &parameter["schema"]));
        told += &table::draw(&["parameter", "type", ""], rows.collect());
    }
    let schemas = params.iter().map(|parameter| &parameter["schema"]).chain([&method["result"]["schema"]]);
    let mut structs = Vec::new();
    for one in schemas.flat_map(shape::structs) {
        if !structs.contains(&one) {
            structs.push(one);
        }
    }
    for (title, members) in structs {
        let rows = members.iter().map(|(name, schema)| row(name, schema));
        told += &table::draw(&[title, "type", ""], rows.collect());
    }
    if method["params"].is_null() {
        return told;
    }
    told + &format!("example: {}\n", plain(&example(method, params, target)))
}

fn row(name: &str, schema: &Value) -> Vec<String> {
    vec![name.to_owned(), shape::name(schema), text(&schema["description"])]
}

/// A line to run, with what every parameter needs.
fn example(method: &Value, params: &[Value], target: &str) -> String {
    let required = params.iter().take_while(|parameter| parameter["required"] != json!(false));
    let values = required.map(|parameter| shape::example_of(&text(&parameter["name"]), &parameter["schema"]));
    let words = values.map(|value| match value {
        Value::String(text) => quoted(&text),
        value => quoted(&value.to_string()),
    });
    let words: Vec<String> = [quoted(target), text(&method["name"])].into_iter().chain(words).collect();
    format!("callpost call {}", words.join(" "))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
