//! What the system opens for an app.

use std::fmt;

use url::Url;

use crate::Code;

/// A URL that the system opens in another program: of `http`, `https` or `mailto`, and at most 8 KiB long. A
/// `mailto` has no other fields than `to`, `cc`, `bcc`, `subject`, `body` and `in-reply-to`, and no fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalUrl(String);

/// The longest, in bytes.
const MAX_BYTES: usize = 8 << 10;

impl ExternalUrl {
    /// Checks a text, and writes it as browsers do.
    ///
    /// # Errors
    /// When it is no URL, has another scheme, or is too long.
    pub fn new(text: &str) -> Result<ExternalUrl, ExternalUrlError> {
        let refused = || ExternalUrlError(text.chars().take(200).collect());
        let url = Url::parse(text).map_err(|_| refused())?;
        let is_allowed = match url.scheme() {
            "http" | "https" => true,
            // Programs that know no fragment would find more fields in it.
            "mailto" => {
                url.fragment().is_none() && url.query_pairs().all(|(name, _)| is_header(&name))
            }
            _ => false,
        };
        let url = String::from(url);
        match is_allowed && url.len() <= MAX_BYTES {
            true => Ok(ExternalUrl(url)),
            false => Err(refused()),
        }
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a `mailto` may have a field: there are programs that attach any file that one names.
fn is_header(name: &str) -> bool {
    let headers = ["to", "cc", "bcc", "subject", "body", "in-reply-to"];
    headers
        .iter()
        .any(|header| name.eq_ignore_ascii_case(header))
}

impl fmt::Display for ExternalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that the system is not asked to open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot be opened: give a URL of http, https or mailto, with at most 8192 bytes; of a mailto there \
     may be the fields to, cc, bcc, subject, body and in-reply-to, and no fragment"
)]
pub struct ExternalUrlError(String);

impl ExternalUrlError {
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
    fn the_web_and_mail_can_be_opened() {
        for (text, url) in [
            ("https://Example.com", "https://example.com/"),
            (
                "http://localhost:8080/a b?c#d",
                "http://localhost:8080/a%20b?c#d",
            ),
            (
                "mailto:me@example.com?subject=x",
                "mailto:me@example.com?subject=x",
            ),
            (" HTTPS://example.com/ ", "https://example.com/"),
        ] {
            assert_eq!(ExternalUrl::new(text).unwrap().as_str(), url);
        }
        let long = format!("https://example.com/{}", "x".repeat(8173));
        for text in [
            "",
            "example.com",
            "/etc/passwd",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            "app://localhost/",
            "ftp://example.com/",
            "smb://example.com/x",
            "vscode://file/x",
            "https://",
            "mailto:me@example.com?attach=/etc/passwd",
            "mailto:me@example.com?subject=x&ATTACHMENT=/etc/passwd",
            "mailto:me@example.com?%61ttach=/etc/passwd",
            "mailto:me@example.com?subject=x#&attach=/etc/passwd",
            "mailto:me@example.com#?attach=/etc/passwd",
            &long,
        ] {
            let error = ExternalUrl::new(text).unwrap_err();
            assert!(error.to_string().len() < 800, "{error}");
        }
        assert!(ExternalUrl::new(&long[..8192]).is_ok());
    }
}
