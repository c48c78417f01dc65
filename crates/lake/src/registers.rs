//! The small tables, held whole: institutions, staff and, where there is one, stock.

use model::{HospitalLevel, Institution, Quantity, Span, Staff, Stock};

use crate::LakeError;
use crate::block::{Block, NONE, State};
use crate::decode::Decoder;
use crate::issues::Counts;
use crate::prepare::{Prepared, day_of, reject_duplicate};
use crate::route::Placement;
use crate::rowset::RowSet;
use crate::tables::{Reading, Table, institution, staff, stock};

impl Prepared {
    /// Reads the small tables whole.
    pub(crate) fn read_registers(&mut self) -> Result<(), LakeError> {
        let blocks = self.read_register(Table::Institutions)?;
        let rows = self.keyed_rows(Table::Institutions, &blocks, &[institution::fixmedins_code]);
        self.keep_register(Table::Institutions, &rows);
        for (block, row) in rows {
            let text = |column| block.text(column, row);
            self.institution_index.insert(text(institution::fixmedins_code).to_owned(), self.institutions.len() as u32);
            self.institutions.push(Institution {
                code: text(institution::fixmedins_code).to_owned(),
                name: text(institution::fixmedins_name).to_owned(),
                pharmacy: text(institution::fixmedins_type) == "2",
                level: HospitalLevel::from_code(text(institution::hosp_lv)),
                area: text(institution::admdvs).to_owned(),
                beds: u32::try_from(block.number(institution::bed_cnt, row)).ok(),
                internet: text(institution::internet_flag) == "1",
            });
        }
        let blocks = self.read_register(Table::Staff)?;
        // One person may work at several institutions.
        let rows = self.keyed_rows(Table::Staff, &blocks, &[staff::prac_psn_code, staff::fixmedins_code]);
        self.keep_register(Table::Staff, &rows);
        for (block, row) in rows {
            let text = |column| block.text(column, row).to_owned();
            let day = |column| day_of(block.number(column, row));
            self.staff.push(Staff {
                code: text(staff::prac_psn_code),
                name: text(staff::prac_psn_name),
                institution: text(staff::fixmedins_code),
                title: text(staff::title),
                department: text(staff::dept_code),
                suspended: day(staff::susp_from).map(|from| Span { from, until: day(staff::susp_until) }),
                died_on: day(staff::dth_date),
            });
        }
        self.read_stock()
    }

    fn read_stock(&mut self) -> Result<(), LakeError> {
        let blocks = self.read_register(Table::Stock)?;
        let key = [stock::fixmedins_code, stock::med_list_codg, stock::begndate];
        let rows = self.keyed_rows(Table::Stock, &blocks, &key);
        self.keep_register(Table::Stock, &rows);
        for (block, row) in rows {
            let count = |column| match block.number(column, row) {
                NONE => Quantity::ZERO,
                counted => Quantity(counted),
            };
            let day = |column| day_of(block.number(column, row)).unwrap_or_default();
            self.stock.push(Stock {
                institution: block.text(stock::fixmedins_code, row).to_owned(),
                code: block.text(stock::med_list_codg, row).to_owned(),
                from: day(stock::begndate),
                to: day(stock::enddate),
                opening: count(stock::begn_inv_cnt),
                purchased: count(stock::purc_cnt),
                returned: count(stock::purc_retn_cnt),
                closing: count(stock::end_inv_cnt),
            });
        }
        Ok(())
    }

    /// Keeps the rows as they are, for the lake.
    fn keep_register(&mut self, table: Table, rows: &[(&Block, usize)]) {
        if self.reading == Reading::Everything && self.source(table).is_some() {
            let mut kept = RowSet::new(table.spec(), self.reading);
            rows.iter().for_each(|(block, row)| kept.push(block, *row));
            self.registers.push((table, kept));
        }
    }

    /// All blocks of a small table; one that cannot be read to its end is left out, with a note.
    fn read_register(&mut self, table: Table) -> Result<Vec<Block>, LakeError> {
        if let Placement::Bucketed { .. } = self.placement(table) {
            let mut issues = std::mem::take(&mut self.issues);
            let blocks = self.load(table, 0, &mut issues);
            self.issues = issues;
            return blocks;
        }
        let Some(Some(source)) = self.sources.get(table as usize) else { return Ok(Vec::new()) };
        let mut decoder = Decoder::new(table);
        let mut blocks = Vec::new();
        let issues = &mut self.issues;
        let outcome = source.scan(&table.spec().read_columns(self.reading), &mut |raw| {
            issues.table(table).read += raw.rows as u64;
            blocks.push(decoder.decode(raw, issues));
            Ok(())
        });
        match outcome {
            Ok(()) => Ok(blocks),
            Err(error) => self.leave_out(table, error, Counts::default()).map(|()| Vec::new()),
        }
    }

    /// The accepted rows in key order, one a key; the others are rejected.
    fn keyed_rows<'b>(&mut self, table: Table, blocks: &'b [Block], key: &[usize]) -> Vec<(&'b Block, usize)> {
        let mut rows: Vec<(&Block, usize)> = blocks
            .iter()
            .flat_map(|block| (0..block.rows).map(move |row| (block, row)))
            .filter(|(block, row)| block.state(*row) != State::Rejected)
            .collect();
        let compare_key = |(a, i): &(&Block, usize), (b, j): &(&Block, usize)| {
            let order = key.iter().map(|&column| {
                a.text(column, *i).cmp(b.text(column, *j)).then(a.number(column, *i).cmp(&b.number(column, *j)))
            });
            order.into_iter().find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        };
        rows.sort_by(|left, right| {
            compare_key(left, right)
                .then_with(|| left.0.compare(left.1, right.0, right.1))
                .then_with(|| left.0.origin(left.1).cmp(&right.0.origin(right.1)))
        });
        let mut kept: Vec<(&Block, usize)> = Vec::with_capacity(rows.len());
        for row in rows {
            if kept.last().is_some_and(|last| compare_key(last, &row).is_eq()) {
                reject_duplicate(&mut self.issues, table, row.0, row.1, key);
            } else {
                self.issues.settle(table, row.0.state(row.1));
                kept.push(row);
            }
        }
        kept
    }
}
