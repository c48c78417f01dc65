//! Reads a policy folder, compiles it, runs its examples: `cargo run -p benefit --example policy_check -- policy`.

use benefit::{Packages, Policies, run_cases};
use std::path::Path;

fn collect(folder: &Path, name: &str, files: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let leaf = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let inner = if name.is_empty() { leaf } else { format!("{name}/{leaf}") };
        if path.is_dir() {
            collect(&path, &inner, files)?;
        } else {
            files.push((inner, std::fs::read(&path)?));
        }
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "policy".to_owned());
    let mut files = Vec::new();
    collect(Path::new(&folder), "", &mut files)?;
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let compiled = Packages::read(&files).and_then(|packages| {
        let policies = Policies::compile(&packages)?;
        for problem in policies.check(&packages) {
            println!("{problem}");
        }
        run_cases(&packages, &policies)
    });
    match compiled {
        Err(problems) => {
            for problem in &problems {
                println!("{problem}");
            }
            println!("{} 处错误", problems.len());
        }
        Ok(outcomes) => {
            let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.differences.is_empty()).collect();
            for outcome in &failed {
                println!(
                    "{}:{} {}\n    {}",
                    outcome.file,
                    outcome.line,
                    outcome.id,
                    outcome.differences.join("\n    ")
                );
            }
            println!("{} 例，{} 例不符", outcomes.len(), failed.len());
        }
    }
    Ok(())
}
