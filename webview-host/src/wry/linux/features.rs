//! What WebKitGTK does unasked, and is kept from.

use std::env;

use webkit2gtk::WebViewExt;
use wry::{WebView, WebViewExtUnix};

use crate::BackendError;

/// Features by which a page has WebKit connect to a server, or look up its name, before anybody is
/// asked. Those that a version does not know, it has not.
const CONNECTING: [&str; 3] = [
    "LinkDNSPrefetch",
    "LinkPreconnect",
    "LinkPreconnectEarlyHints",
];

/// With one of these WebKit opens a port, on which every user of the machine, and maybe others,
/// may inspect its pages.
const SERVERS: [&str; 2] = ["WEBKIT_INSPECTOR_SERVER", "WEBKIT_INSPECTOR_HTTP_SERVER"];

/// To be called before each webview is made.
///
/// # Errors
/// When the page would be open to inspection, and must not be.
pub(in crate::wry) fn allow_inspection(devtools: bool) -> Result<(), BackendError> {
    let is_set = |name: &&&str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let named = SERVERS.iter().find(is_set);
    match (webkit::allow_inspection(devtools), named) {
        (false, Some(name)) if !devtools => Err(BackendError::Failed(format!(
            "this version of WebKitGTK opens every window to those who inspect it, since {name} is \
             set; unset it"
        ))),
        _ => Ok(()),
    }
}

/// To be called before a webview loads anything.
///
/// # Errors
/// When the webview has no settings.
pub(in crate::wry) fn restrict(webview: &WebView) -> Result<(), BackendError> {
    let none = || BackendError::Failed("the webview has no settings".to_owned());
    let settings = webview.webview().settings().ok_or_else(none)?;
    webkit::switch_off(&settings, &CONNECTING);
    Ok(())
}

#[expect(
    unsafe_code,
    reason = "the safe wrappers end with WebKitGTK 2.40, and have nothing for inspection"
)]
mod webkit {
    use std::ffi::{CStr, c_char, c_int, c_void};
    use std::{mem, ptr};

    use gtk::glib::translate::ToGlibPtr;
    use webkit2gtk::{Settings, ffi};

    unsafe extern "C" {
        fn webkit_settings_get_all_features() -> *mut c_void;
        fn webkit_feature_list_get_length(list: *mut c_void) -> usize;
        fn webkit_feature_list_get(list: *mut c_void, index: usize) -> *mut c_void;
        fn webkit_feature_list_unref(list: *mut c_void);
        fn webkit_feature_get_identifier(feature: *mut c_void) -> *const c_char;
        fn webkit_settings_set_feature_enabled(
            settings: *mut ffi::WebKitSettings,
            feature: *mut c_void,
            enabled: c_int,
        );
        fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    }

    /// Switches features off, by their identifiers.
    pub(in crate::wry) fn switch_off(settings: &Settings, names: &[&str]) {
        // SAFETY: the list is ours until it is given back, its features and their identifiers are
        // alive for as long, and every index is below its length. The settings are alive.
        unsafe {
            let list = webkit_settings_get_all_features();
            for index in 0..webkit_feature_list_get_length(list) {
                let feature = webkit_feature_list_get(list, index);
                let name = CStr::from_ptr(webkit_feature_get_identifier(feature));
                if name.to_str().is_ok_and(|name| names.contains(&name)) {
                    webkit_settings_set_feature_enabled(settings.to_glib_none().0, feature, 0);
                }
            }
            webkit_feature_list_unref(list);
        }
    }

    /// Whether webviews that are made from now on are open to inspection by other programs. Returns
    /// whether that could be said: the function is in no header, so a later WebKitGTK may have none.
    pub(in crate::wry) fn allow_inspection(allowed: bool) -> bool {
        let name = c"JSRemoteInspectorSetInspectionEnabledByDefault";
        // SAFETY: null stands for all libraries of this process; the function, if one has it, takes
        // a `bool`, and only keeps it.
        unsafe {
            let function = dlsym(ptr::null_mut(), name.as_ptr());
            if function.is_null() {
                return false;
            }
            let function: unsafe extern "C" fn(bool) = mem::transmute(function);
            function(allowed);
        }
        true
    }
}
