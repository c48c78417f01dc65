//! Generates a city and says how fast: `cargo run -p testkit --example city -- OUT PERSONS DAYS PROFILE FORMAT DOSE`.

use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |n: usize, otherwise: &str| arguments.get(n).cloned().unwrap_or_else(|| otherwise.into());
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = testkit::INPUT_FILES.iter().map(|name| Ok((*name, std::fs::read(root.join(name))?)));
    let files: Vec<(&str, Vec<u8>)> = files.collect::<Result<_, std::io::Error>>()?;
    let inputs: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let options = testkit::CityOptions {
        persons: argument(1, "10000").parse()?,
        days: argument(2, "365").parse()?,
        violations: match argument(3, "standard").as_str() {
            "none" => testkit::Profile::None,
            "heavy" => testkit::Profile::Heavy,
            _ => testkit::Profile::Standard,
        },
        format: match argument(4, "parquet").as_str() {
            "csv" => testkit::FolderFormat::Csv,
            "both" => testkit::FolderFormat::Both,
            _ => testkit::FolderFormat::Parquet,
        },
        dose: match argument(5, "all").parse() {
            Ok(degree) => testkit::Dose::Only(degree),
            Err(_) => testkit::Dose::All,
        },
        ..testkit::CityOptions::default()
    };
    let start = Instant::now();
    let out = argument(0, "/tmp/yibao-city");
    let written = testkit::generate(&options, &inputs, std::path::Path::new(&out), &mut |_| {})?;
    let elapsed = start.elapsed();
    let lines_a_second = u128::from(written.lines) * 1000 / elapsed.as_millis().max(1);
    println!("{written:?} in {} ms, {lines_a_second} lines/s", elapsed.as_millis());
    Ok(())
}
