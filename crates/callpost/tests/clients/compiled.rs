//! Clients that are compiled first: C with xmlrpc-c and gSOAP, Java with aXMLRPC, Axis 1 and its own HTTP (gSOAP and Axis
//! from our WSDL); and the command line of xmlrpc-c, which shows what it was given.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use testbed::Requirement::{File, Program};
use testbed::need;

use crate::house::{Driver, House, clients};

/// Runs a compiler with these arguments after `-o FOLDER/NAME` (C) and gives the program.
fn compiled(folder: &TempDir, name: &str, arguments: &[&str]) -> PathBuf {
    let program = folder.path().join(name);
    let compiler = ["gcc".into(), "-Wall".into(), "-Werror".into(), "-o".into(), program.clone().into_os_string()];
    Driver::program("gcc", compiler).run(arguments);
    program
}

#[test]
fn c_by_xml_rpc_is_satisfied() {
    if !need(&[Program("gcc"), File("/usr/include/xmlrpc-c/client.h")]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = clients().join("xmlrpc_c.c");
    let libraries = ["-lxmlrpc_client", "-lxmlrpc", "-lxmlrpc_util"];
    let program = compiled(&folder, "xmlrpc_c", &[&[&*source.to_string_lossy()], &libraries[..]].concat());
    House::open().serves(&Driver::program("xmlrpc_c", [program.into_os_string()]), &[""]);
}

/// It knows neither certificates nor CAs: as an administrator would, socat takes its HTTP to HTTPS and shows the certificate.
#[test]
fn the_command_line_of_xmlrpc_c_is_satisfied() {
    if !need(&[Program("xmlrpc"), Program("socat")]) {
        return;
    }
    let house = House::open();
    let [http, _] = house.urls();
    speaks_xml_rpc_c(&http);
    let tunnel = house.tunnel("xmlrpc");
    speaks_xml_rpc_c(&tunnel.url);
}

fn speaks_xml_rpc_c(url: &str) {
    let xmlrpc = Driver::program("xmlrpc", [OsString::from("xmlrpc")]);
    let call = |arguments: &[&str]| xmlrpc.run(&[&[url], arguments].concat());
    for (given, shown) in [
        ("s/Hello world", "String: 'Hello world'"),
        ("i/-5", "Integer: -5"),
        ("b/true", "Boolean: TRUE"),
        ("I/1099511627776", "64-bit integer: 1099511627776"),
        ("n/", "Nil"),
        ("h/00ff", "Bit string: 00ff"),
    ] {
        let said = call(&["TestAPI.echo", given]);
        assert!(said.contains(shown), "{given}: {said}");
    }
    let month = call(&["getMonth", "i/2003", "i/1"]);
    assert!(month.contains("      January 2003\\n\n  Mo Tu We Th Fr Sa Su\\n\n         1  2  3  4  5\\n\n"), "{month}");
    let fault = xmlrpc.output(&[url, "getMonth", "i/2003", "i/13"]);
    let said = String::from_utf8_lossy(&fault.stderr);
    assert!(said.contains("month must be from 1 to 12, not 13.  (XML-RPC fault code -32602)"), "{said}");
}

/// An operation that the server has not, as gSOAP's generator wants it declared.
const UNKNOWN: &str = "
struct ns1__noSuchMethodResponse { char *return_; };
int ns1__noSuchMethod(int x, struct ns1__noSuchMethodResponse *);
";

/// gSOAP writes the stubs from the WSDL that the server gives at this query; they are compiled with the driver.
fn gsoap(query: &str, defines: &[&str]) {
    let headers = [File("/usr/include/stdsoap2.h"), File("/usr/include/openssl/ssl.h"), File("/usr/include/zlib.h")];
    if !need(&[&[Program("gcc"), Program("wsdl2h"), Program("soapcpp2")], &headers[..]].concat()) {
        return;
    }
    let house = House::open();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let [url, _] = house.urls();
    let generator = |program: &str| Driver::program(program, [OsString::from(program)]);
    generator("wsdl2h").run(&["-c", "-O1", "-o", &path("callpost.h"), &format!("{url}{query}")]);
    let header = std::fs::read_to_string(path("callpost.h")).unwrap();
    std::fs::write(path("callpost.h"), header + UNKNOWN).unwrap();
    generator("soapcpp2").run(&["-c", "-C", "-L", "-w", "-x", "-d", &path(""), &path("callpost.h")]);
    let with = ["-DWITH_IPV6", "-DWITH_OPENSSL", "-DWITH_GZIP", "-DWITH_DOM", "-I", &path("")];
    let sources = [clients().join("gsoap.c").to_string_lossy().into_owned(), path("soapC.c"), path("soapClient.c")];
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let libraries = ["-lgsoapssl"];
    let program = compiled(&folder, "gsoap", &[&with[..], defines, &sources, &libraries].concat());
    house.serves(&Driver::program("gsoap", [program.into_os_string()]), &["-soap11", "-soap12"]);
}

#[test]
fn c_by_soap_from_our_wsdl_is_satisfied() {
    gsoap("?wsdl", &[]);
}

#[test]
fn c_by_soap_from_our_wsdl_in_style_document_is_satisfied() {
    gsoap("?wsdl=document", &["-DDOCUMENT"]);
}

/// Java's classes, compiled into one folder, with the jars they need.
fn java(main: &str, jars: &[&'static str], sources: &[&str]) -> Option<(TempDir, Driver)> {
    let mut requirements = vec![Program("java"), Program("javac")];
    requirements.extend(jars.iter().map(|jar| File(jar)));
    need(&requirements).then(|| java_in(tempfile::tempdir().unwrap(), main, (jars, sources)))
}

fn java_in(folder: TempDir, main: &str, about: (&[&str], &[&str])) -> (TempDir, Driver) {
    let (jars, sources) = about;
    let path = |of: &Path| of.to_string_lossy().into_owned();
    let classes = [vec![path(folder.path())], jars.iter().map(|jar| (*jar).to_owned()).collect()].concat().join(":");
    let javac =
        ["javac", "-nowarn", "-encoding", "UTF-8", "-cp", &classes, "-d", &path(folder.path())].map(OsString::from);
    let files: Vec<String> = sources.iter().map(|source| path(&clients().join("java").join(source))).collect();
    Driver::program("javac", javac).run(&files.iter().map(String::as_str).collect::<Vec<_>>());
    let command = ["java", "-Dfile.encoding=UTF-8", "-cp", &classes, main].map(OsString::from);
    (folder, Driver::program(main, command))
}

#[test]
fn java_by_xml_rpc_is_satisfied() {
    let jars = ["/usr/share/java/axmlrpc.jar"];
    if let Some((_classes, driver)) = java("AxmlRpc", &jars, &["Field.java", "AxmlRpc.java"]) {
        House::open().serves(&driver, &[""]);
    }
}

#[test]
fn java_by_its_own_http_is_satisfied() {
    if let Some((_classes, driver)) = java("Jdk", &[], &["Field.java", "Jdk.java"]) {
        House::open().serves(&driver, &["-length", "-chunked", "-modern"]);
    }
}

const JARS: &str = "/usr/share/java";

/// The class path of these jars.
fn jars(names: &[&str]) -> String {
    names.iter().map(|name| format!("{JARS}/{name}.jar")).collect::<Vec<_>>().join(":")
}

/// Compiles a driver with the stubs that a generator wrote into this folder of the temporary one.
fn with_stubs(folder: TempDir, stubs: &str, about: (&str, &str)) -> (TempDir, Driver) {
    let (driver, jars) = about;
    let written = std::fs::read_dir(folder.path().join(stubs)).unwrap();
    let written: Vec<String> = written.map(|entry| entry.unwrap().path().to_string_lossy().into_owned()).collect();
    let main = format!("{driver}.java");
    let sources: Vec<&str> = ["Field.java", &main].into_iter().chain(written.iter().map(String::as_str)).collect();
    java_in(folder, driver, (&jars.split(':').collect::<Vec<_>>(), &sources))
}

/// Axis 1 writes the stubs from the WSDL that the server gives at this query; they are compiled with the driver.
fn axis(query: &str) {
    if !need(&[Program("java"), Program("javac"), File("/usr/share/java/axis.jar"), File("/usr/share/java/wsdl4j.jar")])
    {
        return;
    }
    let jars = jars(&["axis", "axis-jaxrpc", "axis-saaj", "commons-discovery", "commons-logging", "wsdl4j"]);
    let house = House::open();
    let folder = tempfile::tempdir().unwrap();
    let [url, _] = house.urls();
    let generator = ["java", "-cp", &jars, "org.apache.axis.wsdl.WSDL2Java"].map(OsString::from);
    let into = folder.path().to_string_lossy().into_owned();
    let wsdl = format!("{url}{query}");
    Driver::program("WSDL2Java", generator).run(&["-w", "-a", "-o", &into, "-p", "callpost", &wsdl]);
    let (_classes, driver) = with_stubs(folder, "callpost", ("Axis", &jars));
    house.serves(&driver, &[""]);
}

#[test]
fn java_by_soap_from_our_wsdl_is_satisfied() {
    axis("?wsdl");
}

#[test]
fn java_by_soap_from_our_wsdl_in_style_document_is_satisfied() {
    axis("?wsdl=document");
}

/// JAX-WS (the reference implementation) writes the stubs; it has a class for each fault, and speaks SOAP 1.2 if it is let.
#[test]
fn java_by_jax_ws_is_satisfied() {
    if !need(&[Program("java"), Program("javac"), Program("wsimport"), File("/usr/share/java/jaxws-rt.jar")]) {
        return;
    }
    let house = House::open();
    let folder = tempfile::tempdir().unwrap();
    let [url, _] = house.urls();
    let into = folder.path().to_string_lossy().into_owned();
    let generator = Driver::program("wsimport", [OsString::from("wsimport")]);
    let wsdl = format!("{url}?wsdl=document");
    generator.run(&["-quiet", "-extension", "-keep", "-Xnocompile", "-d", &into, "-p", "callpost", &wsdl]);
    let (_classes, driver) = with_stubs(folder, "callpost", ("JaxWs", &jars(JAX_WS)));
    house.serves(&driver, &["-soap11", "-soap12"]);
}

const JAX_WS: &[&str] = &["jaxws-rt"];

/// .NET, as Mono has it: `wsdl` writes the stubs from the WSDL that the server gives at this query.
fn dotnet(query: &str, define: &str) {
    if !need(&[Program("mono"), Program("mcs"), Program("wsdl"), Program("openssl")]) {
        return;
    }
    let house = House::open();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let [url, _] = house.urls();
    let tool = |name: &str| Driver::program(name, [OsString::from(name)]);
    tool("wsdl").run(&["-nologo", &format!("-out:{}", path("Stubs.cs")), &format!("{url}{query}")]);
    let driver = clients().join("dotnet/Drive.cs").to_string_lossy().into_owned();
    let out = format!("-out:{}", path("drive.exe"));
    tool("mcs").run(&["-nologo", "-r:System.Web.Services", define, &out, &path("Stubs.cs"), &driver]);
    let command = ["mono".into(), OsString::from(path("drive.exe"))];
    house.serves(&Driver::program("dotnet", command), &["-soap11", "-soap12"]);
}

#[test]
fn dotnet_by_soap_from_our_wsdl_is_satisfied() {
    dotnet("?wsdl", "-d:RPC");
}

#[test]
fn dotnet_by_soap_from_our_wsdl_in_style_document_is_satisfied() {
    dotnet("?singleWsdl", "-d:DOCUMENT");
}
