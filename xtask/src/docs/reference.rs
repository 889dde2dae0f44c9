//! The pages that the program writes of itself.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell::output;

/// Writes them into this folder.
pub(super) fn write(program: &Path, folder: &Path) -> Result<()> {
    let ask = |arguments: &[&str]| output(Command::new(program).args(arguments).env("COLUMNS", "100"));
    let page = |name: &str, text: &str| super::write(&folder.join(name), text);
    page("configuration.md", &configuration(&ask(&["config", "default"])?))?;
    page("commands.md", &commands(&ask)?)?;
    page("errors.md", &errors(&ask(&["error", "--json"])?)?)?;
    page("methods.md", &methods(&ask(&["spec", "openrpc"])?)?)
}

fn configuration(text: &str) -> String {
    format!(
        "# Configuration\n\nWhat `callpost config default` prints; `callpost config explain KEY` says more of one.\n\n\
         ```toml\n{text}```\n"
    )
}

/// Every command's help, and that of its own commands.
fn commands(ask: &dyn Fn(&[&str]) -> Result<String>) -> Result<String> {
    let mut text = format!("# Commands\n\n```text\n{}```\n", ask(&["--help"])?);
    for command in named_below(&ask(&["--help"])?) {
        let help = ask(&[&command, "--help"])?;
        text += &format!("\n## {command}\n\n```text\n{help}```\n");
        for own in named_below(help.split_once("Commands:").map_or("", |(_, below)| below)) {
            text += &format!("\n### {command} {own}\n\n```text\n{}```\n", ask(&[&command, &own, "--help"])?);
        }
    }
    Ok(text)
}

/// The words that lines of a help begin with, two spaces in.
fn named_below(help: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in help.lines() {
        if line.starts_with("Options:") || line.starts_with("Examples:") {
            if names.is_empty() { continue } else { break }
        }
        let Some(rest) = line.strip_prefix("  ") else { continue };
        let Some((name, says)) = rest.split_once("  ") else { continue };
        if name.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !name.starts_with('-') && !says.trim().is_empty()
        {
            names.extend((!name.is_empty()).then(|| name.to_owned()));
        }
    }
    names
}

fn errors(lines: &str) -> Result<String> {
    let mut text =
        "# Errors\n\nWhat the code in the brackets of a message means; `callpost error CODE` says the same.\n"
            .to_owned();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let error: Value = serde_json::from_str(line).with_context(|| format!("an error code: {line}"))?;
        let said = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        text += &format!(
            "\n## {}: {}\n\n{}\n\nExit status {}.\n",
            said("error"),
            said("title"),
            said("text"),
            error["exit"]
        );
    }
    Ok(text)
}

fn methods(openrpc: &str) -> Result<String> {
    let document: Value = serde_json::from_str(openrpc).context("the OpenRPC document")?;
    let mut text = "# Methods\n\nEvery method is callable by JSON-RPC 2.0, XML-RPC and SOAP, over HTTP and by mail. As an OpenRPC document: \
                    `callpost spec openrpc`; as a WSDL: `callpost spec wsdl`.\n"
        .to_owned();
    for method in document["methods"].as_array().into_iter().flatten() {
        text += &format!(
            "\n## {}\n\n{}\n\n| parameter | type |\n|---|---|\n",
            word(&method["name"]),
            word(&method["summary"])
        );
        for parameter in method["params"].as_array().into_iter().flatten() {
            let needed = if parameter["required"].as_bool() == Some(true) { "" } else { " (may be absent)" };
            text += &format!("| `{}`{needed} | {} |\n", word(&parameter["name"]), kind(&parameter["schema"]));
        }
        text += &format!("\nGives {}.\n", kind(&method["result"]["schema"]));
    }
    Ok(text)
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A schema in a few words.
fn kind(schema: &Value) -> String {
    match &schema["type"] {
        Value::String(name) if name == "array" => format!("a list of {}", kind(&schema["items"])),
        Value::String(name) if name == "object" => {
            let members = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| format!("`{name}`"));
            let members = members.collect::<Vec<_>>().join(", ");
            if members.is_empty() { "an object".to_owned() } else { format!("an object with {members}") }
        }
        Value::String(name) => name.clone(),
        Value::Array(names) => names.iter().map(word).collect::<Vec<_>>().join(" or "),
        _ => ["oneOf", "anyOf"]
            .iter()
            .find_map(|any| schema[any].as_array())
            .map_or_else(|| "anything".to_owned(), |of| of.iter().map(kind).collect::<Vec<_>>().join(", or ")),
    }
}
