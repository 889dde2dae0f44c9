//! What pages name beside themselves: one stylesheet, one script, one mark. They are part of the program.

/// An asset, by its path.
pub(crate) fn find(path: &str) -> Option<(&'static str, &'static [u8])> {
    Some(match path {
        "/assets/console.css" => ("text/css; charset=utf-8", include_bytes!("../assets/console.css")),
        "/assets/console.js" => ("text/javascript; charset=utf-8", include_bytes!("../assets/console.js")),
        "/assets/mark.svg" | "/favicon.ico" => ("image/svg+xml", include_bytes!("../assets/mark.svg")),
        _ => return None,
    })
}
