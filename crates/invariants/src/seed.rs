//! Where the fuzzer begins: what real programs sent (`crates/*/tests/`), cut to what each target reads.

use std::path::{Path, PathBuf};

use mail::payload;

/// The octets to begin with, for the target of this name.
#[must_use]
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let prefixed = |prefix: &[u8], all: Vec<Vec<u8>>| all.into_iter().map(|one| [prefix, &one].concat()).collect();
    match target {
        "json" | "json_rpc" => documents(b'{'),
        "xml" | "xml_rpc" | "soap" => documents(b'<'),
        "xml_rpc_answer" => prefixed(b"", documents(b'<')),
        "recognise" => [b'{', b'<'].into_iter().flat_map(|first| prefixed(b"\0", documents(first))).collect(),
        "payload" | "header" | "report" | "mbox" => mails(),
        "data" => prefixed(b"\x07", mails()),
        "session" => prefixed(b"\0\x05", sessions()),
        "dialogue" => prefixed(b"\0\x05", texts(&SERVERS)),
        "reply" => prefixed(b"\x05", texts(&SERVERS)),
        "address" => texts(&ADDRESSES),
        "draft" => texts(&DRAFTS),
        "control" | "drop" => texts(&REQUESTS),
        "configuration" => texts(&CONFIGURATIONS),
        "stored" => crate::stored::seeds(),
        "description" => [texts(&DESCRIPTIONS), files("callpost/tests/upstreams/described", &[".wsdl"])].concat(),
        _ => Vec::new(),
    }
}

const REQUESTS: [&str; 7] = [
    "\"ready\"",
    "\"status\"",
    "{\"submit\":{\"from\":\"a@b.example\",\"to\":[\"c@d.example\",\"e@f.example\"],\"message\":\"U3ViamVjdDogeA0KDQp5DQo=\"}}",
    "{\"receive\":{\"from\":\"\",\"recipient\":\"calendar@b.example\",\"service\":null,\"message\":\"RnJvbTogYUBiDQoNCg==\"}}",
    "{\"answer-mail\":{\"from\":\"a@b.example\",\"recipient\":\"\",\"service\":\"calendar\",\"message\":\"\"}}",
    "{\"wait\":{\"ids\":[\"0190a-1\",\"0190a-2\"],\"seconds\":30}}\n",
    "{\"store\":{\"queue\":{}}}",
];
const CONFIGURATIONS: [&str; 4] = [
    "hostname = \"mail.b.example\"\nstate = \"/var/lib/callpost\"\n\n[http]\nlisten = [\"127.0.0.1:8080\", \"[::1]:8080\"]\n",
    "[deliver]\nmode = \"smarthost\"\nsmarthost = \"relay.b.example:587\"\ntls = \"required\"\n\n[[route]]\ndomain = \"*.b.example\"\n",
    "[smtp]\nlisten = \"127.0.0.1:2525\"\nmax_size = \"25 MiB\"\n\n[[service]]\nname = \"calendar\"\naddress = [\"calendar@b.example\"]\n",
    "[limits]\nin_flight = \"64 MiB\"\nmax_depth = 64\n[log]\nlevel = \"debug\"\nformt = 'json'\n[queue]\nretry = [\"1m\", \"1h30m\"]\n",
];
const SERVERS: [&str; 4] = [
    "220 there\r\n250-there\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 SIZE 1000000\r\n250 2.1.0 ok\r\n\
     250 2.1.5 ok\r\n354 go\r\n250 2.0.0 queued as 1\r\n250 ok\r\n250 ok\r\n550 5.1.1 no\r\n354 go\r\n250 done\r\n221 bye\r\n",
    "220 there\r\n250-there\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n220 go\r\n250-there\r\n250 AUTH LOGIN\r\n334 VXNlcm5hbWU6\r\n\
     334 UGFzc3dvcmQ6\r\n235 2.7.0 ok\r\n250 ok\r\n451 4.2.1 later\r\n503 no\r\n421 4.3.2 closing\r\n",
    "220-one\r\n220 two\r\n502 what\r\n250 there\r\n250 ok\r\n250 ok\r\n354\r\n452 4.3.1 full\r\n",
    "554 5.7.1 go away\r\n",
];
const ADDRESSES: [&str; 8] = [
    "a@b.example",
    "\"a b\\\" c\"@b.example, Jan Kowalski <jan@b.example>",
    "=?UTF-8?Q?=C5=BB?= <z@b.example>, \"Nowak, Jan\" <n@[192.0.2.1]>",
    "grupa: a@b.example, b@b.example;, c@[IPv6:2001:db8::1]",
    "Żółw <żółw@dom.example>, x@żółw.example",
    "a (comment (nested)) @ b . example",
    "*@*.example.edu",
    "<@route.example:a@b.example>",
];
const DRAFTS: [&str; 6] = [
    "X-Mailer: PHP\r\nReply-To: r@b.example\u{1f}Dzień dobry\n.\n\u{1f}Zażółć gęślą jaźń\u{1f}Jan <to@b.example>, c@b.example",
    "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\u{1f}<p>x</p>\u{1f}x",
    "Cc: a@b.example\r\nBcc: b@b.example\nMessage-ID: <1@b.example>\nReturn-Path: <r@b.example>\u{1f}text",
    "Content-Type: multipart/mixed; boundary=\"x\"\u{1f}--x\r\n\r\ny\r\n--x--\r\n\u{1f}s",
    "X-Long: a\r\n folded\r\n\tagain\u{1f}\u{1f}=?UTF-8?Q?x?= y\u{1f}\u{1f}Ja <ja@b.example>\u{1f}c@b.example\u{1f}d@b.example",
    "\u{1f}text\u{1f}s\u{1f}t@b.example\u{1f}f@b.example\u{1f}\u{1f}\u{1f}r@b.example\u{1f}<p>html</p>",
];

const DESCRIPTIONS: [&str; 4] = [
    "<w:definitions xmlns:w=\"http://schemas.xmlsoap.org/wsdl/\" xmlns:s=\"http://schemas.xmlsoap.org/wsdl/soap/\" \
     xmlns:x=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"urn:t\" targetNamespace=\"urn:t\"><w:types>\
     <x:schema targetNamespace=\"urn:t\" elementFormDefault=\"qualified\"><x:element name=\"a\" type=\"t:A\"/>\
     <x:complexType name=\"A\"><x:sequence><x:element name=\"n\" type=\"x:int\" nillable=\"1\"/>\
     <x:element ref=\"t:a\" minOccurs=\"0\" maxOccurs=\"9\"/></x:sequence></x:complexType></x:schema></w:types>\
     <w:message name=\"m\"><w:part name=\"p\" element=\"t:a\"/></w:message><w:portType name=\"P\"><w:operation name=\"o\">\
     <w:input message=\"t:m\"/><w:output message=\"t:m\"/></w:operation></w:portType><w:binding name=\"B\" type=\"t:P\">\
     <s:binding style=\"document\"/><w:operation name=\"o\"><s:operation soapAction=\"urn:o\"/></w:operation></w:binding></w:definitions>",
    "<w:definitions xmlns:w=\"http://schemas.xmlsoap.org/wsdl/\" xmlns:s=\"http://schemas.xmlsoap.org/wsdl/soap/\" \
     xmlns:x=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"urn:t\" targetNamespace=\"urn:t\"><w:types><x:schema targetNamespace=\"urn:t\">\
     <x:complexType name=\"L\"><x:complexContent><x:restriction base=\"e:Array\" xmlns:e=\"http://schemas.xmlsoap.org/soap/encoding/\">\
     <x:attribute ref=\"e:arrayType\" w:arrayType=\"x:hexBinary[]\"/></x:restriction></x:complexContent></x:complexType></x:schema></w:types>\
     <w:message name=\"m\"><w:part name=\"p\" type=\"t:L\"/></w:message><w:portType name=\"P\"><w:operation name=\"o\">\
     <w:input message=\"t:m\"/></w:operation></w:portType><w:binding name=\"B\" type=\"t:P\"><s:binding style=\"rpc\"/>\
     <w:operation name=\"o\"><w:input><s:body use=\"encoded\" namespace=\"urn:n\"/></w:input></w:operation></w:binding></w:definitions>",
    r##"{"methods":[{"name":"a","paramStructure":"by-name","params":[{"name":"n","schema":{"$ref":"#/s/T"}},{"$ref":"#/p/0"}],
        "result":{"schema":{"type":["array","null"],"items":{"type":"integer"}}}}],"p":[{"name":"q","required":true}],
        "s":{"T":{"type":"object","properties":{"t":{"$ref":"#/s/T"},"d":{"allOf":[{"$ref":"#/s/T"}]},
        "w":{"type":"string","format":"date-time"}},"additionalProperties":{"type":"number"}}}}"##,
    r#"[["a",[["array","int"],["array","int","struct"]],"Help."],["b","undef",null],["c",["string","base64","dateTime.iso8601"]]]"#,
];

fn texts(all: &[&str]) -> Vec<Vec<u8>> {
    all.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The documents of the captures whose first character is this one (or a `[`, which goes with `{`).
fn documents(first: u8) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = files("rpc/tests/data/xml", &[""]);
    all.extend(files("rpc/tests/data/http", &[".req"]).iter().flat_map(|requests| bodies(requests)));
    for mail in mails() {
        if let Ok(found) = payload::find(&mail, &payload::MimeLimits::default()) {
            all.extend(found.candidates.into_iter().map(|candidate| candidate.bytes.into_owned()));
        }
    }
    all.retain(|octets| {
        octets.trim_ascii_start().first().is_some_and(|c| *c == first || (first == b'{' && *c == b'['))
    });
    all.sort();
    all.dedup();
    all
}

/// The bodies of HTTP requests with Content-Length, one after the other.
fn bodies(requests: &[u8]) -> Vec<Vec<u8>> {
    let (mut rest, mut bodies) = (requests, Vec::new());
    while let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&rest[..end]).to_ascii_lowercase();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
        let (body, behind) = rest[end + 4..].split_at_checked(length).unwrap_or((&rest[end + 4..], b""));
        bodies.push(body.to_vec());
        rest = behind;
    }
    bodies
}

fn mails() -> Vec<Vec<u8>> {
    ["mail/tests/data", "rpc/tests/data/mail", "smtp/tests/session/captures"]
        .into_iter()
        .flat_map(|folder| files(folder, &[".eml", ".msg"]))
        .collect()
}

/// What clients sent, and the client's lines of the scripts.
fn sessions() -> Vec<Vec<u8>> {
    let scripts = files("smtp/tests/session/dialogues", &[".txt"]);
    let lines = |script: &Vec<u8>| -> Vec<u8> {
        let text = String::from_utf8_lossy(script).into_owned();
        let lines = text.lines().filter_map(|line| line.strip_prefix("C: ")).flat_map(|line| [line, "\r\n"]);
        lines.collect::<String>().into_bytes()
    };
    let mut all: Vec<Vec<u8>> = scripts.iter().map(lines).collect();
    all.extend(files("smtp/tests/session/captures", &[".smtp"]));
    all
}

/// The files of a folder of `crates/` whose names end so, in the order of their names.
fn files(folder: &str, ends: &[&str]) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let listing = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = listing.map(|entry| entry.expect("a folder's entry").path()).collect();
    paths.retain(|path| ends.iter().any(|end| path.to_string_lossy().ends_with(end)));
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a capture is read")).collect()
}
