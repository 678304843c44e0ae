//! The document with the figures: what the bench wrote takes its place between what people wrote.

use std::fs;
use std::path::Path;

use crate::process::Result;
use crate::workspace;

const DOCUMENT: &str = "docs/performance.md";
const CHART: &str = "docs/performance.svg";

/// What is between these is written by the bench.
const BEGIN: &str = "<!-- bench: begin -->";
const END: &str = "<!-- bench: end -->";

/// Takes over the table and the chart that the bench left in a folder.
pub(crate) fn write(from: &Path) -> Result<()> {
    let root = workspace::root();
    let document = fs::read_to_string(root.join(DOCUMENT))?;
    let part = fs::read_to_string(from.join("performance.md"))?;
    let document = replaced(&document, &part)
        .ok_or_else(|| format!("{DOCUMENT} does not have {BEGIN} and then {END}"))?;
    fs::write(root.join(DOCUMENT), document)?;
    fs::copy(from.join("bench.svg"), root.join(CHART))?;
    println!("bench: wrote {DOCUMENT} and {CHART}");
    Ok(())
}

/// The document with another part between the marks; none if it has no such marks.
fn replaced(document: &str, part: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let part = part.trim();
    Some(format!("{before}{BEGIN}\n\n{part}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays() {
        let document = format!("# A\n\n{BEGIN}\nold\n{END}\n\n## B\n");
        let expected = format!("# A\n\n{BEGIN}\n\nnew\n\n{END}\n\n## B\n");
        assert_eq!(replaced(&document, "new\n"), Some(expected.clone()));
        assert_eq!(replaced(&expected, "new"), Some(expected));
    }

    #[test]
    fn a_document_without_both_marks_in_order_is_left_alone() {
        for bad in ["", BEGIN, END, &format!("{END} {BEGIN}")] {
            assert_eq!(replaced(bad, "new"), None, "{bad}");
        }
    }

    #[test]
    fn the_document_has_the_marks() {
        let document = fs::read_to_string(workspace::root().join(DOCUMENT));
        assert!(replaced(&document.expect("the document"), "new").is_some());
    }
}
