//! How long a library of a million knowledge rows takes to read and to compile.
//!
//! `cargo run --profile quick -p audit --example million_rows -- DATA_DIR [ROWS]`: DATA_DIR holds `rules/` and
//! `catalog/`; the rows are made up (`XLOCAL…` codes with a sex or an age limit), a quarter with a code of their own
//! point, the rest several codes a point.

use audit::{Cases, Library, Sources};
use catalog::Catalogue;
use knowledge::Knowledge;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let data = arguments.next().unwrap_or_else(|| ".".into());
    let rows: usize = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let data = Path::new(&data);
    let mut tables = Vec::new();
    for entry in std::fs::read_dir(data.join("catalog"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        tables.push((name, std::fs::read(&path)?));
    }
    let borrowed: Vec<(&str, &[u8])> = tables.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let catalogue = Arc::new(Catalogue::read(&borrowed).map_err(|problems| format!("{problems:?}"))?);
    let file = "rules/drug-use/drug-sex-specific.md";
    let rules = [(file.to_owned(), std::fs::read_to_string(data.join(file))?)];
    let (points, codes) = made_up(rows);

    let started = Instant::now();
    let files: [(&str, &[u8]); 3] =
        [("batches.csv", BATCHES.as_bytes()), ("points.csv", points.as_bytes()), ("codes.csv", codes.as_bytes())];
    let knowledge =
        Knowledge::read(&files).map_err(|problems| format!("{} problems: {:?}", problems.len(), problems.first()))?;
    let read = started.elapsed();
    let knowledge = Arc::new(knowledge);
    let started = Instant::now();
    let sources = Sources { rules: &rules, knowledge: Arc::clone(&knowledge), catalogue, cases: Cases::MayLack };
    let library = Library::compile(&sources).map_err(|problems| format!("{problems:?}"))?;
    let compiled = started.elapsed();
    println!(
        "points {}\tcode rows {}\tchecks {}\tread {} ms\tcompiled {} ms",
        knowledge.points.len(),
        knowledge.codes.len(),
        library.check_count(),
        read.as_millis(),
        compiled.as_millis()
    );
    Ok(())
}

const BATCHES: &str = "batch,title,rule_class,published_on,in_force_from,in_force_until,reason\n\
    1,示例,药品区分性别使用,2025-05-23,2021-05-01,,示例\n";

/// Points and codes: one row a code, four codes a point on average.
fn made_up(rows: usize) -> (String, String) {
    let mut points = String::from(
        "point_id,rule_id,rule_class,item_kind,name,text,logic,predicate,valid_from,valid_until,batch,published_on,supersedes,source,source_row\n",
    );
    let mut codes = String::from("point_id,seq,code\n");
    let (mut point, mut row) = (0, 0);
    while row < rows {
        let sex = if point % 2 == 0 { "M" } else { "F" };
        let _ = writeln!(
            points,
            "L-{point},drug-sex-specific,药品区分性别使用,drug,示例药品{point},示例限定,与限定性别不符,sex={sex},2021-05-01,,1,2025-05-23,,示例.xlsx,{point}"
        );
        let many = if point % 4 == 0 { 1 } else { 5 };
        for seq in 1..=many.min(rows - row) {
            let _ = writeln!(codes, "L-{point},{seq},XLOCAL{row:017}");
            row += 1;
        }
        point += 1;
    }
    (points, codes)
}
