//! Charge lines, priced and classed: how much of each is in scope, and why.
//!
//! A bill that comes as lines must be split before a benefit can be computed: what the catalogue does
//! not pay (丙), what lies above the highest price, the first share of class 乙, and the rest, which is
//! in scope. Every line is judged by the tables of its own day, so a stay over New Year may meet two
//! drug lists. The four parts of a line add up to the line, to the fen (I3); each is rounded half up
//! by itself before lines are added, as the national platform does.
//!
//! `pricing` owns the split and the tables an area keeps for it (`policy/<area>/items.csv`). It is pure
//! (I1): tables and lines in, parts out. It refuses to guess: an item that no table knows, or that has
//! no class on its day, is refused with the number of its line and what to do ([`LineProblem`]).
//!
//! Where to look next: `line` for what comes out, `price` for the arithmetic, `items` for
//! the area's own tables.

mod items;
mod line;
mod price;

pub use items::{AreaItems, ItemRow};
pub use line::{LineProblem, Parts, SplitBill, SplitLine};
pub use price::{Overlaid, Pricer};
