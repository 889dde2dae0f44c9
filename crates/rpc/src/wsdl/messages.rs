//! The messages of operations: their parts, or the elements that they are.

use serde_json::Value as Json;

use super::types::{Child, Types};
use super::{Operation, Style};
use crate::Parameter;
use crate::xml::Writer;
use crate::xml::name::is_ncname;

/// The message that every operation fails with, and the name of the fault.
pub(super) const FAULT: &str = "CallpostFault";

/// Names for parameters whose own are no XML names.
const PLACES: [&str; 6] = ["param0", "param1", "param2", "param3", "param4", "param5"];

/// The two messages of an operation.
pub(super) struct Messages<'a> {
    operation: Operation<'a>,
    parts: Parts<'a>,
}

enum Parts<'a> {
    /// A part for each parameter, with its type; the type of the result.
    Typed(Vec<(&'a str, String)>, String),
    /// One part each, an element.
    Elements,
}

impl<'a> Messages<'a> {
    /// Of this operation; types and elements that they need are declared.
    pub(super) fn of(operation: Operation<'a>, style: Style, types: &mut Types) -> Self {
        let Operation { name, signature, .. } = operation;
        let anything = Json::Bool(true);
        let result = signature.result.as_ref().map_or(&anything, |schema| schema.as_value());
        let parameters = || signature.params.iter().enumerate().map(named);
        let wanted = |parameter: &Parameter| format!("{name}.{}", parameter.name);
        // A part cannot be left out (WSDL 1.1 §2.3.1), and what is generated has an argument for each: programs that know no more
        // of a method than what it needs go on calling it so.
        let needs_any = signature.params.iter().any(|parameter| parameter.required);
        let is_told = |(_, parameter): &(&'a str, &'a Parameter)| parameter.required || !needs_any;
        let parts = match style {
            Style::Rpc => {
                let part = |(part, parameter): (&'a str, &Parameter)| {
                    (part, types.of(parameter.schema.as_value(), &wanted(parameter)))
                };
                let parts = parameters().filter(is_told).map(part).collect();
                Parts::Typed(parts, types.of(result, &format!("{name}.Result")))
            }
            Style::Document => {
                let child = |(name, parameter): (&'a str, &'a Parameter)| Child {
                    name,
                    schema: parameter.schema.as_value(),
                    wanted: wanted(parameter),
                    required: parameter.required,
                };
                types.request(name, parameters().filter(is_told).map(child));
                let child = Child { name: "return", schema: result, wanted: format!("{name}.Result"), required: true };
                types.answer(format!("{name}Response"), child);
                Parts::Elements
            }
        };
        Self { operation, parts }
    }

    /// The operation they are of.
    pub(super) fn operation(&self) -> &Operation<'a> {
        &self.operation
    }

    /// Both.
    pub(super) fn write(&self, writer: &mut Writer) {
        let name = self.operation.name;
        writer.raw("  <message name=\"").raw(name).raw("Request\">\n");
        match &self.parts {
            Parts::Typed(parts, _) => parts.iter().for_each(|(name, written)| part(writer, name, ("type", written))),
            Parts::Elements => part(writer, "parameters", ("element", &format!("tns:{name}"))),
        }
        writer.raw("  </message>\n  <message name=\"").raw(name).raw("Response\">\n");
        match &self.parts {
            Parts::Typed(_, result) => part(writer, "return", ("type", result)),
            Parts::Elements => part(writer, "parameters", ("element", &format!("tns:{name}Response"))),
        }
        writer.raw("  </message>\n");
    }
}

/// The message of a fault's detail; `f` is declared for the whole document.
pub(super) fn fault(writer: &mut Writer) {
    writer.raw("  <message name=\"").raw(FAULT).raw("\">\n");
    part(writer, "fault", ("element", "f:fault"));
    writer.raw("  </message>\n");
}

/// A part that cannot be named as its parameter is still known by its place.
fn named((place, parameter): (usize, &Parameter)) -> (&str, &Parameter) {
    let named = if is_ncname(&parameter.name) { &parameter.name } else { PLACES[place.min(PLACES.len() - 1)] };
    (named, parameter)
}

fn part(writer: &mut Writer, name: &str, of: (&str, &str)) {
    writer.raw("    <part name=\"").attribute(name).raw("\" ").raw(of.0).raw("=\"").attribute(of.1).raw("\"/>\n");
}
