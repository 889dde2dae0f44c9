//! `system.*`: what XML-RPC callers ask a server about itself. The callers of the other protocols may ask too.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::Schema;
use serde_json::Value as Json;

use crate::{Caller, Code, Effects, Fault, Outcome, Params, Service, Signature, Value};

/// The method that runs others; see `service::multicall`.
pub(crate) const MULTICALL: &str = "system.multicall";
/// OpenRPC's service discovery method; reserved by JSON-RPC 2.0 §4.1, so in no list.
pub(crate) const DISCOVER: &str = "rpc.discover";

const LIST: &str = "system.listMethods";
const HELP: &str = "system.methodHelp";
const SIGNATURE: &str = "system.methodSignature";
const CAPABILITIES: &str = "system.getCapabilities";

/// The signatures of `system.*`, by name.
pub(crate) fn signatures() -> BTreeMap<String, Signature> {
    [
        (LIST, Signature::of::<Nothing, Vec<String>>("The names of all methods.")),
        (HELP, Signature::of::<Named, String>("What a method does, in one line.")),
        (
            SIGNATURE,
            Signature::of::<Named, Value>("Lists of types, the result first; no list where types are not fixed."),
        ),
        (CAPABILITIES, Signature::of::<Nothing, BTreeMap<String, Capability>>("The specifications kept here.")),
        (MULTICALL, Signature::of::<Calls, Vec<Value>>("Runs several calls; gives one-item lists and fault structs.")),
    ]
    .into_iter()
    .map(|(name, signature)| (name.to_owned(), signature))
    .collect()
}

// The parameters of `system.*`, for their signatures and for reading them.

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Nothing {}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Named {
    /// The name of a method.
    method_name: String,
}

/// Structs of `methodName` and `params`.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Calls {
    /// The calls.
    pub(crate) calls: Vec<Value>,
}

#[derive(serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Capability {
    spec_url: &'static str,
    spec_version: i32,
}

/// The methods with their signatures: the registered ones, `system.*`, and what services elsewhere said of theirs.
pub struct Catalogue<'s, E> {
    service: &'s Service<E>,
    elsewhere: Vec<Arc<BTreeMap<String, Signature>>>,
}

/// A method that a caller is told of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told<'c> {
    /// The service that has it; none for a registered one.
    pub service: Option<&'c str>,
    /// Its name.
    pub name: &'c str,
    /// What is known of it.
    pub signature: &'c Signature,
}

impl<E: Effects> Catalogue<'_, E> {
    /// Without `system.*`: the registered ones, then those elsewhere, service by service, each sorted by name.
    pub fn told(&self) -> impl Iterator<Item = Told<'_>> {
        let registry = &self.service.registry;
        let registered = registry.iter().map(|(name, signature)| Told { service: None, name, signature });
        let elsewhere = self.elsewhere.iter().enumerate().flat_map(move |(place, described)| {
            let called = described.iter().filter(move |(name, _)| registry.goes_to(place, name));
            called.map(move |(name, signature)| Told { service: Some(registry.service(place)), name, signature })
        });
        registered.chain(elsewhere)
    }

    /// Sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Signature)> {
        let Service { registry, system, .. } = self.service;
        let system = system.iter().map(|(name, signature)| (name.as_str(), signature));
        let mut all: BTreeMap<&str, &Signature> = BTreeMap::new();
        for (place, described) in self.elsewhere.iter().enumerate() {
            // Each name once, as it is called: by the first who takes it.
            let called = described.iter().filter(|(name, _)| registry.goes_to(place, name));
            all.extend(called.map(|(name, signature)| (name.as_str(), signature)));
        }
        all.extend(registry.iter().chain(system));
        all.into_iter()
    }
}

impl<E: Effects> Service<E> {
    /// Every method that is known now, as far as this caller may call it. What `system.listMethods`, OpenRPC and WSDL tell
    /// of.
    #[must_use]
    pub fn catalogue(&self, caller: &Caller) -> Catalogue<'_, E> {
        Catalogue { service: self, elsewhere: self.registry.described(caller) }
    }

    /// What XML-RPC introspection tells of the methods whose names are wanted: structs of `name`, `help`, `signatures`.
    pub fn introspection_of(&self, caller: &Caller, wanted: impl Fn(&str) -> bool) -> Value {
        let told = |(name, signature): (&str, &Signature)| {
            let signatures = types(signature).map_or_else(|| Value::text("undef"), Value::from);
            let help = Value::text(signature.help.as_str());
            Value::from([("name", Value::text(name)), ("help", help), ("signatures", signatures)])
        };
        self.catalogue(caller).iter().filter(|(name, _)| wanted(name)).map(told).collect::<Vec<_>>().into()
    }

    /// The outcome of a method about methods; `None` where `name` is none.
    pub(crate) fn introspect(&self, name: &str, params: &mut Params, caller: &Caller) -> Option<Outcome> {
        let answer: fn(&Self, Params, &Caller) -> Outcome = match name {
            LIST => Self::list_methods,
            HELP => Self::method_help,
            SIGNATURE => Self::method_signature,
            CAPABILITIES => Self::capabilities,
            DISCOVER => Self::discover,
            _ => return None,
        };
        Some(answer(self, std::mem::take(params), caller))
    }

    fn list_methods(&self, params: Params, caller: &Caller) -> Outcome {
        params.read::<Nothing>(NO_NAMES)?;
        Ok(self.catalogue(caller).iter().map(|(name, _)| name).collect::<Vec<_>>().into())
    }

    fn method_help(&self, params: Params, caller: &Caller) -> Outcome {
        Ok(self.asked_about(params, caller)?.help.as_str().into())
    }

    /// "If no signature is defined, a non-array value is returned" (XML-RPC introspection).
    fn method_signature(&self, params: Params, caller: &Caller) -> Outcome {
        let types = types(&self.asked_about(params, caller)?);
        Ok(types.map_or_else(|| Value::text("undef"), Value::from))
    }

    fn capabilities(&self, params: Params, _caller: &Caller) -> Outcome {
        params.read::<Nothing>(NO_NAMES)?;
        let capability = |(name, spec_url, spec_version)| {
            (name, Value::from([("specUrl", Value::text(spec_url)), ("specVersion", Value::Int(spec_version))]))
        };
        Ok(CAPABILITY_LIST.into_iter().map(capability).collect())
    }

    fn discover(&self, params: Params, caller: &Caller) -> Outcome {
        params.read::<Nothing>(NO_NAMES)?;
        Ok(self.openrpc(caller))
    }

    fn asked_about(&self, params: Params, caller: &Caller) -> Result<Signature, Fault> {
        let name = params.read::<Named>(&["method_name"])?.method_name;
        let catalogue = self.catalogue(caller);
        let found = catalogue.iter().find(|(known, _)| *known == name).map(|(_, signature)| signature.clone());
        found.ok_or_else(|| Fault::new(Code::UnknownMethod, self.unknown(&name, caller)))
    }
}

const NO_NAMES: &[&str] = &[];

const CAPABILITY_LIST: [(&str, &str, i64); 6] = [
    ("xmlrpc", "http://www.xmlrpc.com/spec", 1),
    ("introspect", "http://xmlrpc.usefulinc.com/doc/reserved.html", 1),
    ("faults_interop", "http://xmlrpc-epi.sourceforge.net/specs/rfc.fault_codes.php", 20_010_516),
    ("nil", "http://www.ontosys.com/xml-rpc/extensions.php", 20_010_518),
    ("i8", "http://ws.apache.org/xmlrpc/types.html", 1),
    ("system.multicall", "http://www.xmlrpc.com/discuss/msgReader$1208", 1),
];

/// One list of type names for each number of parameters that the method takes; `None` where a type is not fixed.
fn types(signature: &Signature) -> Option<Vec<Vec<&'static str>>> {
    let mut names = vec![type_of(signature.result.as_ref()?)?];
    for parameter in &signature.params {
        names.push(type_of(&parameter.schema)?);
    }
    let required = signature.params.iter().rposition(|parameter| parameter.required).map_or(0, |last| last + 1);
    Some((required..names.len()).map(|count| names[..=count].to_vec()).collect())
}

/// XML-RPC's name for what a schema describes.
fn type_of(schema: &Schema) -> Option<&'static str> {
    let name = match schema.get("type")? {
        Json::String(name) => name.as_str(),
        Json::Array(names) => names.iter().filter_map(Json::as_str).find(|name| *name != "null")?,
        _ => return None,
    };
    Some(match name {
        "integer" => "int",
        "number" => "double",
        "boolean" => "boolean",
        "string" if schema.get("contentEncoding").is_some() => "base64",
        "string" if schema.get("format").is_some_and(|format| format == "date-time") => "dateTime.iso8601",
        "string" => "string",
        "array" => "array",
        "object" => "struct",
        _ => return None,
    })
}
