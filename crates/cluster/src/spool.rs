//! What a run brings, kept on disk until all of it is there.
//!
//! A run that fails half-way is forgotten with its file; memory holds a batch.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use query::audit_schema;

use crate::ClusterError;

/// Batches on their way to disk.
pub(crate) struct Spool {
    path: PathBuf,
    writer: StreamWriter<BufWriter<File>>,
}

/// All batches of a run.
pub(crate) struct Spooled(PathBuf);

fn failed(error: &dyn std::fmt::Display) -> ClusterError {
    ClusterError::Spool(error.to_string())
}

impl Spool {
    /// Begins anew: what an attempt before left is gone.
    pub(crate) fn create(path: &Path) -> Result<Self, ClusterError> {
        let file = File::create(path).map_err(|e| failed(&e))?;
        let writer = StreamWriter::try_new_buffered(file, &audit_schema()).map_err(|e| failed(&e))?;
        Ok(Self { path: path.to_path_buf(), writer })
    }

    pub(crate) fn put(&mut self, batch: &RecordBatch) -> Result<(), ClusterError> {
        self.writer.write(batch).map_err(|e| failed(&e))
    }

    pub(crate) fn finish(mut self) -> Result<Spooled, ClusterError> {
        self.writer.finish().map_err(|e| failed(&e))?;
        Ok(Spooled(self.path))
    }
}

impl Spooled {
    /// Shows every batch.
    pub(crate) fn each(
        &self,
        show: &mut dyn FnMut(RecordBatch) -> Result<(), ClusterError>,
    ) -> Result<(), ClusterError> {
        let file = File::open(&self.0).map_err(|e| failed(&e))?;
        let batches = StreamReader::try_new(BufReader::new(file), None).map_err(|e| failed(&e))?;
        batches.into_iter().try_for_each(|batch: Result<RecordBatch, ArrowError>| show(batch.map_err(|e| failed(&e))?))
    }
}
