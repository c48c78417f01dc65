//! Lines of several months, person by person: each month lies in order, side by side they are walked.
//!
//! Blocks are pulled when they are needed. A person may be walked once every month's rows at hand reach
//! beyond them, so memory holds a block a month, and more only for a person who fills more.

use std::collections::VecDeque;
use std::ops::Range;

use super::read::{KeptBlocks, Opened};
use crate::LakeError;
use crate::block::Block;
use crate::issues::Issues;
use crate::tables::{Table, line};
use crate::view::LineView;
use crate::walk::Walk;

/// One month's lines of a bucket.
pub(crate) struct MonthLines {
    source: Option<KeptBlocks>,
    blocks: VecDeque<Block>,
    /// The first row of the first block that was not walked.
    at: usize,
}

impl MonthLines {
    pub(crate) fn new(opened: Opened) -> Self {
        Self { source: Some(opened.batches()), blocks: VecDeque::new(), at: 0 }
    }

    fn pull(&mut self, issues: &mut Issues) -> Result<(), LakeError> {
        let Some(source) = &mut self.source else { return Ok(()) };
        match source.next()? {
            Some(block) => {
                issues.table(Table::Lines).read += block.rows as u64;
                self.blocks.push_back(block);
            }
            None => self.source = None,
        }
        Ok(())
    }

    /// The last person at hand.
    fn last(&self) -> Option<&str> {
        self.blocks.back().map(|block| block.text(line::psn_no, block.rows.saturating_sub(1)))
    }

    /// Forgets walked blocks.
    fn drop_walked(&mut self) {
        while let Some(block) = self.blocks.front().filter(|block| self.at >= block.rows) {
            self.at -= block.rows;
            self.blocks.pop_front();
        }
    }
}

/// Where a month stands while its blocks are looked at.
struct Head<'b> {
    views: Vec<LineView<'b>>,
    view: usize,
    row: usize,
    walked: usize,
}

impl<'b> Head<'b> {
    fn person(&self) -> Option<&'b str> {
        self.views.get(self.view).map(|view| view.field(line::psn_no).get(self.row))
    }

    /// The rows of the person that lie together in this block.
    fn run(&self, psn_no: &str) -> Range<usize> {
        let Some(view) = self.views.get(self.view) else { return 0..0 };
        let field = view.field(line::psn_no);
        let mut end = self.row + 1;
        while end < view.block.rows && (field.repeats(end) || field.get(end) == psn_no) {
            end += 1;
        }
        self.row..end
    }

    fn advance(&mut self, run: &Range<usize>) {
        self.walked += run.len();
        self.row = run.end;
        if self.views.get(self.view).is_some_and(|view| self.row >= view.block.rows) {
            self.view += 1;
            self.row = 0;
        }
    }
}

impl Walk<'_, '_> {
    /// Walks the lines of a bucket.
    pub(crate) fn merged(&mut self, mut months: Vec<MonthLines>, issues: &mut Issues) -> Result<(), LakeError> {
        loop {
            for month in &mut months {
                while month.blocks.is_empty() && month.source.is_some() {
                    month.pull(issues)?;
                }
            }
            // Whoever comes before every open month's last person is complete.
            let open = months.iter().filter(|month| month.source.is_some());
            let limit = open.filter_map(MonthLines::last).min().map(str::to_owned);
            self.walk_before(&mut months, limit.as_deref(), issues);
            months.iter_mut().for_each(MonthLines::drop_walked);
            let Some(limit) = limit else { return Ok(()) };
            for month in &mut months {
                if month.source.is_some() && month.last().is_none_or(|last| last <= limit.as_str()) {
                    month.pull(issues)?;
                }
            }
        }
    }

    fn walk_before(&mut self, months: &mut [MonthLines], limit: Option<&str>, issues: &mut Issues) {
        let mut heads: Vec<Head<'_>> = months
            .iter()
            .map(|month| Head {
                views: month.blocks.iter().map(LineView::of).collect(),
                view: 0,
                row: month.at,
                walked: 0,
            })
            .collect();
        while let Some(psn_no) = heads.iter().filter_map(Head::person).min() {
            if limit.is_some_and(|limit| psn_no >= limit) {
                break;
            }
            let wanted = self.prepared.includes(psn_no);
            for (slot, head) in heads.iter_mut().enumerate() {
                while head.person() == Some(psn_no) {
                    let run = head.run(psn_no);
                    if let Some(view) = head.views.get(head.view).filter(|_| wanted) {
                        self.rows(view, run.clone(), slot, issues);
                    }
                    head.advance(&run);
                }
            }
        }
        let walked: Vec<usize> = heads.iter().map(|head| head.walked).collect();
        months.iter_mut().zip(walked).for_each(|(month, walked)| month.at += walked);
    }
}
