//! OpenRPC (<https://spec.open-rpc.org/>): what `rpc.discover` answers, or a document at a URL.

use super::json_schema::{Schemas, member};
use super::{By, Description, Field, MAX_PARAMETERS, Operation, Shape, xml_rpc};
use crate::{Document, Limits, Unreadable, Value, json};

impl Description {
    /// From an OpenRPC document in JSON.
    ///
    /// # Errors
    /// It is no JSON, or no OpenRPC document.
    pub fn of_openrpc_document(document: &Document, limits: &Limits) -> Result<Self, Unreadable> {
        let text = std::str::from_utf8(&document.bytes).map_err(|_| Unreadable("it is not UTF-8".to_owned()))?;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let document = json::read(text, limits).map_err(|error| Unreadable(error.to_string()))?;
        Self::of_openrpc(&document)
    }

    /// From the answer of `rpc.discover`.
    ///
    /// # Errors
    /// It is no OpenRPC document.
    pub fn of_openrpc(document: &Value) -> Result<Self, Unreadable> {
        let methods = member(document, "methods").and_then(Value::as_list);
        let methods =
            methods.ok_or_else(|| Unreadable("it lists no methods, so it is no OpenRPC document".to_owned()))?;
        let (mut description, mut schemas) = (Self::default(), Schemas::of(document));
        for method in methods.iter().filter_map(|method| schemas.followed(method)).collect::<Vec<_>>() {
            let Some(name) = member(method, "name").and_then(Value::as_str) else { continue };
            if description.is_full() {
                break;
            }
            if let Some(operation) = operation(method, &mut schemas) {
                description.add(name, operation);
            }
        }
        schemas.finish(&mut description);
        Ok(description)
    }
}

fn operation<'d>(method: &'d Value, schemas: &mut Schemas<'d>) -> Option<Operation> {
    let said = |name: &str| member(method, name).and_then(Value::as_str);
    let by = match said("paramStructure") {
        Some("by-name") => By::Name,
        Some("by-position") => By::Position,
        _ => By::Either,
    };
    let given = member(method, "params").and_then(Value::as_list);
    if given.is_some_and(|given| given.len() > MAX_PARAMETERS) {
        return None;
    }
    let mut params = Vec::new();
    for described in given.into_iter().flatten() {
        let described = schemas.followed(described)?;
        let name = member(described, "name").and_then(Value::as_str)?;
        let required = matches!(member(described, "required"), Some(Value::Bool(true)));
        params.push(Field { required, ..Field::new(name, shape(described, schemas)) });
    }
    let result = member(method, "result").and_then(|result| schemas.followed(result));
    let results = result.map(|result| Field::new("result", shape(result, schemas)));
    Some(Operation {
        help: xml_rpc::first_line(said("summary").or_else(|| said("description")).unwrap_or_default()),
        params: given.map(|_| params),
        by,
        results: results.into_iter().collect(),
        wire: None,
    })
}

fn shape<'d>(described: &'d Value, schemas: &mut Schemas<'d>) -> Shape {
    member(described, "schema").map_or(Shape::Any, |schema| schemas.shape(schema))
}
