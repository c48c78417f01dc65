//! Writes a report of an invented city: `cargo run -p report --example sample -- FOLDER [FINDINGS]`.

mod city;

use std::error::Error;
use std::fs::{File, create_dir_all};
use std::io::BufWriter;
use std::path::PathBuf;
use std::time::Instant;

use city::{City, Size};
use report::{DetailRows, Figures, Tally, Workbook, terminal_summary, write_html, write_summary};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("请给出输出目录：sample FOLDER [FINDINGS]")?);
    let findings = arguments.next().map_or(Ok(20_000), |text| text.parse())?;
    create_dir_all(&folder)?;
    let city = City::new(7, &Size { institutions: 200, rules: 88, months: 24, findings });

    let began = Instant::now();
    let mut tally = Tally::new();
    for finding in &city.findings {
        tally.add(&city.view(finding))?;
    }
    let tallied = tally.finish()?;
    let figures = Figures::new(&city.report, &tallied);
    eprintln!("tally {:?}", began.elapsed());

    let began = Instant::now();
    let mut book = Workbook::create(&folder.join("report.xlsx"), DetailRows::All)?;
    for finding in &city.findings {
        book.add(&city.view(finding))?;
    }
    book.finish(&figures)?;
    eprintln!("xlsx {:?}", began.elapsed());

    let began = Instant::now();
    write_summary(&figures, BufWriter::new(File::create(folder.join("summary.json"))?))?;
    eprintln!("json {:?}", began.elapsed());
    let began = Instant::now();
    write_html(&figures, BufWriter::new(File::create(folder.join("report.html"))?))?;
    eprintln!("html {:?}", began.elapsed());
    let look = [format!("报告  {}", folder.join("report.html").display())];
    print!("{}", terminal_summary(&figures, &look));
    Ok(())
}
