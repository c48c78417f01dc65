//! A progress bar on a terminal; silence elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Mutex;

/// One bar at a time: a stage replaces the one before.
pub struct Bar {
    bar: Mutex<ProgressBar>,
}

impl Bar {
    pub fn new() -> Self {
        Self { bar: Mutex::new(ProgressBar::hidden()) }
    }

    /// Starts a stage of so many rows.
    pub fn start(&self, title: &str, total: u64) {
        let bar = ProgressBar::new(total);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {per_sec} 剩余 {eta}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_message(title.to_owned());
        if let Ok(mut current) = self.bar.lock() {
            current.finish_and_clear();
            *current = bar;
        }
    }

    /// So many rows further.
    pub fn advance_by(&self, rows: u64) {
        if let Ok(bar) = self.bar.lock() {
            bar.inc(rows);
        }
    }

    /// Clears the bar.
    pub fn finish(&self) {
        if let Ok(bar) = self.bar.lock() {
            bar.finish_and_clear();
        }
    }
}

impl lake::Progress for Bar {
    fn stage(&self, title: &str, total: u64) {
        self.start(title, total);
    }

    fn advance(&self, rows: u64) {
        self.advance_by(rows);
    }
}
