//! Parts of files, for which media elements ask when they play and seek.

use std::fs::Metadata;
use std::num::NonZeroUsize;
use std::time::UNIX_EPOCH;

use http_range_header::parse_range_header_with_max_ranges;

use super::FileRequest;

/// What a request gets of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// 200, 206 or 416.
    pub(super) status: u16,
    pub(super) start: u64,
    pub(super) length: u64,
    pub(super) content_range: Option<String>,
}

impl Part {
    /// What a request gets of a file of so many bytes. As a server may, it takes a header that is not
    /// valid, or has several ranges, for none.
    pub(super) fn of(request: &FileRequest, tag: &str, bytes: u64) -> Part {
        let is_same_file = request.if_range.as_deref().is_none_or(|it| it == tag);
        let range = request.range.as_deref().filter(|_| is_same_file);
        let ranges =
            range.and_then(|it| parse_range_header_with_max_ranges(it, NonZeroUsize::MIN).ok());
        let Some(ranges) = ranges else {
            return Part {
                status: 200,
                start: 0,
                length: bytes,
                content_range: None,
            };
        };
        match ranges.validate(bytes).as_deref() {
            Ok([range]) => Part {
                status: 206,
                start: *range.start(),
                length: range.end() - range.start() + 1,
                content_range: Some(format!("bytes {}-{}/{bytes}", range.start(), range.end())),
            },
            _ => Part {
                status: 416,
                start: 0,
                length: 0,
                content_range: Some(format!("bytes */{bytes}")),
            },
        }
    }
}

/// The entity tag of a file: another one when the file has changed.
pub(super) fn tag_of(file: &Metadata) -> String {
    let changed = file.modified().ok();
    let since = changed.and_then(|it| it.duration_since(UNIX_EPOCH).ok());
    let since = since.unwrap_or_default().as_nanos();
    format!("\"{:x}-{since:x}\"", file.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks a file of 15 bytes.
    fn part(range: &str, if_range: Option<&str>) -> Part {
        let request = FileRequest {
            range: Some(range.to_owned()),
            if_range: if_range.map(str::to_owned),
            ..FileRequest::default()
        };
        Part::of(&request, "\"tag\"", 15)
    }

    #[track_caller]
    fn check(range: &str, status: u16, start: u64, length: u64, content_range: Option<&str>) {
        let expected = Part {
            status,
            start,
            length,
            content_range: content_range.map(str::to_owned),
        };
        assert_eq!(part(range, None), expected, "{range}");
    }

    #[test]
    fn one_range_is_a_part() {
        check("bytes=2-4", 206, 2, 3, Some("bytes 2-4/15"));
        check("bytes=0-", 206, 0, 15, Some("bytes 0-14/15"));
        check("bytes=14-", 206, 14, 1, Some("bytes 14-14/15"));
        check("bytes=-3", 206, 12, 3, Some("bytes 12-14/15"));
        check("bytes=10-99", 206, 10, 5, Some("bytes 10-14/15"));
    }

    #[test]
    fn a_range_beyond_the_end_is_not_there() {
        for range in [
            "bytes=15-",
            "bytes=15-20",
            "bytes=99-",
            "bytes=18446744073709551615-",
        ] {
            check(range, 416, 0, 0, Some("bytes */15"));
        }
    }

    #[test]
    fn what_is_no_single_range_gets_all() {
        let long = format!("bytes={}", "0-1,".repeat(100_000));
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=a-b",
            "pages=1-2",
            "bytes=0-1,3-4",
            &long,
        ] {
            check(range, 200, 0, 15, None);
        }
    }

    #[test]
    fn a_part_of_another_file_is_not_sent() {
        assert_eq!(part("bytes=2-4", Some("\"tag\"")).status, 206);
        for other in [
            "",
            "\"other\"",
            "W/\"tag\"",
            "Mon, 30 Nov 2026 04:00:00 GMT",
        ] {
            assert_eq!(part("bytes=2-4", Some(other)).status, 200, "{other}");
        }
    }

    #[test]
    fn an_empty_file_has_no_parts() {
        let request = FileRequest {
            range: Some("bytes=0-".to_owned()),
            ..FileRequest::default()
        };
        assert_eq!(Part::of(&request, "", 0).status, 416);
    }
}
