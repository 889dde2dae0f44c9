//! What discovery tells about a method: OpenRPC, WSDL and `system.methodHelp` are written from it.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

/// A method as discovery shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signature {
    /// One line for people.
    pub help: String,
    /// The parameters, in the order of positions.
    pub params: Vec<Parameter>,
    /// The JSON Schema of the result; `None` where it may be anything.
    pub result: Option<Schema>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its JSON Schema (2020-12, self-contained); `true` where it may be anything.
    pub schema: Schema,
    /// False where it may be left out.
    pub required: bool,
}

impl Signature {
    /// Reads off the parameters of `P`, a struct with one member for each, and the result `R`.
    #[must_use]
    pub fn of<P: JsonSchema, R: JsonSchema>(help: impl Into<String>) -> Self {
        Self { help: help.into(), params: parameters(&schema_of::<P>()), result: Some(schema_of::<R>()) }
    }

    /// Only names are known: a configured service, whose types nobody has said.
    #[must_use]
    pub fn untyped(help: impl Into<String>, names: &[impl AsRef<str>]) -> Self {
        let parameter = |name: &str| Parameter { name: name.to_owned(), schema: true.into(), required: true };
        Self { help: help.into(), params: names.iter().map(|name| parameter(name.as_ref())).collect(), result: None }
    }

    /// The names of the parameters, in the order of positions.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.params.iter().map(|parameter| parameter.name.clone()).collect()
    }
}

fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>()
}

/// The members of a struct's schema, in their order.
fn parameters(schema: &Schema) -> Vec<Parameter> {
    let required = schema.get("required").and_then(|names| names.as_array());
    let members = schema.get("properties").and_then(|members| members.as_object());
    let parameter = |(name, member): (&String, &serde_json::Value)| Parameter {
        name: name.clone(),
        schema: Schema::try_from(member.clone()).unwrap_or_else(|_| true.into()),
        required: required.is_some_and(|names| names.iter().any(|known| known == name)),
    };
    members.into_iter().flatten().map(parameter).collect()
}
