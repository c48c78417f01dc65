//! The shipped law, and a world made under it.

use agency::{Area, Institution, Law, Staff, World};
use benefit::{Packages, Policies};
use catalog::Catalogue;
use demo::{Demo, Wish, world};
use model::Day;
use pricing::AreaItems;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

pub const SECRET: &str = "demo";

pub fn today() -> Day {
    Day::parse(b"2026-11-27").unwrap()
}

pub fn wish(seed: u64) -> Wish<'static> {
    Wish { seed, today: today(), voucher_secret: SECRET }
}

pub static LAW: LazyLock<Arc<Law>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (catalogue, policy) = (below(&root.join("catalog")), below(&root.join("policy")));
    let named = |files: &'static [(String, Vec<u8>)]| -> Vec<(&'static str, &'static [u8])> {
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect()
    };
    let (catalogue, policy) = (Box::leak(catalogue.into_boxed_slice()), Box::leak(policy.into_boxed_slice()));
    let packages = Packages::read(&named(policy)).unwrap_or_else(|problems| panic!("{problems:?}"));
    let items = policy.iter().filter_map(|(name, bytes)| {
        let area = name.strip_suffix("/items.csv")?;
        let table = AreaItems::read(name, bytes, &packages.document_ids(area));
        Some((area.to_owned(), table.unwrap_or_else(|problems| panic!("{problems:?}"))))
    });
    let items = items.collect();
    Arc::new(Law {
        policies: Policies::compile(&packages).unwrap_or_else(|problems| panic!("{problems:?}")),
        items,
        catalogue: Catalogue::read(&named(catalogue)).unwrap_or_else(|problems| panic!("{} problems", problems.len())),
    })
});

pub static DEMO: LazyLock<Demo> = LazyLock::new(|| world(&wish(1), &LAW).unwrap());

pub fn snapshot() -> World {
    World {
        institutions: DEMO.institutions.iter().map(|one: &Institution| (one.code.clone(), one.clone())).collect(),
        staff: DEMO.staff.iter().map(|one: &Staff| (one.code.clone(), one.clone())).collect(),
        areas: DEMO.areas.iter().map(|one: &Area| (one.code.clone(), one.clone())).collect(),
        law: Arc::clone(&LAW),
        voucher_secret: SECRET.into(),
    }
}

fn below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    fn collect(folder: &Path, root: &Path, files: &mut Vec<(String, Vec<u8>)>) {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                collect(&path, root, files);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    let mut files = Vec::new();
    collect(folder, folder, &mut files);
    files
}
