//! `check --as-client URL -E PEM`: what one of the API's clients would meet: its certificate, the handshake, one echo.

use std::path::{Path, PathBuf};
use std::time::Duration;

use client::http::Endpoint;
use config::Config;
use diagnostic::url::shown;
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use jiff::Timestamp;
use rpc::codec;
use rpc::{Call, MethodName, Params, Protocol};

use crate::cli::Check;

use super::Line;

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// What is echoed.
const WORD: &str = "callpost check";

pub(super) fn check(config: &Config, url: &str, check: &Check) -> Vec<Line> {
    let shown = shown(url);
    let mut lines: Vec<Line> = check.cert.as_deref().map(pem).into_iter().collect();
    lines.push(match echo(config, url, check) {
        Ok(()) => Line::good("client", format!("{shown}: TestAPI.echo answered")),
        Err(diagnostic) => Line::of("client", &diagnostic),
    });
    lines
}

/// The client's certificate and key, before anything is sent.
fn pem(path: &Path) -> Line {
    let shown = path.display();
    let pem = match std::fs::read(path) {
        Ok(pem) => pem,
        Err(error) => return Line::bad("tls", Exit::NoInput, format!("{shown} cannot be read: {error}")),
    };
    let findings = pki::inspect(&pem, Timestamp::now());
    match findings.iter().find_map(|finding| finding.refused().first()) {
        Some(why) => Line::bad("tls", Exit::Data, format!("{shown}: {why}")),
        None => Line::good("tls", format!("{shown}: nothing that TLS refuses")),
    }
}

fn echo(config: &Config, url: &str, check: &Check) -> Outcome<()> {
    let (uri, url) = (url.parse(), shown(url));
    let silent =
        |why: String| Box::new(Diagnostic::new(Code::ApiUnreachable, format!("{url} gave no answer")).because(why));
    let ca = trusted(config, check);
    let endpoint = Endpoint {
        url: uri.map_err(|_| Box::new(Diagnostic::new(Code::Usage, format!("`{url}` is no URL"))))?,
        tls: pki::client_config(check.cert.as_deref(), ca.as_deref())?,
        wait: PATIENCE,
    };
    let call = Call { method: MethodName("TestAPI.echo".into()), params: Params::Positional(vec![WORD.into()]) };
    let document = codec::write(Protocol::JsonRpc, call, "").map_err(|fault| silent(fault.message))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| silent(error.to_string()))?;
    let answer =
        runtime.block_on(endpoint.post(Protocol::JsonRpc, document)).map_err(|error| silent(error.to_string()))?;
    let answer = answer.ok_or_else(|| silent("the answer is empty".into()))?;
    let outcome = codec::read(Protocol::JsonRpc, &answer).map_err(|error| silent(error.to_string()))?;
    match outcome {
        Ok(value) if value == WORD.into() => Ok(()),
        Ok(_) => Err(silent("the echo is not what was sent".into())),
        Err(fault) => {
            Err(Box::new(Diagnostic::new(Code::Faulted, format!("{url} answered a fault: {}", fault.message))))
        }
    }
}

/// The CA to trust: the one that was said, else this machine's own CA where there is one, else the system's.
fn trusted(config: &Config, check: &Check) -> Option<PathBuf> {
    let own = || Some(config.state.join("ca/ca.pem")).filter(|path| path.exists());
    check.cacert.clone().or_else(own)
}
