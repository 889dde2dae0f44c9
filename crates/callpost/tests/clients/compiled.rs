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

#[test]
fn the_command_line_of_xmlrpc_c_is_satisfied() {
    if !need(&[Program("xmlrpc")]) {
        return;
    }
    let house = House::open();
    let [url, _] = house.urls();
    let xmlrpc = Driver::program("xmlrpc", [OsString::from("xmlrpc")]);
    let call = |arguments: &[&str]| xmlrpc.run(&[&[&*url], arguments].concat());
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
    let fault = xmlrpc.output(&[&url, "getMonth", "i/2003", "i/13"]);
    let said = String::from_utf8_lossy(&fault.stderr);
    assert!(said.contains("month must be from 1 to 12, not 13.  (XML-RPC fault code -32602)"), "{said}");
}

/// An operation that the server has not, as gSOAP's generator wants it declared.
const UNKNOWN: &str = "
struct ns1__noSuchMethodResponse { char *return_; };
int ns1__noSuchMethod(int x, struct ns1__noSuchMethodResponse *);
";

/// gSOAP writes the stubs from the WSDL that the server gives; they are compiled with the driver.
#[test]
fn c_by_soap_from_our_wsdl_is_satisfied() {
    let headers = [File("/usr/include/stdsoap2.h"), File("/usr/include/openssl/ssl.h"), File("/usr/include/zlib.h")];
    if !need(&[&[Program("gcc"), Program("wsdl2h"), Program("soapcpp2")], &headers[..]].concat()) {
        return;
    }
    let house = House::open();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let [url, _] = house.urls();
    let generator = |program: &str| Driver::program(program, [OsString::from(program)]);
    generator("wsdl2h").run(&["-c", "-O1", "-o", &path("callpost.h"), &format!("{url}?wsdl")]);
    let header = std::fs::read_to_string(path("callpost.h")).unwrap();
    std::fs::write(path("callpost.h"), header + UNKNOWN).unwrap();
    generator("soapcpp2").run(&["-c", "-C", "-L", "-w", "-x", "-d", &path(""), &path("callpost.h")]);
    let defines = ["-DWITH_IPV6", "-DWITH_OPENSSL", "-DWITH_GZIP", "-DWITH_DOM", "-I", &path("")];
    let sources = [clients().join("gsoap.c").to_string_lossy().into_owned(), path("soapC.c"), path("soapClient.c")];
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let libraries = ["-lgsoapssl"];
    let program = compiled(&folder, "gsoap", &[&defines[..], &sources, &libraries].concat());
    house.serves(&Driver::program("gsoap", [program.into_os_string()]), &["-soap11", "-soap12"]);
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

/// Axis 1 writes the stubs from the WSDL that the server gives; they are compiled with the driver.
#[test]
fn java_by_soap_from_our_wsdl_is_satisfied() {
    let jars = ["axis", "axis-jaxrpc", "axis-saaj", "commons-discovery", "commons-logging", "wsdl4j"];
    let jars = jars.map(|jar| format!("/usr/share/java/{jar}.jar"));
    let jars: Vec<&str> = jars.iter().map(String::as_str).collect();
    if !need(&[Program("java"), Program("javac"), File("/usr/share/java/axis.jar"), File("/usr/share/java/wsdl4j.jar")])
    {
        return;
    }
    let house = House::open();
    let folder = tempfile::tempdir().unwrap();
    let [url, _] = house.urls();
    let generator = ["java", "-cp", &jars.join(":"), "org.apache.axis.wsdl.WSDL2Java"].map(OsString::from);
    let into = folder.path().to_string_lossy().into_owned();
    let wsdl = format!("{url}?wsdl");
    Driver::program("WSDL2Java", generator).run(&["-w", "-a", "-o", &into, "-p", "callpost", &wsdl]);
    let stubs = std::fs::read_dir(folder.path().join("callpost")).unwrap();
    let stubs: Vec<String> = stubs.map(|entry| entry.unwrap().path().to_string_lossy().into_owned()).collect();
    let sources = ["Field.java", "Axis.java"].into_iter().chain(stubs.iter().map(String::as_str));
    let (_classes, driver) = java_in(folder, "Axis", (&jars, &sources.collect::<Vec<_>>()));
    house.serves(&driver, &[""]);
}
