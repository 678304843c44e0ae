//! What the app's own pages may load and run.

use std::fmt;

/// The `Content-Security-Policy` that comes with everything the app's origin serves, the pages of
/// windows opened with `html` included.
///
/// A `<meta>` of a page can only forbid more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csp(String);

impl Csp {
    /// The policy of an app that names no other: everything from the app's own origin, with scripts
    /// and styles in the page itself; pictures, fonts, media and workers also from memory; nothing
    /// from elsewhere, no `eval`, no plugins.
    pub const DEFAULT: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; \
        style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; \
        media-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; \
        object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

    /// Another policy; an empty one forbids nothing. What the directives mean is not looked at:
    /// webviews ignore those that they do not know.
    ///
    /// # Errors
    /// When the text cannot be in a header: only visible ASCII and spaces can.
    pub fn new(policy: impl Into<String>) -> Result<Csp, CspError> {
        let policy = policy.into();
        match policy
            .bytes()
            .position(|byte| !(b' '..=b'~').contains(&byte))
        {
            None => Ok(Csp(policy)),
            Some(at) => Err(CspError { at }),
        }
    }

    /// The policy as it is in the header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Csp {
    fn default() -> Csp {
        Csp(Csp::DEFAULT.to_owned())
    }
}

impl fmt::Display for Csp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that cannot be a [`Csp`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a Content-Security-Policy has only visible ASCII characters and spaces, which byte {at} is not"
)]
pub struct CspError {
    /// Where the first other one is.
    at: usize,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Csp;

    #[test]
    fn a_policy_fits_into_a_header() {
        for policy in ["", "default-src 'none'", "a~!\"*,;", Csp::DEFAULT] {
            assert_eq!(Csp::new(policy).unwrap().as_str(), policy);
        }
        for (policy, at) in [
            ("default-src 'self';\nscript-src *", 19),
            ("a\r\nset-cookie: b", 1),
            ("\t", 0),
            ("a\0", 1),
            ("a\u{7f}", 1),
            ("img-src é.example", 8),
        ] {
            let error = Csp::new(policy).unwrap_err();
            assert!(
                error.to_string().contains(&format!("byte {at} ")),
                "{error}"
            );
        }
        assert_eq!(Csp::default().as_str(), Csp::DEFAULT);
    }

    #[test]
    fn the_default_is_pinned() {
        let expected = [
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' data: blob:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        ];
        assert_eq!(Csp::DEFAULT.split("; ").collect::<Vec<_>>(), expected);
    }
}
