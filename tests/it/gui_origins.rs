//! Whose pages reach the app, and where a window may go.

mod elsewhere;
mod frames;
mod navigation;

/// A script that tells its server what it finds in its page, as `/found?` and the answer.
const FOUND: &str = r#"
    const found = [typeof window.host, typeof window.__hostDeliver, typeof window.ipc];
    fetch("/found?" + found);
"#;
