//! `policy/<area>/items.csv`: what an area says of single items.
//!
//! ```text
//! item,class,upfront_ratio,ceiling,portion,from,until,document,article
//! XA02BCA084A012010100453,乙,0.15,,,2025-01-01,2026-01-01,jn-2025-3,附件2 第7行
//! ```
//! A tenth column `restriction` may follow: for whom or when the item is paid; what the catalogue says, when empty.
//! A filled cell goes before the catalogue; an empty one leaves the question to it. `ceiling` may be `none`: no
//! highest price, whatever the price book says. `from` is required, `until` is the first day the row no longer
//! holds. One item has one row a day (I9). A temporary policy (overlay) goes before this table.

use benefit::{Portion, Ratio};
use catalog::{PaymentClass, Problem};
use csv::StringRecord;
use model::{Day, Span, UnitPrice, nearest};
use rustc_hash::FxHashMap;
use std::fmt::Display;

/// The columns of the file.
const COLUMNS: [&str; 10] =
    ["item", "class", "upfront_ratio", "ceiling", "portion", "from", "until", "document", "article", "restriction"];
/// Those that every file has.
const REQUIRED: usize = 9;

/// What an area says of one item on some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRow {
    /// The code, as bills have it.
    pub item: String,
    /// 甲, 乙, 丙; `None` leaves it to the catalogue.
    pub class: Option<PaymentClass>,
    /// The first share of a class 乙 item; `None` is the area's general one.
    pub upfront_ratio: Option<Ratio>,
    /// The highest price: `None` is the price book's, `Some(None)` is none at all.
    pub ceiling: Option<Option<UnitPrice>>,
    /// The part of the bill it belongs to.
    pub portion: Option<Portion>,
    /// For whom or when it is paid (限定支付范围); empty leaves it to the catalogue.
    pub restriction: String,
    /// Its days.
    pub valid: Span,
    /// Id of the document.
    pub document: String,
    /// Article or attachment row.
    pub article: String,
    /// Where the row stands.
    pub line: u32,
}

/// The area's own table.
#[derive(Debug, Clone, Default)]
pub struct AreaItems {
    file: String,
    rows: FxHashMap<String, Vec<ItemRow>>,
}

impl AreaItems {
    /// Reads the file, or says everything that is wrong with it. `documents` are the ids that the area's own
    /// files, its province's and the nation's declare.
    pub fn read(file: &str, bytes: &[u8], documents: &[&str]) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { file, documents, problems: Vec::new() };
        let rows = reader.rows(bytes);
        let mut items = Self { file: file.to_owned(), ..Self::default() };
        for row in rows {
            let same = items.rows.entry(row.item.clone()).or_default();
            if let Some(other) = same.iter().find(|other| overlap(other.valid, row.valid)) {
                let what = format!("与第 {} 行在同一些日子里都有效", other.line);
                let remedy = "一个项目一天只能有一行：请给前一行补 until，或删去一行";
                reader.report(row.line, "from", &row.valid.from.to_string(), what, remedy);
            }
            same.push(row);
        }
        if reader.problems.is_empty() { Ok(items) } else { Err(reader.problems) }
    }

    /// The area's row for a code on a day.
    pub(crate) fn row(&self, code: &str, on: Day) -> Option<&ItemRow> {
        self.rows.get(code)?.iter().find(|row| row.valid.contains(on))
    }

    /// How a row is cited: file, line, document and article.
    pub(crate) fn cite(&self, row: &ItemRow) -> String {
        format!("{} 第 {} 行（{} {}）", self.file, row.line, row.document, row.article)
    }
}

fn overlap(one: Span, other: Span) -> bool {
    one.until.is_none_or(|until| other.from < until) && other.until.is_none_or(|until| one.from < until)
}

struct Reader<'a> {
    file: &'a str,
    documents: &'a [&'a str],
    problems: Vec<Problem>,
}

/// One record with its columns found.
struct Cells<'a> {
    record: &'a StringRecord,
    places: &'a [Option<usize>; COLUMNS.len()],
    line: u32,
}

impl Cells<'_> {
    fn get(&self, column: usize) -> &str {
        let place = self.places.get(column).copied().flatten();
        place.and_then(|place| self.record.get(place)).unwrap_or_default().trim()
    }
}

impl Reader<'_> {
    fn report(&mut self, line: u32, column: &str, value: &str, what: impl Into<String>, remedy: impl Display) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line,
            column: column.to_owned(),
            value: value.to_owned(),
            what: what.into(),
            remedy: remedy.to_string(),
        });
    }

    fn rows(&mut self, bytes: &[u8]) -> Vec<ItemRow> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
        let header = reader.headers().cloned().unwrap_or_default();
        let Some(places) = self.places(&header) else { return Vec::new() };
        let mut rows = Vec::new();
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, |at| u32::try_from(at.line()).unwrap_or(u32::MAX));
                    rows.extend(self.row(&Cells { record: &record, places: &places, line }));
                }
                Err(error) => {
                    let line = error.position().map_or(0, |at| u32::try_from(at.line()).unwrap_or(u32::MAX));
                    self.report(line, "", "", "这一行不能读取", "请检查逗号、引号，并以 UTF-8 编码保存");
                }
            }
        }
        rows
    }

    fn places(&mut self, header: &StringRecord) -> Option<[Option<usize>; COLUMNS.len()]> {
        let before = self.problems.len();
        for name in header.iter().map(str::trim).filter(|name| !COLUMNS.contains(name)) {
            let remedy = match nearest(name, COLUMNS) {
                Some(near) => format!("是否应为 {near}"),
                None => format!("可用的列：{}", COLUMNS.join("、")),
            };
            self.report(1, name, "", "不认识的列", remedy);
        }
        let places = COLUMNS.map(|name| header.iter().position(|found| found.trim() == name));
        for (name, _) in COLUMNS.iter().zip(&places).take(REQUIRED).filter(|(_, place)| place.is_none()) {
            self.report(1, name, "", "缺少这一列", "请补上（可为空值）");
        }
        (self.problems.len() == before).then_some(places)
    }

    fn row(&mut self, cells: &Cells<'_>) -> Option<ItemRow> {
        let before = self.problems.len();
        let line = cells.line;
        if cells.get(0).is_empty() {
            self.report(line, "item", "", "没有编码", "请填写医保编码，或删去这一行");
        }
        let class = self.word(cells, 1, "甲、乙、丙", PaymentClass::from_word);
        let ratio = |text: &str| Ratio::parse(text).filter(|ratio| ratio.within_one() == *ratio);
        let upfront_ratio = self.word(cells, 2, "0 到 1 的小数，如 0.10", ratio);
        let price = |text: &str| match text {
            "none" => Some(None),
            _ => UnitPrice::parse(text.as_bytes()).ok().filter(|price| price.0 >= 0).map(Some),
        };
        let ceiling = self.word(cells, 3, "非负的元数（至多四位小数），或 none", price);
        let portions: Vec<&str> = Portion::names().collect();
        let portion = self.word(cells, 4, &portions.join("、"), Portion::parse);
        let day = |text: &str| Day::parse(text.as_bytes()).ok();
        let from = self.word(cells, 5, "日期，如 2025-01-01", day);
        let until = self.word(cells, 6, "日期，如 2026-01-01", day);
        if cells.get(5).is_empty() {
            self.report(line, "from", "", "没有起始日期", "请填写自哪一天起有效");
        }
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            self.report(line, "until", cells.get(6), "截止日期不晚于起始日期", "截止日不含当天，应晚于 from");
        }
        if class.is_none()
            && upfront_ratio.is_none()
            && ceiling.is_none()
            && portion.is_none()
            && cells.get(9).is_empty()
        {
            let remedy = "请填写 class、upfront_ratio、ceiling、portion 或 restriction";
            self.report(line, "class", "", "这一行什么也没有规定", remedy);
        }
        if matches!(class, Some(PaymentClass::A | PaymentClass::C)) && upfront_ratio.is_some() {
            self.report(line, "upfront_ratio", cells.get(2), "只有乙类有先行自付比例", "请留空，或把 class 改为乙");
        }
        self.source(cells);
        if self.problems.len() > before {
            return None;
        }
        Some(ItemRow {
            item: cells.get(0).to_owned(),
            class,
            upfront_ratio,
            ceiling,
            portion,
            restriction: cells.get(9).to_owned(),
            valid: Span { from: from?, until },
            document: cells.get(7).to_owned(),
            article: cells.get(8).to_owned(),
            line,
        })
    }

    /// I4: no row without document and article.
    fn source(&mut self, cells: &Cells<'_>) {
        let document = cells.get(7);
        if document.is_empty() || cells.get(8).is_empty() {
            self.report(cells.line, "document", document, "没有写明文件与条款", "请填写 document 与 article");
        } else if !self.documents.contains(&document) {
            let remedy = match nearest(document, self.documents.iter().copied()) {
                Some(near) => format!("是否应为 {near}"),
                None => "请在 area.toml 中用 [[document]] 登记".to_owned(),
            };
            self.report(cells.line, "document", document, "没有登记的文件", remedy);
        }
    }

    /// An optional cell: empty is `None`, something else must be one of what is allowed.
    fn word<T>(
        &mut self,
        cells: &Cells<'_>,
        column: usize,
        allowed: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = cells.get(column);
        if text.is_empty() {
            return None;
        }
        let parsed = parse(text);
        if parsed.is_none() {
            let name = COLUMNS.get(column).copied().unwrap_or_default();
            self.report(cells.line, name, text, "不是允许的取值", format!("应为{allowed}"));
        }
        parsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "item,class,upfront_ratio,ceiling,portion,from,until,document,article\n";

    fn read(rows: &str) -> Result<AreaItems, String> {
        let lines = |problems: Vec<Problem>| problems.iter().map(|p| format!("{p}\n")).collect::<String>();
        AreaItems::read("items.csv", format!("{HEADER}{rows}").as_bytes(), &["doc-1", "doc-2"]).map_err(lines)
    }

    #[test]
    fn i9_one_item_has_one_row_a_day() {
        let items = read(
            "A1,乙,0.10,,,2025-01-01,2025-07-01,doc-1,附件1\n\
             A1,乙,0.20,none,drug,2025-07-01,,doc-2,附件1\n",
        )
        .unwrap();
        let ratio = |day: &str| {
            items.row("A1", Day::parse(day.as_bytes()).unwrap()).and_then(|row| row.upfront_ratio).map(|ratio| ratio.0)
        };
        assert_eq!(ratio("2024-12-31"), None);
        assert_eq!(ratio("2025-06-30"), Some(100_000));
        assert_eq!(ratio("2025-07-01"), Some(200_000));
        let error = read("A1,乙,,,,2025-01-01,,doc-1,一\nA1,甲,,,,2026-01-01,,doc-1,一\n").unwrap_err();
        assert!(error.contains("第 3 行") && error.contains("与第 2 行"), "{error}");
    }

    #[test]
    fn every_mistake_is_told_at_once_with_line_column_and_remedy() {
        let error = read(
            ",甲,,,,2025-01-01,,doc-1,一\n\
             A2,丁,,,,2025-01-01,,doc-1,一\n\
             A3,甲,0.10,,,2025-01-01,,doc-1,一\n\
             A4,乙,1.5,,,2025-01-01,,doc-1,一\n\
             A5,,,,,2025-01-01,,doc-1,一\n\
             A6,乙,,-1,,2025-01-01,,doc-1,一\n\
             A7,乙,,,drugs,2025-01-01,,doc-1,一\n\
             A8,乙,,,,,,doc-1,一\n\
             A9,乙,,,,2025-01-01,2025-01-01,doc-1,一\n\
             B1,乙,,,,2025-01-01,,doc-l,一\n\
             B2,乙,,,,2025-01-01,,doc-1,\n",
        )
        .unwrap_err();
        for word in [
            "第 2 行，item 列：没有编码",
            "第 3 行，class 列，值「丁」：不是允许的取值。应为甲、乙、丙",
            "第 4 行，upfront_ratio 列，值「0.10」：只有乙类",
            "第 5 行，upfront_ratio 列，值「1.5」",
            "第 6 行，class 列：这一行什么也没有规定",
            "第 7 行，ceiling 列，值「-1」",
            "第 8 行，portion 列，值「drugs」",
            "第 9 行，from 列：没有起始日期",
            "第 10 行，until 列",
            "第 11 行，document 列，值「doc-l」：没有登记的文件。是否应为 doc-1",
            "第 12 行，document 列，值「doc-1」：没有写明文件与条款",
        ] {
            assert!(error.contains(word), "{word} not in\n{error}");
        }
        let header = AreaItems::read("items.csv", b"item,klass\n", &[]).unwrap_err();
        assert!(header.iter().any(|p| p.to_string().contains("klass") && p.to_string().contains("是否应为 class")));
    }
}
