//! The Python packages the tests need, in an environment of their own under the tools folder.

use std::process::Command;

use anyhow::{Context, Result};

use crate::shell::{output, step, succeeds, tools};

/// SOAP clients that read our WSDL, JSON-RPC clients, a maker of REST clients, a verifier of DKIM, a signer of zones, and the schemas of WSDL and SOAP with
/// what validates by them.
const PACKAGES: [&str; 15] = [
    "dkimpy==1.1.8",
    "pynacl==1.6.2", // Ed25519 for it
    "dnspython==2.9.2",
    "cryptography==50.0.2", // signs zones with it
    "zeep==4.3.1",
    "suds==1.2.0",
    "jsonrpclib-pelix==1.2.0",
    "jsonrpcclient==4.0.3",
    "requests==2.34.2",
    "pysimplesoap==1.16.2",
    "xmlschema==4.3.2",
    "mcp==2.3.0",
    "openapi-generator-cli==7.26.0", // carries its jar; java runs it
    "python-dateutil==4.0.0",        // what it makes wants this
    "standardwebhooks==1.1.0",
];

/// Makes the environment and installs what is missing in it.
pub(super) fn provide() -> Result<()> {
    let venv = tools().join("venv");
    let python = venv.join("bin/python3");
    if succeeds(Command::new(&python).args([
        "-c",
        "import dkim, nacl, dns.dnssec, cryptography, zeep, suds, jsonrpclib, jsonrpcclient, requests, pysimplesoap, xmlschema, \
             mcp, openapi_generator_cli, dateutil, pydantic, standardwebhooks",
    ])) {
        return Ok(());
    }
    eprintln!("── Python packages: {}", PACKAGES.join(" "));
    let _ = std::fs::remove_dir_all(&venv);
    output(Command::new("python3").args(["-m", "venv"]).arg(&venv)).context("Python's own environment")?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
    step("pip install", &mut install).with_context(|| format!("Python packages not installed: {}", PACKAGES.join(" ")))
}
