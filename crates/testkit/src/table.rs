//! Text tables in which Chinese and Latin columns line up.

/// How many columns a text takes in a terminal: East Asian wide characters take two.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    matches!(c as u32,
        0x1100..=0x115F | 0x2E80..=0x303E | 0x3041..=0x33FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xA000..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE4F | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6 | 0x20000..=0x3FFFD)
}

/// Lines of cells, one table: the first `texts` columns start on the left, the others end on the right.
pub(crate) fn aligned(lines: &[Vec<String>], texts: usize) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |line: &[String], column: usize| line.get(column).map_or(0, |text| width(text));
    let widths: Vec<usize> =
        (0..columns).map(|column| lines.iter().map(|line| cell(line, column)).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for line in lines {
        let mut row = String::new();
        for (column, text) in line.iter().enumerate() {
            let room = widths.get(column).copied().unwrap_or(0).saturating_sub(width(text));
            let (before, after) = if column < texts { (0, room) } else { (room, 0) };
            row.extend(std::iter::repeat_n(' ', before));
            row.push_str(text);
            row.extend(std::iter::repeat_n(' ', after + 2));
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let lines = vec![vec!["规则".to_owned(), "1".to_owned()], vec!["ab".to_owned(), "100".to_owned()]];
        assert_eq!(aligned(&lines, 1), "规则    1\nab    100\n");
    }
}
