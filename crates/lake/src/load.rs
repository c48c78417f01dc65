//! The rows of one slice of one table, decoded, wherever they lie.

use crate::LakeError;
use crate::block::Block;
use crate::decode::Decoder;
use crate::issues::Issues;
use crate::prepare::Prepared;
use crate::route::{Placement, file_ranges, read_routed};
use crate::source::Source;
use crate::tables::Table;

impl Prepared {
    pub(crate) fn source(&self, table: Table) -> Option<&Source> {
        self.sources.get(table as usize).and_then(Option::as_ref)
    }

    pub(crate) fn placement(&self, table: Table) -> &Placement {
        self.placements.get(table as usize).unwrap_or(&Placement::Absent)
    }

    /// All blocks of a slice. Rows of routed tables were counted as read when they were routed.
    pub(crate) fn load(&self, table: Table, slice: usize, issues: &mut Issues) -> Result<Vec<Block>, LakeError> {
        let mut blocks = Vec::new();
        match self.placement(table) {
            Placement::Routed { spill, chunks } => {
                let chunks = chunks.get(slice).map(Vec::as_slice).unwrap_or_default();
                return read_routed(table.spec(), self.reading, spill, chunks);
            }
            _ => self.stream(table, slice, issues, &mut |block, _| {
                blocks.push(block);
                Ok(())
            })?,
        }
        Ok(blocks)
    }

    /// Shows the blocks of a slice that lies in place, one by one.
    pub(crate) fn stream(
        &self,
        table: Table,
        slice: usize,
        issues: &mut Issues,
        each: &mut dyn FnMut(Block, &mut Issues) -> Result<(), LakeError>,
    ) -> Result<(), LakeError> {
        if let Placement::Bucketed { files } = self.placement(table) {
            let files = files.get(slice).map(Vec::as_slice).unwrap_or_default();
            return self.each_kept(table, files, issues, each);
        }
        let (Placement::InPlace { starts }, Some(source)) = (self.placement(table), self.source(table)) else {
            return Ok(());
        };
        let (Some(&start), Some(&end)) = (starts.get(slice), starts.get(slice + 1)) else { return Ok(()) };
        let wanted = table.spec().read_columns(self.reading);
        for (file, range) in file_ranges(source, start..end) {
            let Some(file) = source.files.get(file) else { continue };
            let mut decoder = Decoder::new(table);
            file.scan(&wanted, Some(range), &mut |raw| {
                issues.table(table).read += raw.rows as u64;
                let block = decoder.decode(raw, issues);
                issues.relieve(&self.rejects)?;
                each(block, issues)
            })?;
        }
        Ok(())
    }
}
