//! What operators ask of the hooks.

use control::webhook::WebhookRequest;
use control::{Answer, Refused};
use diagnostic::Code;
use serde_json::json;

use crate::node::Node;

pub(super) fn perform(node: &Node, request: WebhookRequest) -> Answer {
    let hooks = &node.webhooks;
    let (name, is_there) = match request {
        WebhookRequest::List => return Ok(json!(hooks.rows())),
        WebhookRequest::Park { name } => (name.clone(), hooks.with(&name, webhook::Running::park)),
        WebhookRequest::Resume { name } => (name.clone(), hooks.with(&name, webhook::Running::resume)),
        WebhookRequest::Replay { name, since, until } => {
            (name.clone(), hooks.with(&name, |hook| hook.replay(since, until)))
        }
    };
    match is_there {
        true => Ok(json!({ "v": 1, "name": name })),
        false => Err(Refused::new(Code::NoSuchWebhook, format!("no webhook is called {name}"))),
    }
}
