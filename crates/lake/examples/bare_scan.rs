//! What it costs only to decode the columns an audit uses: the floor of `make bench`.
//!
//! `bare_scan CLAIMS_DIR [THREADS]` prints the number of charge lines. Text columns come as dictionaries, as the
//! audit reads them; nothing is done with the values.

use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use std::error::Error;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| ".".into()));
    let threads: usize = arguments.next().map_or(Ok(2), |text| text.parse())?;
    let mut rows = 0;
    for table in ["charge_lines", "visits", "diagnoses", "persons", "procedures"] {
        let path = folder.join(format!("{table}.parquet"));
        let counted = scan(&path, threads)?;
        if table == "charge_lines" {
            rows = counted;
        }
    }
    println!("{rows} lines");
    Ok(())
}

fn scan(path: &PathBuf, threads: usize) -> Result<usize, Box<dyn Error>> {
    let file = File::open(path)?;
    let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
    let fields = plain.schema().fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 => {
            let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            Field::new(field.name(), dictionary, field.is_nullable())
        }
        other => Field::new(field.name(), other.clone(), field.is_nullable()),
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new().with_schema(schema))?;
    let groups = metadata.metadata().num_row_groups();
    let next = AtomicUsize::new(0);
    let rows = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let group = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = (group < groups).then(|| File::open(path).ok()).flatten() else { return };
                    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
                    let Ok(reader) = builder.with_batch_size(8192).with_row_groups(vec![group]).build() else { return };
                    for batch in reader.flatten() {
                        rows.fetch_add(batch.num_rows(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    Ok(rows.into_inner())
}
