//! One `python3` that reads many documents: each goes in with its length before it, each comes back as a line of JSON.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value as Json;

/// Says what it reads as `[kind, content]`, since JSON alone cannot tell `1` from `1.0`, nor octets from text.
const PROGRAM: &str = r#"
import base64, datetime, decimal, json, struct, sys, xmlrpc.client as x
sys.set_int_max_str_digits(0)
def said(v):
    if v is None: return ["null"]
    if isinstance(v, bool): return ["bool", v]
    if isinstance(v, int): return ["int", str(v)]
    if isinstance(v, float): return ["double", str(struct.unpack("<Q", struct.pack("<d", v))[0])]
    if isinstance(v, decimal.Decimal): return ["decimal", str(v)]
    if isinstance(v, str): return ["text", v]
    if isinstance(v, x.Binary): return ["octets", base64.b64encode(v.data).decode()]
    if isinstance(v, x.DateTime): return ["time", v.value]
    if isinstance(v, (list, tuple)): return ["list", [said(i) for i in v]]
    if isinstance(v, dict): return ["map", [[k, said(m)] for k, m in v.items()]]
    raise TypeError(type(v))
def loads(octets):
    try:
        params, name = x.loads(octets)
        return ["call", name, said(params)]
    except x.Fault as f:
        return ["fault", said(f.faultCode), said(f.faultString)]
read = {b"J": lambda o: said(json.loads(o.decode())), b"X": loads}
while head := sys.stdin.buffer.readline():
    octets = sys.stdin.buffer.read(int(head[1:]))
    try: answer = read[head[:1]](octets)
    except Exception as e: answer = ["refused", type(e).__name__ + ": " + str(e)]
    print(json.dumps(answer), flush=True)
"#;

/// A running python3.
pub(crate) struct Python {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

/// Which of its readers.
#[derive(Clone, Copy)]
pub(crate) enum Reader {
    /// `json.loads`.
    Json,
    /// `xmlrpc.client.loads`.
    XmlRpc,
}

impl Python {
    pub(crate) fn start() -> Self {
        let mut command = Command::new("python3");
        let piped = command.args(["-c", PROGRAM]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, to, from }
    }

    /// What it reads.
    pub(crate) fn read(&mut self, reader: Reader, octets: &[u8]) -> Json {
        let mark = match reader {
            Reader::Json => 'J',
            Reader::XmlRpc => 'X',
        };
        writeln!(self.to, "{mark}{}", octets.len()).unwrap();
        self.to.write_all(octets).unwrap();
        self.to.flush().unwrap();
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        // A lone surrogate, which only Python lets pass, is no Rust text.
        serde_json::from_str(&line).unwrap_or_else(|_| serde_json::json!(["unspeakable", line]))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// True where Python says what our value says.
pub(crate) fn is_same(ours: &rpc::Value, theirs: &Json) -> bool {
    use rpc::Value;
    let (kind, content) = (theirs[0].as_str().unwrap(), &theirs[1]);
    let text = || content.as_str().unwrap_or_default();
    match (ours, kind) {
        (Value::Null, "null") => true,
        (Value::Bool(ours), "bool") => Some(*ours) == content.as_bool(),
        (Value::Int(ours), "int") => ours.to_string() == text(),
        (Value::Double(ours), "double") => ours.to_bits().to_string() == text(),
        // DIFFERENCE: Python's integers have no end; beyond i64 ours is a double where that is exact, else its digits.
        (Value::Double(ours), "int") if *ours != 0.0 => format!("{ours:.0}") == text(),
        // DIFFERENCE: JSON's `-0` is the integer 0 to Python, and a double with its sign to us.
        (Value::Double(_), "int") => text() == "0",
        (Value::Decimal(ours), "int" | "decimal") => {
            ours.trim_start_matches('+') == text() || is_same_decimal(ours, text())
        }
        // DIFFERENCE: what a double would round ours keeps as it was written; Python rounds.
        (Value::Decimal(ours), "double") => ours.parse::<f64>().is_ok_and(|ours| ours.to_bits().to_string() == text()),
        (Value::Int(ours), "decimal") => is_same_decimal(&ours.to_string(), text()),
        (Value::Text(ours), "text") => ours.string == text(),
        (Value::Bytes(ours), "octets") => {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(ours) == text()
        }
        (Value::DateTime(ours), "time") => ours.lexical == text(),
        (Value::List(ours), "list") => all_same(ours.iter(), content.as_array().unwrap()),
        (Value::Map(ours), "map") => {
            let theirs = content.as_array().unwrap();
            let same_names = ours.keys().eq(theirs.iter().map(|member| member[0].as_str().unwrap()));
            same_names && ours.values().zip(theirs).all(|(ours, member)| is_same(ours, &member[1]))
        }
        _ => false,
    }
}

pub(crate) fn all_same<'v>(ours: impl ExactSizeIterator<Item = &'v rpc::Value>, theirs: &[Json]) -> bool {
    ours.len() == theirs.len() && ours.zip(theirs).all(|(ours, theirs)| is_same(ours, theirs))
}

/// Python shows `Decimal("1E+2")` and `Decimal("0.10")` in ways of its own.
fn is_same_decimal(ours: &str, theirs: &str) -> bool {
    ours.parse::<f64>().ok() == theirs.parse::<f64>().ok()
}
