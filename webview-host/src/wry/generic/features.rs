//! What the webview does unasked, on Windows and macOS: what wry leaves to it.

use wry::WebView;

use crate::BackendError;

/// To be called before each webview is made.
pub(in crate::wry) fn allow_inspection(_: bool) -> Result<(), BackendError> {
    Ok(())
}

/// To be called before a webview loads anything.
pub(in crate::wry) fn restrict(_: &WebView) -> Result<(), BackendError> {
    Ok(())
}
