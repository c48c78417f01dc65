//! Long texts packed on SQLite. PostgreSQL packs them by itself; SQLite would write every byte of a record twice, into its
//! log and into its file, and there the bytes are what the disk has least of.
//!
//! A packed text is a blob of one zstd frame that states its length; short texts stay texts. Which columns may hold one
//! says their table (`p`). Nothing is searched by them.

use crate::error::{Failed, Failure};
use crate::value::Said;
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use zstd::bulk::{Compressor, Decompressor};

/// Texts shorter than this in bytes are kept as they are.
const LONG: usize = 256;
/// The fastest of zstd's usual levels: a fifth of the bytes of a record in about 20 µs.
const LEVEL: i32 = 1;
/// Longest text that a record may be, in bytes: what claims to be longer is damaged.
const TEXT_MAX: u64 = 1 << 30;

/// Packs and unpacks the texts of one connection.
pub(crate) struct Packer {
    compressor: Compressor<'static>,
    decompressor: Decompressor<'static>,
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Packer")
    }
}

impl Packer {
    pub(crate) fn new() -> Said<Self> {
        let compressor = Compressor::new(LEVEL).map_err(|error| refused(&error))?;
        let decompressor = Decompressor::new().map_err(|error| refused(&error))?;
        Ok(Self { compressor, decompressor })
    }

    /// Gives a text to a statement, packed when that is shorter.
    pub(crate) fn bind<'q>(
        &mut self,
        query: Query<'q, Sqlite, SqliteArguments>,
        text: String,
    ) -> Said<Query<'q, Sqlite, SqliteArguments>> {
        if text.len() < LONG {
            return Ok(query.bind(text));
        }
        let packed = self.compressor.compress(text.as_bytes()).map_err(|error| refused(&error))?;
        Ok(if packed.len() < text.len() { query.bind(packed) } else { query.bind(text) })
    }

    /// The text of a blob.
    pub(crate) fn unpack(&mut self, blob: &[u8]) -> Said<String> {
        let length = zstd::zstd_safe::get_frame_content_size(blob).ok().flatten().filter(|length| *length <= TEXT_MAX);
        let Some(length) = length else { return Err(damaged("没有长度")) };
        let bytes = self.decompressor.decompress(blob, length as usize).map_err(|error| damaged(&error.to_string()))?;
        String::from_utf8(bytes).map_err(|error| damaged(&error.to_string()))
    }
}

fn damaged(reason: &str) -> Failed {
    Failed { failure: Failure::Lost, reason: format!("库中的记录无法解压：{reason}") }
}

fn refused(error: &std::io::Error) -> Failed {
    Failed { failure: Failure::Data, reason: format!("记录无法压缩：{error}") }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its database should stop there")]
mod tests {
    use super::*;
    use sqlx::{Connection as _, Row as _, SqliteConnection};

    /// What a column holds after a text was given to it: its kind, and the text that comes out.
    async fn kept(text: &str) -> (String, usize, String) {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let query = sqlx::query("SELECT typeof(v), length(v), v FROM (SELECT ? AS v)");
        let mut packer = Packer::new().unwrap();
        let query = packer.bind(query, text.to_owned()).unwrap();
        let row = query.fetch_one(&mut connection).await.unwrap();
        let kind: String = row.get(0);
        let out = match kind.as_str() {
            "blob" => packer.unpack(row.get(2)).unwrap(),
            _ => row.get(2),
        };
        (kind, usize::try_from(row.get::<i64, _>(1)).unwrap(), out)
    }

    #[tokio::test]
    async fn long_texts_are_packed_and_come_out_as_they_were() {
        let long: String = (0..100).map(|number| format!("{{\"number\":{number},\"名称\":\"葡萄糖测定\"}}")).collect();
        let (kind, length, out) = kept(&long).await;
        assert_eq!((kind.as_str(), out), ("blob", long.clone()));
        assert!(length * 3 < long.len(), "{length} of {}", long.len());
        for short in ["", "短", "a".repeat(LONG - 1).as_str()] {
            assert_eq!(kept(short).await.0, "text");
            assert_eq!(kept(short).await.2, short);
        }
    }

    #[test]
    fn a_damaged_record_is_said_to_be_damaged() {
        let mut packer = Packer::new().unwrap();
        let mut packed = packer.compressor.compress(&[b'7'; 4096]).unwrap();
        packed.truncate(packed.len() - 1);
        let not_utf8 = packer.compressor.compress(&[0xff; 4096]).unwrap();
        for wrong in [packed.as_slice(), b"not packed", b"", &not_utf8] {
            assert!(packer.unpack(wrong).unwrap_err().reason.contains("无法解压"));
        }
    }
}
