//! Incidents: what went wrong with a window or its page, and what becomes of downloads.

use std::path::Path;

use serde::{Serialize, Serializer};

use crate::{Channel, Code};

/// What went wrong with a window, or became of a download, which the app may want to do something about.
/// Only the host tells of one: no page can, and no message is one.
///
/// Its JSON is `{"type":…}` and what else it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Incident {
    /// The page's process has ended; the window has no page until it is told to load one.
    PageCrashed,
    /// Nothing that the page says is heard any more, until the window loads another one.
    PageCutOff {
        /// What for.
        #[serde(serialize_with = "as_text")]
        reason: Code,
    },
    /// The page sends more than it may: what is beyond is refused.
    PageThrottled {
        /// How many messages and calls of this page have been refused for it so far.
        refused: u64,
    },
    /// The page wanted to go where the window may not, or was told to.
    NavigationBlocked {
        /// Where to, cut off after [`Incident::MAX_URL_BYTES`].
        url: String,
    },
    /// The page wanted to open another window.
    PopupBlocked {
        /// Of which page, cut off likewise.
        url: String,
    },
    /// The page, or its user, wanted to save a file, which the window does not do, or the user has
    /// done nothing for.
    DownloadBlocked {
        /// Of what, cut off likewise.
        url: String,
    },
    /// The user was asked where to save a file, and wants none.
    DownloadRefused {
        /// Of what, cut off likewise.
        url: String,
    },
    /// A file is being saved.
    DownloadBegun {
        /// Which of the app's downloads it is, from 1 on.
        download: u32,
        /// Of what, cut off likewise.
        url: String,
        /// Where to.
        path: String,
    },
    /// More of a file has been saved; told at most four times a second.
    DownloadProgress {
        /// Which one.
        download: u32,
        /// How many bytes are saved.
        received: u64,
        /// How many there will be, if that is known.
        total: Option<u64>,
    },
    /// A file has been saved.
    DownloadDone {
        /// Which one.
        download: u32,
        /// Where to.
        path: String,
    },
    /// A file could not be saved, or its window closed meanwhile. The part that was written is removed.
    DownloadFailed {
        /// Which one.
        download: u32,
        /// Why, cut off likewise.
        reason: String,
    },
    /// The window could not load a page, and has none until it loads one.
    LoadFailed {
        /// Which one, cut off likewise.
        url: String,
        /// What the webview, or the host, says of it, cut off likewise.
        reason: String,
    },
    /// The page has not run anything for some seconds, though it was asked to.
    PageUnresponsive,
    /// The page that did not respond does again.
    PageResponsive,
}

impl Incident {
    /// The most that is told of a URL, or a reason, in bytes: a page or its server may write it.
    pub const MAX_URL_BYTES: usize = 2_048;

    /// The window may not go there.
    pub fn navigation_blocked(url: &str) -> Incident {
        let url = cut(url);
        Incident::NavigationBlocked { url }
    }

    /// The page may not open this in another window.
    pub fn popup_blocked(url: &str) -> Incident {
        let url = cut(url);
        Incident::PopupBlocked { url }
    }

    /// The page may not have this written to a file.
    pub fn download_blocked(url: &str) -> Incident {
        let url = cut(url);
        Incident::DownloadBlocked { url }
    }

    /// The user does not want this to be saved.
    pub fn download_refused(url: &str) -> Incident {
        let url = cut(url);
        Incident::DownloadRefused { url }
    }

    /// This is being saved.
    pub fn download_begun(download: u32, url: &str, path: &Path) -> Incident {
        let (url, path) = (cut(url), path.to_string_lossy().into_owned());
        Incident::DownloadBegun {
            download,
            url,
            path,
        }
    }

    /// It has been saved.
    pub fn download_done(download: u32, path: &Path) -> Incident {
        let path = path.to_string_lossy().into_owned();
        Incident::DownloadDone { download, path }
    }

    /// It could not be saved, for a reason.
    pub fn download_failed(download: u32, reason: &str) -> Incident {
        let reason = cut(reason);
        Incident::DownloadFailed { download, reason }
    }

    /// Which download it is about, if it is about one that has begun.
    pub const fn download(&self) -> Option<u32> {
        match self {
            Incident::DownloadBegun { download, .. }
            | Incident::DownloadProgress { download, .. }
            | Incident::DownloadDone { download, .. }
            | Incident::DownloadFailed { download, .. } => Some(*download),
            _ => None,
        }
    }

    /// The window could not load this, for a reason.
    pub fn load_failed(url: &str, reason: &str) -> Incident {
        let (url, reason) = (cut(url), cut(reason));
        Incident::LoadFailed { url, reason }
    }

    /// What kind of incident it is, as its JSON says it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Incident::PageCrashed => "page-crashed",
            Incident::PageCutOff { .. } => "page-cut-off",
            Incident::PageThrottled { .. } => "page-throttled",
            Incident::NavigationBlocked { .. } => "navigation-blocked",
            Incident::PopupBlocked { .. } => "popup-blocked",
            Incident::DownloadBlocked { .. } => "download-blocked",
            Incident::DownloadRefused { .. } => "download-refused",
            Incident::DownloadBegun { .. } => "download-begun",
            Incident::DownloadProgress { .. } => "download-progress",
            Incident::DownloadDone { .. } => "download-done",
            Incident::DownloadFailed { .. } => "download-failed",
            Incident::LoadFailed { .. } => "load-failed",
            Incident::PageUnresponsive => "page-unresponsive",
            Incident::PageResponsive => "page-responsive",
        }
    }
}

impl From<&Incident> for Channel {
    fn from(incident: &Incident) -> Channel {
        Channel::known(incident.as_str())
    }
}

fn as_text<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

fn cut(url: &str) -> String {
    url[..url.floor_char_boundary(Incident::MAX_URL_BYTES)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, WindowId};

    #[test]
    #[allow(clippy::unwrap_used)]
    fn wire_of_every_incident() {
        let url = "https://a.example/";
        let reason = Code::BadFrame;
        let table = [
            (
                Incident::PageCrashed,
                r#"{"windowId":"main","type":"page-crashed"}"#,
            ),
            (
                Incident::PageCutOff { reason },
                r#"{"windowId":"main","type":"page-cut-off","reason":"bad-frame"}"#,
            ),
            (
                Incident::PageThrottled { refused: 7 },
                r#"{"windowId":"main","type":"page-throttled","refused":7}"#,
            ),
            (
                Incident::navigation_blocked(url),
                r#"{"windowId":"main","type":"navigation-blocked","url":"https://a.example/"}"#,
            ),
            (
                Incident::popup_blocked(url),
                r#"{"windowId":"main","type":"popup-blocked","url":"https://a.example/"}"#,
            ),
            (
                Incident::download_blocked(url),
                r#"{"windowId":"main","type":"download-blocked","url":"https://a.example/"}"#,
            ),
            (
                Incident::download_refused(url),
                r#"{"windowId":"main","type":"download-refused","url":"https://a.example/"}"#,
            ),
            (
                Incident::download_begun(7, url, Path::new("/home/a.txt")),
                r#"{"windowId":"main","type":"download-begun","download":7,"url":"https://a.example/","path":"/home/a.txt"}"#,
            ),
            (
                Incident::DownloadProgress {
                    download: 7,
                    received: 1,
                    total: Some(2),
                },
                r#"{"windowId":"main","type":"download-progress","download":7,"received":1,"total":2}"#,
            ),
            (
                Incident::download_done(7, Path::new("/home/a.txt")),
                r#"{"windowId":"main","type":"download-done","download":7,"path":"/home/a.txt"}"#,
            ),
            (
                Incident::download_failed(7, "refused"),
                r#"{"windowId":"main","type":"download-failed","download":7,"reason":"refused"}"#,
            ),
            (
                Incident::load_failed(url, "refused"),
                r#"{"windowId":"main","type":"load-failed","url":"https://a.example/","reason":"refused"}"#,
            ),
            (
                Incident::PageUnresponsive,
                r#"{"windowId":"main","type":"page-unresponsive"}"#,
            ),
            (
                Incident::PageResponsive,
                r#"{"windowId":"main","type":"page-responsive"}"#,
            ),
        ];
        for (incident, expected) in table {
            let kind = incident.as_str();
            let event = Event::incident(WindowId::new("main").unwrap(), incident);
            assert_eq!(serde_json::to_string(&event).unwrap(), expected);
            assert!(expected.contains(&format!(r#""type":"{kind}""#)));
            assert_eq!(event.channel.as_str(), kind);
        }
    }

    #[test]
    fn of_a_long_url_the_start_is_told() {
        let long = "é".repeat(Incident::MAX_URL_BYTES);
        let Incident::NavigationBlocked { url } = Incident::navigation_blocked(&format!("a{long}"))
        else {
            panic!("another one");
        };
        assert_eq!(url.len(), Incident::MAX_URL_BYTES - 1);
        assert!(url.starts_with("aé"));
    }
}
