//! Markdown, as far as the checks look into it.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// What a document holds.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// Where links and pictures lead.
    pub(crate) links: Vec<String>,
    /// The headings, as links name them.
    pub(crate) headings: Vec<String>,
    /// Code within text.
    pub(crate) spans: Vec<String>,
    /// Code on lines of its own.
    pub(crate) blocks: Vec<Block>,
    /// What tables name in code in their first column.
    pub(crate) entries: Vec<Entry>,
}

/// Code on lines of its own.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) text: String,
}

/// Something that a row of a table is about.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The heading that the table stands under, as links name it.
    pub(crate) section: String,
    pub(crate) name: String,
}

impl Document {
    pub(crate) fn parse(text: &str) -> Document {
        let mut document = Document::default();
        let mut heading: Option<String> = None;
        let mut block: Option<Block> = None;
        // The column of the cell in a row that is not the head.
        let mut column: Option<usize> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let text = heading.take().unwrap_or_default();
                    document.headings.push(slug(&text));
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let language = match kind {
                        CodeBlockKind::Fenced(language) => language.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    let text = String::new();
                    block = Some(Block { language, text });
                }
                Event::End(TagEnd::CodeBlock) => document.blocks.extend(block.take()),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push(dest_url.to_string());
                }
                Event::Start(Tag::TableRow) => column = Some(0),
                Event::End(TagEnd::TableRow) => column = None,
                Event::End(TagEnd::TableCell) => column = column.map(|column| column + 1),
                Event::Text(text) => {
                    if let Some(block) = &mut block {
                        block.text.push_str(&text);
                    } else if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Code(code) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&code);
                    }
                    if column == Some(0) {
                        document.entries.push(Entry {
                            section: document.headings.last().cloned().unwrap_or_default(),
                            name: code.to_string(),
                        });
                    }
                    document.spans.push(code.to_string());
                }
                _ => {}
            }
        }
        document
    }

    /// The blocks in a language.
    pub(crate) fn blocks_in(&self, language: &str) -> impl Iterator<Item = &str> {
        let blocks = self.blocks.iter();
        let blocks = blocks.filter(move |block| block.language == language);
        blocks.map(|block| block.text.as_str())
    }
}

/// The name that links use for a heading.
fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

/// The reading itself.
mod samples {
    use super::*;

    #[test]
    fn every_part_is_found_in_its_place() {
        let document = Document::parse(
            "# The `host:ipc` API\n\n\
             See ![a](b.png), [c](d.md#e) and `[no](link)`.\n\n\
             ```ts\nlet a = \"`\";\n\n[x](y)\n```\n\n\
             ## Codes, all\n\n\
             | `head` | b |\n| --- | --- |\n| `one`, `two` | `three` |\n",
        );
        assert_eq!(document.headings, ["the-hostipc-api", "codes-all"]);
        assert_eq!(document.links, ["b.png", "d.md#e"]);
        assert_eq!(
            document.spans,
            ["host:ipc", "[no](link)", "head", "one", "two", "three"]
        );
        let blocks: Vec<_> = document.blocks_in("ts").collect();
        assert_eq!(blocks, ["let a = \"`\";\n\n[x](y)\n"]);
        assert_eq!(document.blocks_in("rust").count(), 0);
        let entries = document.entries.iter();
        let entries: Vec<_> = entries
            .map(|entry| (&*entry.section, &*entry.name))
            .collect();
        assert_eq!(entries, [("codes-all", "one"), ("codes-all", "two")]);
    }
}
