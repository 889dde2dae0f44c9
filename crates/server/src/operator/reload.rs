//! `callpost reload`: the configuration is read again, and whoever asks is told what came of it.

use control::reload::Report;
use control::{Answer, Refused};
use diagnostic::{Code, Diagnostic};
use serde_json::json;

use crate::node::Node;
use crate::node::reload::Reader;

/// Reads the configuration again and puts it in force.
///
/// # Errors
/// What is wrong with it: then nothing is changed.
pub(super) async fn reload(node: &Node, reader: Option<&Reader>) -> Answer {
    let none = || Refused::new(Code::Usage, "there is no configuration that could be read again");
    let reader = reader.ok_or_else(none)?;
    match node.reload(reader).await {
        Ok(restart) => Ok(json!(Report { v: 1, restart })),
        Err(diagnostics) => Err(refused(&diagnostics)),
    }
}

/// All that is wrong, in one text; the code is that of the first.
fn refused(diagnostics: &[Diagnostic]) -> Refused {
    let code = diagnostics.first().map_or(Code::Bug, |diagnostic| diagnostic.code);
    let each: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    Refused::new(code, format!("nothing is changed: {}", each.join("; ")))
}
