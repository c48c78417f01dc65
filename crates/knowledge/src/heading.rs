//! What the columns of official attachments are called, class by class and year by year.
//!
//! The same column has many names («逻辑依据（药品说明书）», «依据», «国家医疗服务项目代码（供参考）»): it is known by the words
//! in it, tried from the most telling to the least.

use crate::fold::fold;
use crate::grid::Grid;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Heading {
    /// Number of the row
    Number,
    /// In the code sheet: number of the point
    PointNumber,
    /// Item name
    Name,
    /// Item A of a pair
    NameA,
    /// Item B of a pair
    NameB,
    /// Code
    Code,
    /// Code of A
    CodeA,
    /// Code of B
    CodeB,
    /// How many codes the point has
    CodeCount,
    /// 检出逻辑
    Logic,
    /// The limit: 逻辑依据
    Basis,
    /// Limited sex
    Sex,
    /// Same-incision group
    Group,
    /// Maximum quantity or times
    Maximum,
    /// Length of a period in days
    Period,
    /// Time interval of a pair
    Interval,
    /// 备注
    Remark,
    /// Known, and of no use here
    Other,
}

impl Heading {
    /// The heading of a column, if it is one.
    #[must_use]
    pub fn of(cell: &str) -> Option<Self> {
        let cell = fold(cell).to_uppercase();
        // A long heading names its source in brackets: «依据（《…药品目录（2025年）》备注）».
        let cell = match cell.split_once('(') {
            Some((head, _)) if cell.chars().count() > 30 && !head.is_empty() => head.to_owned(),
            _ => cell,
        };
        let has = |word: &str| cell.contains(word);
        let coded = has("代码") || has("编码");
        let pair = if has("项目A") || cell.ends_with('A') || has("A代码") || has("A编码") {
            Some(true)
        } else if has("项目B") || cell.ends_with('B') || has("B代码") || has("B编码") {
            Some(false)
        } else {
            None
        };
        if cell.is_empty() || cell.chars().count() > 30 {
            return None;
        }
        Some(match pair {
            _ if has("知识点序号") => Self::PointNumber,
            _ if has("数量") && coded => Self::CodeCount,
            _ if has("逻辑") && has("依据") => Self::Basis,
            Some(true) if coded => Self::CodeA,
            Some(false) if coded => Self::CodeB,
            Some(true) => Self::NameA,
            Some(false) => Self::NameB,
            None if coded => Self::Code,
            None if has("性别") => Self::Sex,
            None if has("逻辑") => Self::Logic,
            None if has("依据") => Self::Basis,
            None if has("周期") && !has("次数") => Self::Period,
            None if has("最大") || has("上限") => Self::Maximum,
            None if has("时间间隔") || has("频度") => Self::Interval,
            None if has("手术组") || has("分组") || cell == "组别" => Self::Group,
            None if has("备注") => Self::Remark,
            None if has("目录") => Self::Other,
            None if has("通用名") || has("名称") || cell == "项目" || cell == "饮片" => Self::Name,
            None if cell == "序号" => Self::Number,
            None => return None,
        })
    }
}

/// Where the columns of a sheet stand.
pub struct Header {
    /// Index of the header row in the grid
    pub row: usize,
    columns: Vec<Option<Heading>>,
    titles: Vec<String>,
}

impl Header {
    /// The first row in which at least three columns are known; titles above are skipped.
    #[must_use]
    pub fn find(grid: &Grid) -> Option<Self> {
        grid.rows.iter().take(20).enumerate().find_map(|(row, (_, cells))| {
            let columns: Vec<Option<Heading>> = cells.iter().map(|cell| Heading::of(cell)).collect();
            let known = columns.iter().flatten().count();
            (known >= 3).then(|| Self { row, columns, titles: cells.clone() })
        })
    }

    /// Whether the sheet has this column.
    #[must_use]
    pub fn has(&self, heading: Heading) -> bool {
        self.columns.contains(&Some(heading))
    }

    /// The cell under a heading; empty when there is none.
    #[must_use]
    pub fn cell<'c>(&self, cells: &'c [String], heading: Heading) -> &'c str {
        let place = self.columns.iter().position(|column| *column == Some(heading));
        place.and_then(|place| cells.get(place)).map_or("", String::as_str)
    }

    /// The title of a column as it stands in the sheet.
    #[must_use]
    pub fn title(&self, heading: Heading) -> String {
        let place = self.columns.iter().position(|column| *column == Some(heading));
        place.and_then(|place| self.titles.get(place)).cloned().unwrap_or_default()
    }

    /// Whether the row repeats the header, as sheets with page breaks do.
    #[must_use]
    pub fn repeats(&self, cells: &[String]) -> bool {
        cells == self.titles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_their_words() {
        for (cell, expect) in [
            ("序号", Some(Heading::Number)),
            ("对应知识点序号", Some(Heading::PointNumber)),
            ("药品通用名", Some(Heading::Name)),
            ("医疗服务项目名称", Some(Heading::Name)),
            ("项目A", Some(Heading::NameA)),
            ("项目Ａ代码", Some(Heading::CodeA)),
            ("项目B名称", Some(Heading::NameB)),
            ("医疗服务项目B代码（供参考）", Some(Heading::CodeB)),
            ("药品代码", Some(Heading::Code)),
            ("国家医疗服务项目编码（供参考）", Some(Heading::Code)),
            ("知识点对应药品代码数量", Some(Heading::CodeCount)),
            ("检出逻辑", Some(Heading::Logic)),
            ("逻辑依据（药品说明书适应症）", Some(Heading::Basis)),
            ("逻辑依据（项目A内涵）", Some(Heading::Basis)),
            ("依据（《国家基本医疗保险、工伤保险和生育保险药品目录（2025年）》备注）", Some(Heading::Basis)),
            ("逻辑依据（《国家基本医疗保险、工伤保险和生育保险药品目录（2025年）》备注）", Some(Heading::Basis)),
            ("限定性别", Some(Heading::Sex)),
            ("日最大数量", Some(Heading::Maximum)),
            ("周期（天）", Some(Heading::Period)),
            ("时间间隔", Some(Heading::Interval)),
            ("是否2024年版目录内", Some(Heading::Other)),
            ("备注", Some(Heading::Remark)),
            ("限儿童。", None),
            ("", None),
        ] {
            assert_eq!(Heading::of(cell), expect, "{cell}");
        }
    }
}
