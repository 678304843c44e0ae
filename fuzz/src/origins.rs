//! Origins: written in one way only, and never taken for one another.

use ipc_protocol::Origin;
use url::Url;

/// Reads a text as an origin and as a URL.
///
/// # Panics
/// When an origin is read from what names more or less than one, changes when it is read again, or
/// is not the one that a URL has by the URL standard.
pub fn origins(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let url = Url::parse(text).ok();
    if let Ok(origin) = Origin::new(text) {
        let url = url.as_ref().expect("a URL");
        assert!(url.origin().is_tuple() && ["http", "https"].contains(&url.scheme()));
        assert_eq!(url.as_str(), format!("{origin}/"), "there is more in it");
        assert_eq!(Origin::new(origin.as_str()).as_ref(), Ok(&origin));
        assert_eq!(Origin::of(text).as_ref(), Some(&origin));
    }
    let Some(origin) = Origin::of(text) else {
        return;
    };
    let url = url.expect("a URL");
    assert!(!["data", "blob", "about", "file", "javascript"].contains(&url.scheme()));
    assert_eq!(Origin::of(origin.as_str()).as_ref(), Some(&origin));
    let again = Url::parse(origin.as_str()).expect("a URL");
    assert_eq!(
        (again.scheme(), again.host_str(), again.port()),
        (url.scheme(), url.host_str(), url.port())
    );
    if url.origin().is_tuple() {
        assert_eq!(origin.as_str(), url.origin().ascii_serialization());
    }
    // The app's own is that of its own scheme and host, whatever else is in the URL.
    let is_apps = (url.scheme(), url.host_str(), url.port()) == ("app", Some("localhost"), None);
    assert_eq!(origin.as_str() == "app://localhost", is_apps);
}
