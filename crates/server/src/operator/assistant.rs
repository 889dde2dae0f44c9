//! `callpost mcp`: messages of an assistant on this machine.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use control::{Answer, Asker, Assistant, Refused};
use diagnostic::Code;
use rpc::{Caller, Credential, Locality};
use serde_json::json;

use crate::binding::mcp::{self, IsOperator};
use crate::binding::single::Desk;
use crate::node::Node;

/// Answers a message.
///
/// # Errors
/// Whoever asks has neither a good key nor the rights of an operator.
pub(super) async fn perform(node: &Arc<Node>, asker: Asker, said: Assistant) -> Answer {
    let desk = Desk { node: Arc::clone(node), setup: node.setup() };
    let caller = Caller {
        address: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        key: said.key.map(Credential::new),
        locality: Locality::ThisMachine,
        trace: node.trace(),
        ..Caller::default()
    };
    let is_operator = if asker.is_operator() { IsOperator::Yes } else { IsOperator::No };
    let answer = mcp::line(&desk, (&caller, is_operator), &said.message, node.budget.nothing()).await;
    let answer = answer.map_err(|why| Refused::new(Code::NotPermitted, why))?;
    Ok(json!({ "answer": answer }))
}
