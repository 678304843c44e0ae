//! Scripts for pages on Linux, without their results.

use std::ptr;

use gtk::glib::translate::ToGlibPtr;
use webkit2gtk::ffi;
use wry::{WebView, WebViewExtUnix};

use crate::BackendError;

/// Has the page run a script. wry's own way takes the result over, for nobody; with every message
/// that would cost a quarter of what this thread does.
#[expect(
    unsafe_code,
    reason = "the safe wrappers insist on a callback for the result"
)]
pub(in crate::wry) fn eval(webview: &WebView, script: &str) -> Result<(), BackendError> {
    let webview = webview.webview();
    let too_long = |_| BackendError::Failed("the script is too long".to_owned());
    let length = isize::try_from(script.len()).map_err(too_long)?;
    // SAFETY: `webview` is alive, and WebKitGTK copies the script, of the length that is given,
    // before the call returns. Every other argument may be null: the main world, no source, no
    // cancellable, and no callback, which needs no data.
    unsafe {
        ffi::webkit_web_view_evaluate_javascript(
            webview.to_glib_none().0,
            script.as_ptr().cast(),
            length,
            ptr::null(),
            ptr::null(),
            ptr::null_mut(),
            None,
            ptr::null_mut(),
        );
    }
    Ok(())
}
