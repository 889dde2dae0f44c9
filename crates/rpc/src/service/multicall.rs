//! `system.multicall`: several calls in one, for callers of XML-RPC, whose documents hold only one.
//!
//! Each inner call is a call of its own: it meets its method's limits, and its effects may be refused alone.

use futures_util::stream::{self, StreamExt};
use serde::Deserialize;

use super::introspection::{Calls, MULTICALL};
use super::ran::{Ran, as_item};
use crate::{Call, Caller, Code, Effects, Fault, MethodName, Params, Service, Value};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inner {
    method_name: String,
    #[serde(default)]
    params: Value,
}

impl<E: Effects> Service<E> {
    pub(super) async fn multicall(&self, params: Params, caller: &Caller) -> Ran<E> {
        let calls = match self.inner_calls(params) {
            Ok(calls) => calls,
            Err(fault) => return Ran::pure(MULTICALL.to_owned(), Err(fault)),
        };
        let parallel = self.limits.parallel.max(1);
        let run = |call| self.run_inner(call, caller);
        let mut parts: Vec<Ran<E>> = stream::iter(calls).map(run).buffered(parallel).collect().await;
        let items =
            parts.iter_mut().map(|part| as_item(std::mem::replace(&mut part.outcome, Ok(Value::Null)))).collect();
        Ran::of_parts(MULTICALL.to_owned(), Value::List(items), parts)
    }

    fn inner_calls(&self, params: Params) -> Result<Vec<Value>, Fault> {
        let Calls { calls } = params.read(&["calls"])?;
        match (calls.len(), self.limits.max_batch) {
            (given, most) if given > most => {
                Err(Fault::new(Code::InvalidRequest, format!("{given} calls in one; at most {most} are taken")))
            }
            _ => Ok(calls),
        }
    }

    async fn run_inner(&self, call: Value, caller: &Caller) -> Ran<E> {
        match inner(call) {
            Ok(call) => self.run_single(call, caller).await,
            Err(fault) => Ran::pure(String::new(), Err(fault)),
        }
    }
}

fn inner(call: Value) -> Result<Call, Fault> {
    let Inner { method_name, params } = call.read()?;
    if method_name == MULTICALL {
        return Err(Fault::new(Code::InvalidRequest, "system.multicall does not run itself"));
    }
    let params = match params {
        Value::Map(members) if !members.is_empty() => Params::Named(members),
        params => Params::Positional(params.read().map_err(|mismatch| mismatch.under_name("params"))?),
    };
    Ok(Call { method: MethodName(method_name), params })
}
