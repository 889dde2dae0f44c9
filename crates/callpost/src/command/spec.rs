//! `spec`: the machine description of what this configuration serves, without a daemon.

use config::{Config, Service, Work};
use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use rpc::xml_rpc::{self, Uses};
use rpc::{Limits, json};
use serde_json::{Value, json};

use crate::cli::{Spec, SpecForm};
use server::{discovery, method};

/// Runs it.
///
/// # Errors
/// There is no such service.
pub fn run(config: &Config, spec: &Spec, screen: &Screen) -> Outcome<Exit> {
    let service = spec.service.as_deref().map(|name| named(config, name)).transpose()?;
    let undescribed = match service.map(|service| &service.work) {
        Some(Work::Http(upstream)) => {
            Some(format!("this service passes calls on to {}, which describes itself", upstream.url))
        }
        Some(Work::Exec(exec)) => {
            Some(format!("this service is the command {}, which has no description", exec.program))
        }
        Some(Work::Builtin(_)) | None => None,
    };
    if let Some(what) = undescribed {
        return Err(Box::new(Diagnostic::new(Code::Usage, what)));
    }
    let bug = |error: rpc::RegisterError| Box::new(Diagnostic::new(Code::Bug, error.to_string()));
    // Who may call is another matter: the descriptions of all methods are the same for everyone.
    let methods = rpc::Service::new(method::pure().map_err(bug)?, Limits::default());
    let nobody = rpc::Caller::default();
    let wanted = |name: &str| service.is_none_or(|service| discovery::method_of(service) == Some(name));
    let bytes = match spec.form {
        SpecForm::Openrpc => return Ok(document(&json::to_string(&methods.openrpc_of(&nobody, wanted)), screen)),
        SpecForm::Xmlrpc => xml_rpc::write_answer(&Ok(methods.introspection_of(&nobody, wanted)), Uses::default()),
        SpecForm::Wsdl => {
            let (url, style) = (discovery::url(config), spec.style.into());
            let asked = discovery::Asked { url, style, methods: Vec::new() };
            match service {
                Some(service) => discovery::wsdl_of(&methods, service, asked),
                None => discovery::wsdl((&methods, &nobody), &config.services, asked).unwrap_or_default(),
            }
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    match screen.form() {
        Form::Text => screen.line(text.trim_end()),
        Form::Json => screen.object(&json!({ "v": 1, "document": text })),
    }
    Ok(Exit::Done)
}

/// A JSON document is the same in both forms, but for its white space.
fn document(text: &str, screen: &Screen) -> Exit {
    let pretty = || serde_json::to_string_pretty(&serde_json::from_str::<Value>(text).ok()?).ok();
    match screen.form() {
        Form::Text => screen.line(pretty().as_deref().unwrap_or(text)),
        Form::Json => screen.line(text),
    }
    Exit::Done
}

fn named<'a>(config: &'a Config, name: &str) -> Outcome<&'a Service> {
    config.services.iter().find(|service| service.name == name).ok_or_else(|| {
        let known: Vec<&str> = config.services.iter().map(|service| service.name.as_str()).collect();
        let diagnostic = Diagnostic::new(Code::Usage, format!("there is no service `{name}` in the configuration"));
        Box::new(diagnostic.note(format!("those there are: {}", known.join(" "))))
    })
}
