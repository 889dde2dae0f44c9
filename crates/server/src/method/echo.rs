//! `TestAPI.echo(…)`: gives back what it was given, unchanged in type and unrepaired.

use rpc::{Caller, Executed, Method, Params, Signature, Value};

use super::{Effects, done};

/// The test method of the old mailer.
pub struct Echo;

impl Method<Effects> for Echo {
    fn signature(&self) -> Signature {
        let mut signature =
            Signature::untyped("Gives back what it was given: one value, or the list of several.", &["text"]);
        // Without anything it gives back an empty list.
        signature.params.iter_mut().for_each(|parameter| parameter.required = false);
        signature
    }

    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> rpc::method::BoxFuture<'a, Executed<Effects>> {
        let mut values = params.into_values();
        if looks_like_a_message(&values) {
            tracing::info!(trace = %caller.trace, "TestAPI.echo was called with the arguments of send_message: no mail was sent");
        }
        done(Ok(if values.len() == 1 { values.swap_remove(0) } else { Value::List(values) }))
    }
}

/// The old page's second sample calls echo with the arguments of `send_message`.
fn looks_like_a_message(values: &[Value]) -> bool {
    matches!(values, [Value::Text(_), Value::List(messages)]
        if matches!(messages.first(), Some(Value::List(fields)) if (4..=5).contains(&fields.len())))
}
