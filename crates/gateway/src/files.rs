//! Files of the interface: a ZIP of one UTF-8 text, a row a line, cells separated by tabs, `null` for an empty cell.
//!
//! What comes from outside is read with limits: one member, a size that is checked while it is inflated, no trust in
//! what its headers say (a ZIP of a few kilobytes can claim to hold gigabytes).

use crate::fault::Fault;
use crate::json::Json;
use crate::node::Row;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;

/// Largest text inside a file that is read, in bytes.
pub const TEXT_MAX: u64 = 64 << 20;
/// What stands for an empty cell.
const EMPTY: &str = "null";

/// The text of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextFile {
    text: String,
}

/// The cells of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells<'a>(Vec<&'a str>);

impl Cells<'_> {
    /// The cell of a column, from 0; empty when there is none.
    #[must_use]
    pub fn get(&self, column: usize) -> &str {
        match self.0.get(column).map(|cell| cell.trim()) {
            None | Some(EMPTY) => "",
            Some(cell) => cell,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl TextFile {
    /// Opens a ZIP and reads its one text.
    ///
    /// # Errors
    /// What is wrong with the file, and what to do, in Chinese.
    pub fn read(zipped: &[u8]) -> Result<Self, String> {
        let broken = |what: &str| format!("文件不是可读的 ZIP（{what}），请压缩后重新上传");
        let mut archive = zip::ZipArchive::new(Cursor::new(zipped)).map_err(|e| broken(&e.to_string()))?;
        if archive.len() != 1 {
            return Err(format!("ZIP 内应只有一个文本文件，实有 {} 个，请重新压缩", archive.len()));
        }
        let member = archive.by_index(0).map_err(|e| broken(&e.to_string()))?;
        let mut bytes = Vec::new();
        let read = member.take(TEXT_MAX + 1).read_to_end(&mut bytes).map_err(|e| broken(&e.to_string()))?;
        if u64::try_from(read).unwrap_or(u64::MAX) > TEXT_MAX {
            return Err(format!("解压后超过 {} MB，请分批上传", TEXT_MAX >> 20));
        }
        let text = String::from_utf8(bytes).map_err(|e| {
            format!("文本第 {} 字节不是 UTF-8 编码，请转码后重新上传", e.utf8_error().valid_up_to() + 1)
        })?;
        Ok(Self { text: text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text) })
    }

    /// The lines that are not blank.
    pub fn rows(&self) -> impl Iterator<Item = Cells<'_>> {
        let lines = self.text.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| Cells(line.split('\t').collect()))
    }

    /// Adds a line. Tabs and line breaks inside a cell become blanks.
    pub fn add<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) {
        for (index, cell) in cells.into_iter().enumerate() {
            if index > 0 {
                self.text.push('\t');
            }
            if cell.is_empty() {
                self.text.push_str(EMPTY);
            } else {
                self.text.extend(cell.chars().map(|c| if c.is_control() { ' ' } else { c }));
            }
        }
        self.text.push('\n');
    }

    /// The ZIP of the text under a name.
    ///
    /// # Errors
    /// The ZIP could not be written: a fault of the program.
    pub fn write(&self, name: &str) -> Result<Vec<u8>, String> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        zip.start_file(name, options).map_err(|e| e.to_string())?;
        zip.write_all(self.text.as_bytes()).map_err(|e| e.to_string())?;
        Ok(zip.finish().map_err(|e| e.to_string())?.into_inner())
    }
}

/// 9101: name and bytes; `in` is Base64 or a list of numbers, and empty when the bytes stand beside the message.
pub(crate) fn uploaded(input: &Row) -> Result<(String, Vec<u8>), Fault> {
    let node = input.row("fsUploadIn");
    let text = node.map(|node| node.text("in")).unwrap_or_default();
    let bytes = if text.trim_start().starts_with('[') { numbers(text) } else { STANDARD.decode(text.trim()).ok() };
    match bytes {
        Some(bytes) => Ok((node.map(|node| node.string("filename")).unwrap_or_default(), bytes)),
        None => Err(Fault::new(
            "节点 fsUploadIn 字段 in（文件数据）",
            "既不是 Base64，也不是 0 至 255（或 -128 至 127）的数组",
            "请按其中一种方式上传",
        )),
    }
}

/// Bytes as a list of numbers; Java's are signed.
fn numbers(text: &str) -> Option<Vec<u8>> {
    let Ok(Json::List(items)) = Json::parse(text) else { return None };
    let byte = |item: &Json<'_>| match item {
        Json::Number(digits) => {
            let number: i16 = digits.parse().ok()?;
            u8::try_from(number).ok().or_else(|| i8::try_from(number).ok().map(i8::cast_unsigned))
        }
        _ => None,
    };
    items.iter().map(byte).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn empty_cells_are_null_and_breaks_do_not_make_rows() {
        let mut file = TextFile::default();
        file.add(["S1", "", "a\tb\nc"]);
        file.add(["S2", "null", "d"]);
        let read = TextFile::read(&file.write("r.txt").unwrap()).unwrap();
        assert_eq!(read.text, "S1\tnull\ta b c\nS2\tnull\td\n");
        let rows: Vec<Cells<'_>> = read.rows().collect();
        assert_eq!((rows[0].get(1), rows[1].get(1), rows[1].get(9), rows[0].count()), ("", "", "", 3));
    }

    #[test]
    fn a_bomb_is_refused_while_it_inflates() {
        let bomb = TextFile { text: "0".repeat(usize::try_from(TEXT_MAX).unwrap() + 1) }.write("b.txt").unwrap();
        assert!(bomb.len() < 1 << 20, "a small file: {}", bomb.len());
        assert!(TextFile::read(&bomb).unwrap_err().contains("超过 64 MB"));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        assert!(TextFile::read(b"not a zip").unwrap_err().contains("ZIP"));
        let mut two = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["a.txt", "b.txt"] {
            two.start_file(name, SimpleFileOptions::default()).unwrap();
        }
        assert!(TextFile::read(&two.finish().unwrap().into_inner()).unwrap_err().contains("2 个"));
    }

    #[test]
    fn java_and_python_send_bytes_differently() {
        assert_eq!(numbers("[80,75,-1,255,0]"), Some(vec![80, 75, 255, 255, 0]));
        assert_eq!(numbers("[80,256]"), None);
        assert_eq!(numbers("[80,\"75\"]"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0_usize..200, to in any::<u8>()) {
            let _ = TextFile::read(&bytes);
            let mut file = TextFile::default();
            file.add(["S1", "M1", "P1", "100.00", "45.85", "30.00", "0"]);
            let mut zipped = file.write("r.txt").unwrap();
            let place = at % zipped.len();
            zipped[place] = to;
            let _ = TextFile::read(&zipped);
        }
    }
}
