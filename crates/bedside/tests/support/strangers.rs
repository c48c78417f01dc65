//! A city made worse: visits get lines of strangers, so that sex, age, level, diagnoses and windows are violated everywhere; and
//! diagnoses of Chinese medicine, which no message marks as such.

use model::{CaseDiagnosis, CaseLine, CodeBook, PersonCase, Stamp};

/// Lines of strangers that are remembered.
const POOL: usize = 500;

/// Remembers lines of the persons before.
#[derive(Default)]
pub struct Strangers {
    pool: PersonCase,
    next: usize,
    drawn: u64,
}

impl Strangers {
    /// The person, made worse; two of three visits stay what they are. The own lines are remembered for the next persons.
    pub fn visit(&mut self, person: &PersonCase, book: &dyn CodeBook) -> PersonCase {
        let mut worse = PersonCase::default();
        worse.append(person);
        worse.person = person.person;
        for visit in 0..worse.visits.len() {
            match self.draw(6) {
                0 | 1 => (0..=self.draw(3)).for_each(|_| self.add_line(&mut worse, visit)),
                2 => self.add_diagnosis(&mut worse, visit, book),
                _ => {}
            }
        }
        worse.put_in_order();
        person.lines.iter().for_each(|line| self.remember(person, line));
        worse
    }

    fn add_line(&mut self, worse: &mut PersonCase, visit: usize) {
        if self.pool.lines.is_empty() {
            return;
        }
        let drawn = self.draw(self.pool.lines.len());
        let stranger = self.pool.lines[drawn];
        let begins_at = worse.visits[visit].begins_at;
        let at = Stamp(begins_at.0 + 60 * (1 + self.draw(30) as i64));
        let mut line = CaseLine { visit: visit as u32, at, ..stranger };
        for text in line.texts() {
            *text = worse.keep(self.pool.text(*text));
        }
        line.sn = worse.keep(&format!("stranger-{}", self.drawn));
        worse.lines.push(line);
    }

    /// Half of them in a form that tells, half in one of the hospital's own.
    fn add_diagnosis(&mut self, worse: &mut PersonCase, visit: usize, book: &dyn CodeBook) {
        let (text, kind) = [("A04.03.12", 2), ("B02.07.01", 3), ("ZHONGYI-1", 2)][self.draw(3)];
        let (code, diagnosis) = (worse.keep(text), book.diagnosis(text));
        worse.diagnoses.push(CaseDiagnosis { visit: visit as u32, diagnosis, code, main: kind == 2, kind, rank: 9 });
    }

    fn remember(&mut self, person: &PersonCase, line: &CaseLine) {
        let mut kept = *line;
        for text in kept.texts() {
            *text = self.pool.keep(person.text(*text));
        }
        if self.pool.lines.len() < POOL {
            self.pool.lines.push(kept);
        } else {
            self.pool.lines[self.next] = kept;
            self.next = (self.next + 1) % POOL;
        }
    }

    /// A number below `limit`, always the same ones.
    fn draw(&mut self, limit: usize) -> usize {
        self.drawn += 1;
        let mut state = self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (state >> 33) as usize % limit
    }
}
