//! A window's border on Windows and macOS, through wry.

use std::rc::Rc;

use ipc_protocol::{Origin, Shortcuts, WindowSpec};
#[cfg(target_os = "macos")]
use wry::WebViewBuilderExtDarwin;
#[cfg(windows)]
use wry::WebViewBuilderExtWindows;
use wry::{NewWindowResponse, PageLoadEvent, WebView, WebViewBuilder};

use crate::wry::border::Border;

/// Has a webview, which is about to be made, watched.
pub(in crate::wry) fn announce<'a>(
    builder: WebViewBuilder<'a>,
    spec: &WindowSpec,
    border: &Rc<Border>,
) -> WebViewBuilder<'a> {
    let has_shortcuts = spec.shortcuts == Shortcuts::Browser;
    #[cfg(windows)]
    let builder = builder.with_browser_accelerator_keys(has_shortcuts);
    let builder = builder.with_hotkeys_zoom(has_shortcuts);
    let [navigation, pages, popups, downloads, messages] = [(); 5].map(|()| border.clone());
    #[cfg(target_os = "macos")]
    let builder = {
        let border = border.clone();
        builder.with_on_web_content_process_terminate_handler(move || border.on_page_gone())
    };
    builder
        // WebView2 asks for the top frame alone; WKWebView for all, and wry does not tell for which.
        .with_navigation_handler(move |url| {
            !(navigation.blocks(&url) || cfg!(windows) && navigation.keeps_out(&url))
        })
        .with_on_page_load_handler(move |event, url| match event {
            PageLoadEvent::Started => pages.on_page(&url),
            PageLoadEvent::Finished => pages.on_loaded(&url),
        })
        .with_new_window_req_handler(move |url, _| {
            popups.on_popup(&url);
            NewWindowResponse::Deny
        })
        .with_download_started_handler(move |url, _| {
            downloads.on_download(&url);
            false
        })
        .with_ipc_handler(move |message| {
            let origin = Origin::of(&message.uri().to_string());
            messages.on_message(origin, message.into_body());
        })
}

/// The webview is watched already.
pub(in crate::wry) fn watch(_: &WebView, _: &Rc<Border>) {}
