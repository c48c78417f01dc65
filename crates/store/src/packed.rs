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
use std::io::Read;

/// Texts shorter than this in bytes are kept as they are.
const LONG: usize = 256;
/// The fastest of zstd's usual levels: a fifth of the bytes of a record in about 20 µs.
const LEVEL: i32 = 1;

/// Packs and unpacks the texts of one connection.
pub(crate) struct Packer {
    compressor: zstd::bulk::Compressor<'static>,
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Packer")
    }
}

impl Packer {
    pub(crate) fn new() -> Said<Self> {
        let compressor = zstd::bulk::Compressor::new(LEVEL).map_err(|error| refused(&error))?;
        Ok(Self { compressor })
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
}

/// The text of a blob.
pub(crate) fn unpack(blob: &[u8]) -> Said<String> {
    let mut text = String::new();
    zstd::Decoder::with_buffer(blob).and_then(|mut decoder| decoder.read_to_string(&mut text)).map_err(|error| {
        let reason = format!("库中的记录无法解压：{error}");
        Failed { failure: Failure::Lost, reason }
    })?;
    Ok(text)
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
        let query = Packer::new().unwrap().bind(query, text.to_owned()).unwrap();
        let row = query.fetch_one(&mut connection).await.unwrap();
        let kind: String = row.get(0);
        let out = match kind.as_str() {
            "blob" => unpack(row.get(2)).unwrap(),
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
        let mut packed = Packer::new().unwrap().compressor.compress(&[b'7'; 4096]).unwrap();
        packed.truncate(packed.len() - 1);
        assert!(unpack(&packed).unwrap_err().reason.contains("无法解压"));
        assert!(unpack(b"not packed").is_err());
    }
}
