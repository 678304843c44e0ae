//! Scripts for pages, as wry runs them.

use wry::WebView;

use crate::BackendError;

/// Has the page run a script.
pub(in crate::wry) fn eval(webview: &WebView, script: &str) -> Result<(), BackendError> {
    let failed = |error: wry::Error| BackendError::Failed(error.to_string());
    webview.evaluate_script(script).map_err(failed)
}
