//! `--demo`: the invented world, put into an empty store once, and told to clients in `world.json`.

use crate::clock;
use crate::config::Config;
use crate::desk::{REGISTRY, StartError};
use crate::review::DemoUser;
use agency::{Changes, Document, Law, Needs};
use model::{Day, Stamp};
use store::Store;

/// Kind of the document that keeps `world.json`, so that a restart writes the same.
const WORLD: &str = "world";
const FILE: &str = "world.json";
const SEED: u64 = 1;

/// Puts the demo world into the store, unless it is there, and writes `world.json` into the data directory.
///
/// # Errors
/// The law has no world on this day; the store or the directory cannot be written.
pub async fn install_demo(store: &Store, config: &Config, law: &Law) -> Result<(), StartError> {
    let registers = |error: String| StartError::Registers(error);
    let needs = Needs { documents: vec![(WORLD.to_owned(), FILE.to_owned())], ..Needs::default() };
    let known = store.load(REGISTRY, &needs).await?.documents.into_iter().next();
    let text = match known {
        Some(document) => document.content,
        None => {
            let now = clock::now().stamp;
            let today = now.day();
            let wish = demo::Wish { seed: SEED, today, voucher_secret: &config.voucher_secret };
            let world = demo::world(&wish, law).map_err(|error| registers(error.to_string()))?;
            let text = serde_json::to_string(&world.file).map_err(|error| registers(error.to_string()))?;
            let mut changes = world.changes;
            let bookings = std::mem::take(&mut changes.bookings);
            store.write(changes).await?;
            // A world that was cut off is written again: records replace themselves, but a booking is written once. So
            // bookings come last, in one transaction with the note that the world is there.
            let documents = vec![kept(&text, now, today)];
            store.write(Changes { bookings, documents, ..Changes::default() }).await?;
            text
        }
    };
    let mut file: serde_json::Value = serde_json::from_str(&text).map_err(|error| registers(error.to_string()))?;
    file["base_url"] = format!("http://{}", config.listen).into();
    let path = config.data.join(FILE);
    let written = serde_json::to_string_pretty(&file).map_err(|error| registers(error.to_string()))?;
    std::fs::create_dir_all(&config.data)
        .and_then(|()| std::fs::write(&path, written))
        .map_err(|error| StartError::Registers(format!("无法写 {}：{error}", path.display())))
}

/// Opens the workbench's demo accounts, once, after the world: the accounts with their passwords, which nobody can ask for
/// again. Findings that were imported before are begun to be worked on.
///
/// # Errors
/// The store or the directory cannot be written.
pub async fn install_demo_accounts(store: &Store, config: &Config) -> Result<Vec<DemoUser>, StartError> {
    let calendar = review::Calendar::shipped().map_err(|error| StartError::Config(error.what))?;
    let limits = review::Clock { calendar, limits: config.review.clone() };
    let text = std::fs::read(config.data.join(FILE)).unwrap_or_default();
    let world: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    crate::review::install(store, &config.data, &limits, &institutions(&world), clock::now().stamp).await
}

/// Code and area of the world's institutions.
fn institutions(world: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let all = world["institutions"].as_array().into_iter().flatten();
    all.map(|known| (text(&known["code"]), text(&known["area"]))).collect()
}

fn kept(text: &str, at: Stamp, on: Day) -> Document {
    Document {
        owner: REGISTRY.to_owned(),
        kind: WORLD.to_owned(),
        key: FILE.to_owned(),
        state: String::new(),
        on,
        at,
        deleted: false,
        content: text.to_owned(),
    }
}
