//! Times reading, loading and asking, on a folder of tables:
//! `cargo run --profile quick -p catalog --example catalogue_times -- catalog`.

use catalog::Catalogue;
use std::time::Instant;

/// A step that was timed: the best of several runs, in microseconds.
fn best_of<T>(runs: u32, mut step: impl FnMut() -> T) -> u128 {
    let time = |_| {
        let start = Instant::now();
        std::hint::black_box(step());
        start.elapsed().as_micros()
    };
    (0..runs).map(time).min().unwrap_or(0)
}

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "catalog".to_owned());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        files.push((name, std::fs::read(&path)?));
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let catalogue = match Catalogue::read(&files) {
        Ok(catalogue) => catalogue,
        Err(problems) => {
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            return Ok(());
        }
    };
    let image = catalogue.to_image();
    let codes: Vec<String> = (0..catalogue.item_count()).map(|id| catalogue.item_code(id).to_owned()).collect();
    let diagnoses: Vec<String> =
        (0..catalogue.diagnosis_count()).map(|id| catalogue.diagnosis_code(id).to_owned()).collect();
    println!("image                    {:>9} bytes", image.len());
    println!("hash of input            {:>9} µs", best_of(9, || Catalogue::hash_of(&files)));
    println!("read tables              {:>9} µs", best_of(5, || Catalogue::read(&files).is_ok()));
    println!("write image              {:>9} µs", best_of(9, || catalogue.to_image()));
    println!(
        "load image               {:>9} µs",
        best_of(9, || Catalogue::from_image(&image, catalogue.hash()).is_ok())
    );
    let count = |found: usize, all: usize| assert!(found == all, "{found} of {all} codes found");
    let items = best_of(9, || count(codes.iter().filter(|code| catalogue.item(code).is_some()).count(), codes.len()));
    println!("{:>6} items by code    {items:>9} µs", codes.len());
    let found = best_of(9, || {
        count(diagnoses.iter().filter(|code| catalogue.diagnosis(code).is_some()).count(), diagnoses.len());
    });
    println!("{:>6} diagnoses by code{found:>9} µs", diagnoses.len());
    println!("lookup 高血压            {:>9} µs", best_of(9, || catalogue.lookup("高血压", None)));
    println!("lookup, nothing near     {:>9} µs", best_of(9, || catalogue.lookup("毫不相干的名称甲乙丙", None)));
    Ok(())
}
