//! Text files: `NAME.csv`, plain or packed, with or without a byte order mark.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};

use crate::LakeError;
use crate::block::Origin;
use crate::decode::Raw;
use crate::source::{BATCH_ROWS, Each};

/// How a text file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// An opened text file: its header, read once.
#[derive(Debug)]
pub(crate) struct CsvFile {
    packing: Packing,
    fields: usize,
    bytes: u64,
}

/// Bytes looked at to tell UTF-8 from another encoding.
const SAMPLE_BYTES: usize = 64 * 1024;
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

impl CsvFile {
    /// Reads the header; the second part is the names of the columns.
    pub(crate) fn open(path: &Path, packing: Packing) -> Result<(Self, Vec<String>), String> {
        let bytes = std::fs::metadata(path).map_err(|e| format!("打不开：{e}；请检查权限"))?.len();
        let mut sample = Vec::new();
        let mut stream = unpack(path, packing).map_err(|e| format!("打不开：{e}；请检查文件是否完整"))?;
        stream
            .by_ref()
            .take(SAMPLE_BYTES as u64)
            .read_to_end(&mut sample)
            .map_err(|e| format!("解压失败（{e}），文件可能不完整；请重新导出"))?;
        if sample.is_empty() {
            return Err("文件是空的，连表头也没有；请重新导出".into());
        }
        check_encoding(&sample)?;
        let mut reader = reader(sample.strip_prefix(&MARK).unwrap_or(&sample));
        let mut header = csv::ByteRecord::new();
        reader.read_byte_record(&mut header).map_err(|e| format!("表头无法读取：{e}"))?;
        let names: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        if let [single] = names.as_slice()
            && single.contains([';', '\t', '|'])
        {
            return Err("各列不是以逗号分隔，未读取；请以英文逗号为分隔符重新导出".into());
        }
        Ok((Self { packing, fields: names.len(), bytes }, names))
    }

    pub(crate) fn rows_about(&self) -> u64 {
        self.bytes / 130 * if self.packing == Packing::Plain { 1 } else { 8 }
    }

    pub(crate) fn scan(
        &self,
        path: &Path,
        index: u16,
        places: &[Option<usize>],
        each: Each<'_>,
    ) -> Result<(), LakeError> {
        let broken = |e: &dyn std::fmt::Display| LakeError::unreadable(path, e);
        let mut reader = reader(unpack(path, self.packing).map_err(|e| broken(&e))?);
        let mut record = csv::ByteRecord::new();
        reader.read_byte_record(&mut record).map_err(|e| broken(&e))?;
        let mut columns: Vec<Option<StringBuilder>> =
            places.iter().map(|place| place.map(|_| StringBuilder::new())).collect();
        let mut raw = Raw { origin: Origin { file: index, row: 0 }, rows: 0, arrays: Vec::new(), broken: Vec::new() };
        while reader.read_byte_record(&mut record).map_err(|e| broken(&e))? {
            // Separators at the end of a line add empty cells, which mean nothing.
            let surplus = record.iter().skip(self.fields).any(|cell| !cell.is_empty());
            if record.len() < self.fields || surplus {
                let text = format!("这一行有 {} 列，表头有 {} 列；请检查引号与分隔符", record.len(), self.fields);
                raw.broken.push((raw.rows, text));
            }
            for (builder, place) in columns.iter_mut().zip(places) {
                let (Some(builder), Some(place)) = (builder, place) else { continue };
                let field = record.get(*place).unwrap_or_default();
                match str::from_utf8(field) {
                    Ok(text) => builder.append_value(text),
                    Err(_) => {
                        raw.broken.push((raw.rows, "含有不是 UTF-8 编码的字符；请以 UTF-8 重新导出".into()));
                        builder.append_value(String::from_utf8_lossy(field));
                    }
                }
            }
            raw.rows += 1;
            if raw.rows == BATCH_ROWS {
                let next = raw.origin.row + raw.rows as u64;
                raw.arrays = finish(&mut columns);
                let origin = Origin { file: index, row: next };
                let full = std::mem::replace(&mut raw, Raw { origin, rows: 0, arrays: Vec::new(), broken: Vec::new() });
                each(full)?;
            }
        }
        raw.arrays = finish(&mut columns);
        if raw.rows > 0 { each(raw) } else { Ok(()) }
    }
}

fn finish(columns: &mut [Option<StringBuilder>]) -> Vec<Option<ArrayRef>> {
    columns.iter_mut().map(|column| column.as_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef)).collect()
}

fn reader<R: Read>(stream: R) -> csv::Reader<R> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(1 << 18).from_reader(stream)
}

/// The unpacked bytes, without a byte order mark.
fn unpack(path: &Path, packing: Packing) -> std::io::Result<Box<dyn Read>> {
    let file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut stream: Box<dyn Read> = match packing {
        Packing::Plain => Box::new(file),
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(file)?),
    };
    let mut head = Vec::with_capacity(MARK.len());
    stream.by_ref().take(MARK.len() as u64).read_to_end(&mut head)?;
    if head == MARK {
        head.clear();
    }
    Ok(Box::new(std::io::Cursor::new(head).chain(stream)))
}

fn check_encoding(sample: &[u8]) -> Result<(), String> {
    if sample.starts_with(&[0xff, 0xfe]) || sample.starts_with(&[0xfe, 0xff]) {
        return Err("文件是 UTF-16 编码，未读取；请以 UTF-8 重新导出".into());
    }
    // A stray byte spoils its row alone; a file of which much is no UTF-8 was written in another encoding.
    let foreign = |line: &&[u8]| str::from_utf8(line).is_err_and(|error| error.error_len().is_some());
    let written = sample.split(|byte| *byte == b'\n').filter(|line| !line.is_ascii());
    let (count, bad) = (written.clone().count(), written.filter(foreign).count());
    if bad * 2 > count {
        return Err("文件不是 UTF-8 编码（可能是 GBK），未读取；请以 UTF-8 重新导出".into());
    }
    Ok(())
}
