//! The generator behind `yibao generate`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use model::Day;

use crate::dice::{Dice, Stream};
use crate::error::TestkitError;
use crate::life;
use crate::plant::{Dose, Plan, Profile};
use crate::sink::{FolderFormat, FolderSink, Sink};
use crate::tables::Inputs;
use crate::truth::TruthWriter;
use crate::world::{Extent, World};
use crate::write::{Scribe, Written};

/// What city to make.
#[derive(Debug, Clone)]
pub struct CityOptions {
    /// Insured persons.
    pub persons: u32,
    /// Days, from `first_day`.
    pub days: u32,
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// How much is planted.
    pub violations: Profile,
    /// How blatant it is.
    pub dose: Dose,
    /// The first day of the run.
    pub first_day: Day,
    /// Which files are written.
    pub format: FolderFormat,
}

/// Charge lines of a person in a year, as measured; for those who want a city of so many lines.
const LINES_A_YEAR: u64 = 61;

impl CityOptions {
    /// A city of about so many charge lines in a year.
    #[must_use]
    pub fn of_lines(lines: u64) -> Self {
        let persons = u32::try_from(lines.div_ceil(LINES_A_YEAR)).unwrap_or(u32::MAX).max(1);
        Self { persons, ..Self::default() }
    }
}

impl Default for CityOptions {
    /// A city of 10,000 for a year from 2025-07-01, with the usual violations.
    fn default() -> Self {
        Self {
            persons: 10_000,
            days: 365,
            seed: 1,
            violations: Profile::Standard,
            dose: Dose::All,
            first_day: Day::from_civil(2025, 7, 1).unwrap_or(Day(0)),
            format: FolderFormat::Parquet,
        }
    }
}

/// Persons between two calls of `progress`.
const STEP: u64 = 256;

/// Writes a claims folder and its `truth.csv` into `out`, calling `progress` with how many persons further.
///
/// `inputs` are the tables named by [`crate::INPUT_FILES`].
///
/// # Errors
/// Options that cannot be, tables that lack something (all problems at once), and the disk.
pub fn generate(
    options: &CityOptions,
    inputs: Inputs<'_>,
    out: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Written, TestkitError> {
    std::fs::create_dir_all(out)?;
    let truth = BufWriter::new(File::create(out.join("truth.csv"))?);
    let mut sink = FolderSink::create(out, options.format)?;
    let written = generate_into(options, inputs, &mut sink, truth, progress)?;
    sink.finish()?;
    Ok(written)
}

/// As [`generate`], into any sink.
///
/// # Errors
/// As [`generate`], and what the sink refuses.
pub fn generate_into<S: Sink>(
    options: &CityOptions,
    inputs: Inputs<'_>,
    sink: &mut S,
    truth: impl Write,
    progress: &mut dyn FnMut(u64),
) -> Result<Written, TestkitError> {
    if options.persons == 0 || options.days == 0 {
        return Err(TestkitError::Options("人数与天数须大于 0".into()));
    }
    let extent =
        Extent { first_day: options.first_day, days: options.days, persons: options.persons, seed: options.seed };
    let mut world = World::new(extent, inputs)?;
    let mut plan = Plan::new(&mut world, extent, options.violations, options.dose);
    if !world.shelf.problems.is_empty() {
        return Err(TestkitError::Tables(world.shelf.problems));
    }
    let mut scribe = Scribe::new(&world, sink, TruthWriter::new(truth)?);
    scribe.town()?;
    for mark in plan.house_marks() {
        scribe.house_mark(&mark)?;
    }
    for person in 0..u64::from(options.persons) {
        let mut dice = Dice::new(options.seed, Stream(person));
        let draft = match plan.part_for(person) {
            Some(part) => plan.perform(&world, &mut dice, person, part),
            None => {
                let facts = life::facts(&world, &mut dice, person);
                life::life(&world, &mut dice, person, facts)
            }
        };
        scribe.person(&draft)?;
        if person % STEP == STEP - 1 {
            progress(STEP);
        }
    }
    progress(u64::from(options.persons) % STEP);
    scribe.finish()
}
