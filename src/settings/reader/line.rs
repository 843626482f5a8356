//! Where a table stands in its file, for those who name it again later (`onit routing check`).

use toml::de::DeValue;

use super::Table;

impl Table<'_> {
    /// Line of the table's header, counted from 1.
    pub(in crate::settings) fn line(&self) -> Option<usize> {
        self.header.map(|byte| self.doc.line(byte))
    }

    /// How messages call the file.
    pub(in crate::settings) fn file(&self) -> &str {
        self.doc.name
    }

    /// The key stands there as a list without anything in it.
    pub(in crate::settings) fn list_is_empty(&self, key: &str) -> bool {
        matches!(self.entry(key), Some((_, DeValue::Array(items))) if items.is_empty())
    }
}
