//! What a script may do, as its embedder says.

use deno_core::url::{ParseError, Url};
use ipc_protocol::{Channel, ChannelList, Origin, WindowSpec};

use crate::ExtError;

/// What a script may do with windows. What it may not fails with
/// [`Code::NotPermitted`](ipc_protocol::Code::NotPermitted), in scripts a `NotCapable`.
///
/// By default it opens windows that show the app's own pages, and uses all channels.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permissions {
    /// Whether it may open windows. Those that its embedder opens are the script's all the same.
    pub windows: bool,
    /// The origins whose pages windows may show and give `window.host`, by the options `origins` and
    /// `url` or by `navigate`. URLs that are relative need none.
    pub origins: Vec<Origin>,
    /// The channels it may use, both ways; any when there is no list. To the script there are no
    /// messages and calls on others. System events are not affected.
    pub channels: Option<ChannelList>,
    /// Whether it may show the system's dialogs.
    pub dialogs: bool,
    /// Whether it may have the system open URLs in other programs.
    pub open_external: bool,
}

impl Default for Permissions {
    fn default() -> Permissions {
        Permissions {
            windows: true,
            origins: Vec::new(),
            channels: None,
            dialogs: false,
            open_external: false,
        }
    }
}

impl Permissions {
    pub(crate) fn check_dialogs(&self) -> Result<(), ExtError> {
        check(self.dialogs, "this app may not show dialogs")
    }

    pub(crate) fn check_open_external(&self) -> Result<(), ExtError> {
        check(
            self.open_external,
            "this app may not have URLs opened in other programs",
        )
    }

    /// Whether a window may be opened with these options.
    pub(crate) fn check_open(&self, spec: &WindowSpec) -> Result<(), ExtError> {
        check(self.windows, "this app may not open windows")?;
        for origin in &spec.origins {
            self.check_origin(origin)?;
        }
        spec.url
            .as_deref()
            .map_or(Ok(()), |page| self.check_page(page))
    }

    /// Whether a window may show the page.
    pub(crate) fn check_page(&self, page: &str) -> Result<(), ExtError> {
        let origin = match Url::parse(page) {
            Ok(url) => Origin::of(url.as_str()),
            Err(ParseError::RelativeUrlWithoutBase) if stays(page) => return Ok(()),
            Err(ParseError::RelativeUrlWithoutBase) => None,
            // No URL at all, which the windows' side says better.
            Err(_) => return Ok(()),
        };
        match origin {
            Some(origin) if is_of_the_web(page) => self.check_origin(&origin),
            Some(origin) if self.origins.contains(&origin) => Ok(()),
            _ => Err(ExtError::not_permitted(format!(
                "this app may not show \"{page}\" in windows: name a page of its own by its path from \
                 the app's directory, as in \"index.html\""
            ))),
        }
    }

    fn check_origin(&self, origin: &Origin) -> Result<(), ExtError> {
        match self.origins.contains(origin) {
            true => Ok(()),
            false => Err(ExtError::not_permitted(format!(
                "this app may not show pages of {origin} in windows"
            ))),
        }
    }

    /// Whether the script may use the channel. The system's are not ours to forbid.
    pub(crate) fn check_channel(&self, channel: &Channel) -> Result<(), ExtError> {
        match channel.is_reserved() {
            true => Ok(()),
            false => self.check_pattern(channel),
        }
    }

    /// The same for all channels that a name or `prefix*` stands for.
    pub(crate) fn check_pattern(&self, pattern: &Channel) -> Result<(), ExtError> {
        match &self.channels {
            Some(list) if !list.covers(pattern.as_str()) => {
                let message = format!("this app may not use the channel \"{pattern}\"");
                Err(ExtError::not_permitted(message).about_channel(pattern.as_str()))
            }
            _ => Ok(()),
        }
    }
}

fn check(is_permitted: bool, refused: &str) -> Result<(), ExtError> {
    match is_permitted {
        true => Ok(()),
        false => Err(ExtError::not_permitted(refused.to_owned())),
    }
}

/// Whether the page is one that can be granted in a manifest.
fn is_of_the_web(page: &str) -> bool {
    Url::parse(page).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Whether a relative URL stays in the origin of whatever page it is relative to, which
/// `//example.com/` does not.
fn stays(page: &str) -> bool {
    // Of a scheme that takes more for a host than an app's own does.
    let base = Url::parse("https://app.invalid/");
    base.is_ok_and(|base| {
        let url = base.join(page);
        url.is_ok_and(|url| url.origin() == base.origin())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use ipc_protocol::{Code, Origin};

    use super::Permissions;

    fn shows(permissions: &Permissions, page: &str) -> bool {
        match permissions.check_page(page) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.code(), Code::NotPermitted);
                false
            }
        }
    }

    #[test]
    fn pages_of_the_app_need_no_permission() {
        let none = Permissions::default();
        for page in [
            "",
            "index.html",
            "/sub/page.html?a=1#b",
            "../a",
            "?q",
            "#here",
            "./https:/example.com",
        ] {
            assert!(shows(&none, page), "{page}");
        }
    }

    #[test]
    fn other_pages_need_their_whole_origin() {
        let one = Permissions {
            origins: vec![
                Origin::new("https://example.com").unwrap(),
                Origin::of("app://localhost").unwrap(),
            ],
            ..Permissions::default()
        };
        for page in [
            "https://example.com",
            "https://EXAMPLE.com:443/a?b",
            " https://example.com/",
            "ht\ntps://example.com/",
            "https:example.com",
            "app://localhost/index.html",
        ] {
            assert!(shows(&one, page), "{page}");
            assert!(!shows(&Permissions::default(), page), "{page}");
        }
        for page in [
            "http://example.com/",
            "https://example.com:444/",
            "https://www.example.com/",
            "https://example.com.evil.example/",
            "https://example.com@evil.example/",
            "//evil.example/",
            "\\\\evil.example\\",
            "/\\evil.example/",
            "/\t/evil.example/",
            "///evil.example/",
            "http:evil.example",
            "app://evil.example/",
            "app://localhost:1/",
            "data:text/html,a",
            "javascript:0",
            "file:///etc/passwd",
            "about:blank",
            "blob:https://example.com/0",
            "view-source:https://example.com/",
        ] {
            assert!(!shows(&one, page), "{page}");
        }
    }
}
