//! Times the loading of a made-up library of a million rows: `cargo run --release -p knowledge --example load_million [POINTS [CODES_EACH]]`.

use knowledge::Knowledge;
use std::fmt::Write as _;
use std::time::Instant;

fn main() {
    let mut sizes = std::env::args().skip(1).filter_map(|size| size.parse::<usize>().ok());
    let points = sizes.next().unwrap_or(300_000);
    let codes_each = sizes.next().unwrap_or(3);
    let batches = "batch,title,rule_class,published_on,in_force_from,in_force_until,reason\n1,第一批知识点（药品）,药品限支付疗程,2025-05-23,2025-01-01,,目录\n";
    let mut point_rows = String::from(
        "point_id,rule_id,rule_class,item_kind,name,text,logic,predicate,valid_from,valid_until,batch,published_on,supersedes,source,source_row\n",
    );
    let mut code_rows = String::from("point_id,seq,code\n");
    for n in 0..points {
        let days = n % 28 + 1;
        let _ = writeln!(
            point_rows,
            "KP-{n:016x},drug-paid-course-limit,药品限支付疗程,drug,某某注射液{n},限二级及以上医疗机构，支付不超过{days}天。,使用药品的日期总计超过限制天数,,2025-01-01,,1,2025-05-23,,附件,{n}"
        );
        for seq in 1..=codes_each {
            let _ = writeln!(code_rows, "KP-{n:016x},{seq},XB01AXA223B{:012}", n * codes_each + seq);
        }
    }
    let files: [(&str, &[u8]); 3] = [
        ("batches.csv", batches.as_bytes()),
        ("points.csv", point_rows.as_bytes()),
        ("codes.csv", code_rows.as_bytes()),
    ];
    for _ in 0..3 {
        let start = Instant::now();
        match Knowledge::read(&files) {
            Ok(knowledge) => {
                println!("{} points, {} codes: {:?}", knowledge.points.len(), knowledge.codes.len(), start.elapsed())
            }
            Err(problems) => {
                println!("{} problems, the first: {:?}", problems.len(), problems.first().map(ToString::to_string))
            }
        }
    }
}
