//! HTML that strangers wrote, made fit for a frame in which nothing runs, nothing is sent and nothing is fetched.
//!
//! Three fences stand around it. The frame has an empty `sandbox`: no script, no form, no new window, no refresh. The policy of the
//! response allows inline styles and images that lie in the document itself, and nothing else. What no policy covers (`<link>` may
//! open connections and look up names before anything is fetched, Chromium connects to the server of an `<iframe>` before it
//! asks the policy, `<meta>` may say a policy or a charset of its own) is taken out here: a tag begins with `<` and its name,
//! so it is enough to give those a name that browsers do not know.

use std::fmt::Write as _;

use mail::reading::FilePart;

/// What the document may load: what lies in it.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; \
                                 base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The names that are taken away, in lower case.
const NAMES: [&str; 9] = ["link", "meta", "base", "script", "iframe", "frame", "fencedframe", "object", "embed"];

/// Kinds of images that may lie in a document.
const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Octets of an image at most.
const IMAGE: usize = 2 << 20;

/// The document, with the images that came with it.
pub(crate) fn html(html: &str, files: &[FilePart]) -> String {
    let mut inert = String::with_capacity(html.len() + html.len() / 8);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        inert.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        let name = rest.strip_prefix('/').unwrap_or(rest);
        if NAMES.iter().any(|known| begins_with(name, known)) {
            inert.push_str("x-");
        }
    }
    inert.push_str(rest);
    files.iter().fold(inert, with_image)
}

fn begins_with(text: &str, name: &str) -> bool {
    text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

/// RFC 2392: `cid:` names a part of the same message.
fn with_image(html: String, file: &FilePart) -> String {
    let Some(id) = file.content_id.as_deref().filter(|id| id.len() > 2) else { return html };
    if !IMAGES.contains(&file.media_type.as_str()) || file.octets.len() > IMAGE {
        return html;
    }
    let named = format!("cid:{id}");
    // Said often, it is there often: once is enough for whoever only wants to read.
    html.replacen(&named, &format!("data:{};base64,{}", file.media_type, base64(&file.octets)), 1)
}

fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(octets.len().div_ceil(3) * 4);
    for three in octets.chunks(3) {
        let bits = three.iter().enumerate().fold(0_u32, |bits, (at, octet)| bits | u32::from(*octet) << (16 - 8 * at));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            let _ = text.write_char(if at <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use mail::reading::FilePart;

    use super::{base64, html};

    #[test]
    fn what_no_policy_covers_is_taken_out_in_any_case() {
        let hostile = "<LINK rel=preconnect href=//evil><meta http-equiv=refresh content='0;url=//evil'><a><</link><Base href=//evil><IFRAME src=//evil>";
        let inert = html(hostile, &[]);
        for name in ["<link", "<meta", "<base", "</link", "<iframe"] {
            assert!(!inert.to_ascii_lowercase().contains(name), "{inert}");
        }
        assert!(inert.contains("<x-LINK rel") && inert.contains("<a>"));
        assert_eq!(html("a < b <", &[]), "a < b <");
    }

    #[test]
    fn images_that_came_along_are_shown_and_others_are_not() {
        let file = |id: &str, media_type: &str| FilePart {
            name: String::new(),
            media_type: media_type.to_owned(),
            content_id: Some(id.to_owned()),
            octets: b"abcd".to_vec(),
        };
        let files = [file("one@x", "image/png"), file("two@x", "image/svg+xml")];
        let shown = html("<img src=\"cid:one@x\"><img src=\"cid:two@x\">", &files);
        assert_eq!(shown, "<img src=\"data:image/png;base64,YWJjZA==\"><img src=\"cid:two@x\">");
    }

    #[test]
    fn base64_is_that_of_rfc_4648() {
        assert_eq!(
            ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes())),
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
        );
    }
}
