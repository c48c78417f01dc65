//! Answers as a table: one row a case, national fields, funds, accumulators, receipt.

use super::Refused;
use anyhow::{Context, Result, bail};
use arrow::array::{ArrayRef, Decimal128Builder, RecordBatch, StringBuilder, UInt64Builder};
use arrow::datatypes::{DataType, Field, Schema};
use benefit::{Answer, Fund};
use model::Fen;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a batch on their way to Parquet.
const BATCH_ROWS: usize = 8 * 1024;
/// National fields that every answer has, in order.
const MONEY: [&str; 19] = [
    "medfee_sumamt",
    "fulamt_ownpay_amt",
    "overlmt_selfpay",
    "preselfpay_amt",
    "inscp_scp_amt",
    "act_pay_dedc",
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "maf_pay",
    "oth_pay",
    "fund_pay_sumamt",
    "psn_part_amt",
    "acct_pay",
    "acct_mulaid_pay",
    "psn_cash_pay",
    "hosp_part_amt",
];
const TEXTS: [&str; 5] = ["year_to_date", "unmodelled", "receipt.engine", "receipt.policy", "receipt.input"];

/// Writes answers to CSV or Parquet.
pub struct AnswerWriter {
    sink: Sink,
}

enum Sink {
    Csv(Box<csv::Writer<Box<dyn Write>>>),
    Parquet { writer: Box<ArrowWriter<File>>, schema: Arc<Schema>, rows: Vec<Row> },
}

/// One answer as cells.
struct Row {
    number: u64,
    id: String,
    money: Vec<Fen>,
    texts: [String; TEXTS.len()],
}

impl Row {
    fn of(number: u64, answer: &Answer) -> Self {
        let settlement = |name: &&str| answer.settlement.get(name).unwrap_or_default();
        let fund = |fund: &Fund| {
            let share = answer.funds.iter().find(|share| share.fund == fund.name());
            share.and_then(|share| Fen::parse(share.amount.as_bytes()).ok()).unwrap_or_default()
        };
        let year: serde_json::Map<String, serde_json::Value> =
            answer.year_to_date.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect();
        Self {
            number,
            id: answer.id.clone(),
            money: MONEY.iter().map(settlement).chain(Fund::ALL.iter().map(fund)).collect(),
            texts: [
                serde_json::Value::Object(year).to_string(),
                answer.unmodelled.join("；"),
                answer.receipt.engine.to_owned(),
                answer.receipt.policy.clone(),
                answer.receipt.input.clone(),
            ],
        }
    }
}

fn money_names() -> Vec<String> {
    let funds = Fund::ALL.iter().map(|fund| format!("fund.{}", fund.name()));
    MONEY.iter().map(|name| (*name).to_owned()).chain(funds).collect()
}

impl AnswerWriter {
    /// A file by its extension; without a path, CSV to the terminal.
    pub fn create(path: Option<&Path>) -> Result<Self> {
        let extension = path.and_then(|path| path.extension()).and_then(|extension| extension.to_str());
        let sink = match (path, extension) {
            (None, _) => Sink::Csv(Box::new(csv::Writer::from_writer(Box::new(std::io::stdout())))),
            (Some(path), Some("csv")) => {
                let file = File::create(path).with_context(|| format!("写不了 {}", path.display()))?;
                Sink::Csv(Box::new(csv::Writer::from_writer(Box::new(std::io::BufWriter::new(file)))))
            }
            (Some(path), Some("parquet")) => parquet_sink(path)?,
            (Some(path), _) => bail!("{}：--out 应以 .csv 或 .parquet 结尾", path.display()),
        };
        let mut writer = Self { sink };
        if let Sink::Csv(csv) = &mut writer.sink {
            let names = money_names();
            let texts = TEXTS.iter().map(|name| (*name).to_owned());
            csv.write_record(["row".to_owned(), "id".to_owned()].into_iter().chain(names).chain(texts))?;
        }
        Ok(writer)
    }

    /// Adds an answer.
    pub fn add(&mut self, number: u64, answer: &Answer) -> Result<()> {
        let row = Row::of(number, answer);
        match &mut self.sink {
            Sink::Csv(csv) => {
                let cells = [row.number.to_string(), row.id].into_iter();
                csv.write_record(cells.chain(row.money.iter().map(Fen::to_string)).chain(row.texts))?;
                Ok(())
            }
            Sink::Parquet { rows, .. } => {
                rows.push(row);
                if rows.len() >= BATCH_ROWS { self.flush() } else { Ok(()) }
            }
        }
    }

    fn flush(&mut self) -> Result<()> {
        let Sink::Parquet { writer, schema, rows } = &mut self.sink else { return Ok(()) };
        let mut numbers = UInt64Builder::new();
        let mut ids = StringBuilder::new();
        let mut money: Vec<Decimal128Builder> = money_names().iter().map(|_| Decimal128Builder::new()).collect();
        let mut texts: Vec<StringBuilder> = TEXTS.iter().map(|_| StringBuilder::new()).collect();
        for row in rows.drain(..) {
            numbers.append_value(row.number);
            ids.append_value(&row.id);
            money.iter_mut().zip(&row.money).for_each(|(builder, fen)| builder.append_value(i128::from(fen.0)));
            texts.iter_mut().zip(&row.texts).for_each(|(builder, text)| builder.append_value(text));
        }
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(numbers.finish()), Arc::new(ids.finish())];
        for mut builder in money {
            arrays.push(Arc::new(builder.finish().with_precision_and_scale(16, 2)?));
        }
        arrays.extend(texts.into_iter().map(|mut builder| Arc::new(builder.finish()) as ArrayRef));
        writer.write(&RecordBatch::try_new(Arc::clone(schema), arrays)?)?;
        Ok(())
    }

    /// Writes what is still held back; without it a Parquet file is unreadable.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        match self.sink {
            Sink::Csv(mut csv) => csv.flush()?,
            Sink::Parquet { writer, .. } => {
                writer.close()?;
            }
        }
        Ok(())
    }
}

fn parquet_sink(path: &Path) -> Result<Sink> {
    let mut fields = vec![Field::new("row", DataType::UInt64, false), Field::new("id", DataType::Utf8, false)];
    fields.extend(money_names().into_iter().map(|name| Field::new(name, DataType::Decimal128(16, 2), false)));
    fields.extend(TEXTS.iter().map(|name| Field::new(*name, DataType::Utf8, false)));
    let schema = Arc::new(Schema::new(fields));
    let file = File::create(path).with_context(|| format!("写不了 {}", path.display()))?;
    let properties = WriterProperties::builder()
        .set_created_by("yibao".into())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .build();
    let writer = Box::new(ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))?);
    Ok(Sink::Parquet { writer, schema, rows: Vec::new() })
}

/// `answers.csv` → `answers.rejects.csv`: every refused case with row, field and reason. None are written when
/// there are none, and those of an earlier run are removed.
pub fn write_rejects(out: &Path, refused: &[Refused]) -> Result<Option<PathBuf>> {
    let path = out.with_extension("rejects.csv");
    if refused.is_empty() {
        if path.exists() {
            std::fs::remove_file(&path).with_context(|| format!("删不了上次的 {}", path.display()))?;
        }
        return Ok(None);
    }
    let mut writer = csv::Writer::from_path(&path).with_context(|| format!("写不了 {}", path.display()))?;
    writer.write_record(["row", "id", "field", "reason"])?;
    for Refused { row, id, field, reason } in refused {
        writer.write_record([&row.to_string(), id, field, reason])?;
    }
    writer.flush()?;
    Ok(Some(path))
}
