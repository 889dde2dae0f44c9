//! HTTP clients that know nothing of our protocols, or little: Go's, .NET's, Emacs', a monitor's, and netcat; and Perl's
//! RPC::XML, which packs its requests.

use std::ffi::OsString;

use testbed::Requirement::{Perl, Program};
use testbed::need;

use crate::house::{Driver, House, clients};

#[test]
fn perl_by_rpc_xml_is_satisfied() {
    if need(&[Perl("RPC::XML::Client"), Perl("LWP::Protocol::https")]) {
        House::open().serves(&Driver::script("perl", "rpc_xml.pl"), &[""]);
    }
}

#[test]
fn go_by_json_rpc_is_satisfied() {
    if !need(&[Program("gccgo-12")]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("http_client");
    let compiler = ["gccgo-12".into(), "-o".into(), program.clone().into_os_string()];
    Driver::program("gccgo-12", compiler).run(&[&clients().join("http_client.go").to_string_lossy()]);
    House::open().serves(&Driver::program("http_client", [program.into_os_string()]), &[""]);
}

#[test]
fn dotnet_by_json_rpc_over_its_own_http_is_satisfied() {
    if !need(&[Program("mono"), Program("mcs")]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("http_client.exe");
    let compiler = ["mcs", "-nologo", "-r:System.Net.Http"].map(OsString::from);
    let source = clients().join("http_client.cs");
    let out = format!("-out:{}", program.display());
    Driver::program("mcs", compiler).run(&[&out, &source.to_string_lossy()]);
    let driver = Driver::program("http_client.exe", ["mono".into(), program.into_os_string()]);
    House::open().serves_over_http(&driver, &["-httpclient", "-webclient"]);
}

#[test]
fn emacs_by_json_rpc_is_satisfied() {
    if need(&[Program("emacs")]) {
        let command = ["emacs", "-Q", "--batch", "-l"].map(OsString::from);
        let command = [&command[..], &[clients().join("url.el").into_os_string()]].concat();
        House::open().serves_over_http(&Driver::program("url.el", command), &[""]);
    }
}

/// It hangs up its side before the answer comes.
#[test]
fn netcat_that_hangs_up_its_side_is_satisfied() {
    if need(&[Program("nc")]) {
        House::open().serves_over_http(&Driver::script("sh", "nc.sh"), &[""]);
    }
}

/// HTTP/1.0 with `Host` for a GET, 1.1 for a POST, over TLS too.
#[test]
fn a_monitor_finds_the_api_well() {
    const CHECK: &str = "/usr/lib/nagios/plugins/check_http";
    if !need(&[testbed::Requirement::File(CHECK)]) {
        return;
    }
    let house = House::open();
    let [plain, secure] = house.urls();
    let port = |url: &str| url.rsplit_once(':').map(|(_, rest)| rest.trim_end_matches("/rpc").to_owned()).unwrap();
    let check = Driver::program("check_http", [OsString::from(CHECK)]);
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"TestAPI.echo","params":["well"]}"#;
    let post = ["-u", "/rpc", "-P", call, "-T", "application/json", "-s", r#""result":"well""#];
    let get = ["-u", "/rpc", "-s", "Callpost speaks", "-e", "200 OK"];
    let (_, pem) = house.server.certificate("monitor");
    let pem = pem.to_string_lossy();
    for ask in [&post[..], &get] {
        check.run(&[&["-H", "localhost", "-I", "127.0.0.1", "-p", &port(&plain)], ask].concat());
        check.run(
            &[&["-H", "localhost", "-I", "127.0.0.1", "-p", &port(&secure), "-S", "-J", &pem, "-K", &pem], ask]
                .concat(),
        );
    }
}
