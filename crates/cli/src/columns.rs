//! Plain-text tables that stay aligned when Chinese and Latin letters mix.

/// Columns a text takes on a terminal: East Asian letters take two.
fn width(text: &str) -> usize {
    text.chars().map(|letter| if wide(letter) { 2 } else { 1 }).sum()
}

/// East Asian wide and full-width blocks (Unicode Standard Annex 11).
fn wide(letter: char) -> bool {
    matches!(u32::from(letter), 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE4F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x2_0000..=0x3_FFFD)
}

/// Rows as lines, two spaces between columns, nothing behind the last.
pub fn align<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = width(cell).max(*widest);
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, widest) in row.iter().zip(widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(widest + 2 - width(cell)));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::align;

    #[test]
    fn mixed_letters_align() {
        let rows = [["编号", "x"], ["ab", "第二"]].map(|row| row.map(str::to_owned));
        assert_eq!(align(&rows), "编号  x\nab    第二\n");
    }
}
