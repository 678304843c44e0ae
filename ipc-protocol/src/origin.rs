//! Origins: who a page is, as far as a host can know.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use crate::Code;

/// Scheme, host and port, as `https://example.com` or `http://localhost:8080`. Always compared as a
/// whole, written as browsers write it: in small letters, without the scheme's own port. Cheap to
/// clone.
///
/// ```
/// use ipc_protocol::Origin;
///
/// let origin = Origin::new("https://Example.com:443").unwrap();
/// assert_eq!(origin.as_str(), "https://example.com");
/// assert_eq!(Origin::of("https://example.com/a?b#c"), Some(origin));
/// assert_eq!(Origin::of("data:text/html,<p>"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin(Arc<str>);

impl Origin {
    /// Reads the origin of web pages, of `http` or `https`.
    ///
    /// # Errors
    /// When the text is anything else: a pattern, a URL with more than an origin, an origin that
    /// browsers call opaque, or one that is only an origin after mending.
    pub fn new(text: &str) -> Result<Self, OriginError> {
        let is_mended = Cell::new(false);
        let notice = |_| is_mended.set(true);
        let url = Url::options()
            .syntax_violation_callback(Some(&notice))
            .parse(text)
            .ok();
        url.filter(|url| is_bare(url) && is_web(url) && !text.contains('*') && !is_mended.get())
            .map(|url| Origin::web(&url))
            .ok_or_else(|| OriginError {
                text: text.to_owned(),
            })
    }

    /// The origin of the page at a URL: of `http`, `https`, or a scheme that an app has registered.
    /// `None` when it has none that is its own: `data:`, `blob:`, `about:`, `file:` and their like.
    pub fn of(url: &str) -> Option<Origin> {
        let url = Url::parse(url).ok()?;
        match url.scheme() {
            "http" | "https" => Some(Origin::web(&url)),
            // Of some of these a URL may have a host, which says nothing of who the page is.
            "about" | "blob" | "data" | "file" | "javascript" => None,
            scheme => {
                let host = url.host_str().filter(|host| !host.is_empty())?;
                let origin = match url.port() {
                    Some(port) => format!("{scheme}://{host}:{port}"),
                    None => format!("{scheme}://{host}"),
                };
                Some(Origin(origin.into()))
            }
        }
    }

    /// The origin as browsers write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn web(url: &Url) -> Origin {
        Origin(url.origin().ascii_serialization().into())
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Whether the URL names an origin and nothing in it.
fn is_bare(url: &Url) -> bool {
    url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, OriginError> {
        Origin::new(&text)
    }
}

/// A text that is no [`Origin`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\" is not an origin, such as \"https://example.com\" or \"http://localhost:8080\""
)]
pub struct OriginError {
    text: String,
}

impl OriginError {
    /// Always [`Code::BadOptions`].
    pub fn code(&self) -> Code {
        Code::BadOptions
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn whole_origins_are_taken_and_written_as_browsers_do() {
        for (text, origin) in [
            ("https://example.com", "https://example.com"),
            ("https://example.com/", "https://example.com"),
            ("HTTPS://Example.COM", "https://example.com"),
            ("https://example.com:443", "https://example.com"),
            ("http://example.com:80", "http://example.com"),
            ("https://example.com:80", "https://example.com:80"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            let read = Origin::new(text).unwrap();
            assert_eq!(read.as_str(), origin, "{text}");
            let json = serde_json::to_string(&read).unwrap();
            assert_eq!(json, format!("\"{origin}\""));
            assert_eq!(serde_json::from_str::<Origin>(&json).unwrap(), read);
        }
    }

    #[test]
    fn what_is_no_whole_web_origin_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "example.com",
            "//example.com",
            "https://",
            "https://*",
            "https://*.example.com",
            "https://example.com:*",
            "https://example.com/a",
            "https://example.com/?",
            "https://example.com?a",
            "https://example.com#",
            "https://me@example.com",
            "https://:me@example.com",
            "https://@example.com",
            " https://example.com",
            "https://exam\tple.com",
            "https:example.com",
            "https:\\\\example.com",
            "https://example.com:65536",
            "https://exa mple.com",
            "app://localhost",
            "file:///",
            "file://localhost",
            "data:text/html,a",
            "about:blank",
            "javascript:0",
            "blob:https://example.com/0",
            "ws://example.com",
            "ftp://example.com",
        ] {
            let error = Origin::new(text).unwrap_err();
            assert_eq!(error.code(), Code::BadOptions);
            assert!(error.to_string().starts_with(&format!("\"{text}\" is not")));
        }
    }

    #[test]
    fn pages_have_the_origin_of_their_url_or_none() {
        for (url, origin) in [
            ("https://example.com/a/../b?c#d", "https://example.com"),
            (
                "https://me:pw@example.com:8443/",
                "https://example.com:8443",
            ),
            ("http://app.localhost/index.html", "http://app.localhost"),
            ("app://localhost/index.html", "app://localhost"),
            ("app://localhost:7/", "app://localhost:7"),
            ("APP://localhost/", "app://localhost"),
        ] {
            assert_eq!(Origin::of(url).unwrap().as_str(), origin, "{url}");
        }
        for url in [
            "",
            "app:localhost",
            "app:///index.html",
            "about:blank",
            "about:srcdoc",
            "data:text/html,a",
            "data://localhost",
            "javascript:0",
            "javascript://localhost/%0aalert(1)",
            "file:///etc/passwd",
            "file://localhost/etc/passwd",
            "blob:app://localhost/0",
            "blob:https://example.com/0",
        ] {
            assert_eq!(Origin::of(url), None, "{url}");
        }
    }

    #[test]
    fn look_alikes_are_other_origins() {
        let ours = Origin::of("app://localhost/").unwrap();
        for url in [
            "app://localhost.evil.example/",
            "app://evil.example/localhost",
            "app://LOCALHOST/",
            "app://localhost:80/",
            "apps://localhost/",
            "http://localhost/",
            "app://localhost@evil.example/",
        ] {
            assert_ne!(Origin::of(url), Some(ours.clone()), "{url}");
        }
    }
}
