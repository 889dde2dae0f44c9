//! What programs of this machine ask: a line of the control socket, a file of the drop folder.

use control::Request;

/// A line: what is understood is written back as one line that means the same.
pub(crate) fn check_line(octets: &[u8]) {
    match Request::read(octets) {
        Ok(request) => holds(&request, octets.len()),
        Err(words) => {
            assert!(!words.contains(char::is_control), "a refusal is one line: {words:?}");
            assert!(words.len() <= 4 * 300, "a refusal is short: {} octets", words.len());
        }
    }
}

/// A file: it is read as a line is, but for what is no mail.
pub(crate) fn check_drop(octets: &[u8]) {
    let line = Request::read(octets);
    match Request::read_mail(octets) {
        Ok(request) => {
            assert!(matches!(request, Request::Submit(_) | Request::Receive(_)), "{request:?}");
            assert_eq!(written(&request), written(&line.expect("a mail is a request")));
            holds(&request, octets.len());
        }
        Err(words) => {
            assert!(!words.is_empty() && !matches!(line, Ok(Request::Submit(_) | Request::Receive(_))), "{words}");
        }
    }
}

fn holds(request: &Request, read: usize) {
    let text = written(request);
    assert!(!text.contains('\n'), "a request is one line: {text}");
    assert_eq!(written(&Request::read(text.as_bytes()).expect("what we write is understood")), text);
    let octets = match request {
        Request::Submit(submit) => submit.message.0.len(),
        Request::Receive(receive) | Request::AnswerMail(receive) => receive.message.0.len(),
        _ => 0,
    };
    assert!(octets <= read, "a message of {octets} octets out of {read}");
}

fn written(request: &Request) -> String {
    serde_json::to_string(request).expect("a request can be written")
}
