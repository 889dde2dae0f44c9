//! The OpenRPC 1.3 document of a service (<https://spec.open-rpc.org/>), the same methods as `system.listMethods`.

use serde_json::{Value as Json, json};

use crate::{Caller, Effects, Parameter, Service, Signature, Value};

/// The version of the OpenRPC specification that the document keeps.
const OPENRPC: &str = "1.3.2";

impl<E: Effects> Service<E> {
    /// The OpenRPC document; `rpc.discover` answers with it.
    #[must_use]
    pub fn openrpc(&self, caller: &Caller) -> Value {
        self.openrpc_of(caller, |_| true)
    }

    /// The OpenRPC document of the methods whose names are wanted.
    pub fn openrpc_of(&self, caller: &Caller, wanted: impl Fn(&str) -> bool) -> Value {
        let catalogue = self.catalogue(caller);
        let methods = catalogue.iter().filter(|(name, _)| wanted(name));
        let methods: Vec<Json> = methods.map(|(name, signature)| signature.openrpc(name)).collect();
        let document = json!({
            "openrpc": OPENRPC,
            "info": { "title": self.about.title, "version": self.about.version },
            "methods": methods,
        });
        Value::of(&document).unwrap_or(Value::Null) // JSON is always a value
    }
}

impl Signature {
    /// The method of this name as an OpenRPC document has it.
    #[must_use]
    pub fn openrpc(&self, name: &str) -> Json {
        let result = self.result.as_ref().map_or_else(|| json!({}), |schema| schema.as_value().clone());
        json!({
            "name": name,
            "summary": self.help,
            "paramStructure": "either",
            "params": self.params.iter().map(parameter).collect::<Vec<_>>(),
            "result": { "name": "result", "schema": result },
        })
    }
}

fn parameter(parameter: &Parameter) -> Json {
    json!({ "name": parameter.name, "required": parameter.required, "schema": parameter.schema })
}
