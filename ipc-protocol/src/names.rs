//! Lists of names and of what they begin with.

use serde::{Deserialize, Serialize, Serializer};

/// Exact names, and prefixes written as `prefix*`. However many there are, to look for a name takes
/// next to no time.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<String>")]
pub(crate) struct Names {
    /// As they were written.
    entries: Vec<String>,
    /// The exact names, sorted.
    exact: Box<[String]>,
    /// The prefixes, sorted, without those that begin with another one.
    prefixes: Box<[String]>,
}

impl Names {
    pub(crate) fn new(entries: Vec<String>) -> Names {
        let (mut exact, mut prefixes) = (Vec::new(), Vec::<String>::new());
        for entry in &entries {
            match entry.strip_suffix('*') {
                Some(prefix) => prefixes.push(prefix.to_owned()),
                None => exact.push(entry.clone()),
            }
        }
        exact.sort_unstable();
        prefixes.sort_unstable();
        // Those that begin with one follow right after it.
        prefixes.dedup_by(|next, kept| next.starts_with(kept.as_str()));
        Names {
            entries,
            exact: exact.into(),
            prefixes: prefixes.into(),
        }
    }

    /// Whether an entry covers the name, or all that the `prefix*` stands for.
    pub(crate) fn cover(&self, name: &str) -> bool {
        // Only the last prefix up to the name can be one of it: one between would begin with it.
        let next = self.prefixes.partition_point(|prefix| &**prefix <= name);
        let last = next.checked_sub(1).and_then(|last| self.prefixes.get(last));
        last.is_some_and(|prefix| name.starts_with(prefix.as_str()))
            || self
                .exact
                .binary_search_by(|it| it.as_str().cmp(name))
                .is_ok()
    }

    /// The entries as they were written.
    pub(crate) fn entries(&self) -> &[String] {
        &self.entries
    }
}

impl From<Vec<String>> for Names {
    fn from(entries: Vec<String>) -> Names {
        Names::new(entries)
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries.serialize(serializer)
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Names) -> bool {
        self.entries == other.entries
    }
}

impl Eq for Names {}
