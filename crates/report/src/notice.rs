//! 审核结论与拒付通知书: a page to print and a workbook, both from one [`Notice`].
//!
//! Whoever fills it in says how many rows matched what was asked; the notice says how many it holds, and refuses to be written
//! when the two differ: a list is never cut in silence.

use crate::escape::Escaped;
use model::{Day, Fen};
use std::fmt::Write;

/// A line of a notice: one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeLine {
    /// 疑点编号
    pub finding: String,
    /// 就诊ID
    pub visit: String,
    /// 费用明细流水号; empty when the visit is meant.
    pub line: String,
    /// 项目名称
    pub item: String,
    /// Day of the fact.
    pub on: Day,
    /// 规则
    pub rule: String,
    /// 违规事实
    pub evidence: String,
    /// 依据
    pub basis: String,
    /// Money at fault.
    pub amount: Fen,
    /// Decided to be refused.
    pub decided: Fen,
    /// State, in words.
    pub state: String,
    /// Last day to answer; empty when there is none.
    pub due_on: String,
}

/// A notice to an institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `医保基金拒付通知书`, `审核结论书`
    pub title: String,
    /// Number.
    pub number: String,
    /// Whom it is for.
    pub institution: String,
    /// Its code.
    pub institution_code: String,
    /// Day of issue.
    pub issued_on: Day,
    /// Legal basis of the procedure.
    pub basis: String,
    /// What it says, a sentence each.
    pub sentences: Vec<String>,
    /// Lines.
    pub lines: Vec<NoticeLine>,
    /// Rows that matched what was asked.
    pub matched: u64,
    /// Sum of what is refused.
    pub total: Fen,
    /// The same in words.
    pub total_in_words: String,
    /// Last day to appeal, or what to say when there is none.
    pub deadline: String,
    /// How to appeal.
    pub channel: String,
    /// Who made this copy, and when.
    pub watermark: String,
}

/// Why a notice is not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// Rows are missing, or the sum is not theirs.
    #[error("通知书不完整：应有 {matched} 行，实有 {written} 行；合计与明细差 {difference} 元")]
    Incomplete {
        /// Rows that matched.
        matched: u64,
        /// Rows that are there.
        written: u64,
        /// By how much the sum differs.
        difference: Fen,
    },
    /// The workbook cannot be put together.
    #[error("工作簿无法生成：{0}")]
    Workbook(String),
}

/// Heads of the columns, in order.
const HEADS: [&str; 11] = [
    "序号",
    "疑点编号",
    "就诊ID",
    "明细流水号",
    "项目",
    "日期",
    "规则",
    "违规事实",
    "依据",
    "违规金额（元）",
    "拒付金额（元）",
];

impl Notice {
    /// Rows written are rows matched, and the sum is theirs.
    ///
    /// # Errors
    /// When they are not.
    pub fn check(&self) -> Result<(), NoticeError> {
        let sum: Fen = self.lines.iter().map(|line| line.decided).sum();
        let written = self.lines.len() as u64;
        if written != self.matched || sum != self.total {
            return Err(NoticeError::Incomplete { matched: self.matched, written, difference: self.total - sum });
        }
        Ok(())
    }

    /// Where it came from and how complete it is: at the end of page and workbook.
    pub(crate) fn remark(&self) -> String {
        format!("导出 {} 行，符合条件 {} 行。{}", self.lines.len(), self.matched, self.watermark)
    }

    /// The notice as a page to print; needs nothing from any network.
    ///
    /// # Errors
    /// [`Notice::check`].
    pub fn html(&self) -> Result<String, NoticeError> {
        self.check()?;
        let mut page = String::from(concat!(
            "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>通知书</title><style>",
            "body{font:14px/1.6 'Noto Serif CJK SC',SimSun,serif;max-width:70em;margin:2em auto;padding:0 1em}",
            "h1{text-align:center;font-size:22px}table{border-collapse:collapse;width:100%;font-size:12px}",
            "th,td{border:1px solid #333;padding:.3em;vertical-align:top;text-align:left}",
            ".sum{text-align:right;white-space:nowrap}.small{font-size:11px;color:#555}.seal{text-align:right;margin-top:3em}",
            "thead{display:table-header-group}tr{break-inside:avoid}</style>"
        ));
        // Writing to a String does not fail.
        let _ = write!(page, "<h1>{}</h1><p>编号：{}</p>", Escaped(&self.title), Escaped(&self.number));
        let _ = write!(page, "<p>{}（{}）：</p>", Escaped(&self.institution), Escaped(&self.institution_code));
        for sentence in &self.sentences {
            let _ = write!(page, "<p>{}</p>", Escaped(sentence));
        }
        let _ = write!(page, "<p>法律依据：{}</p>", Escaped(&self.basis));
        let _ = write!(
            page,
            "<p><strong>拒付金额合计：{} 元（大写：{}）</strong></p><table><thead><tr>",
            self.total,
            Escaped(&self.total_in_words)
        );
        for head in HEADS {
            let _ = write!(page, "<th scope=\"col\">{head}</th>");
        }
        page.push_str("</tr></thead><tbody>");
        for (number, line) in (1..).zip(&self.lines) {
            let _ = write!(page, "<tr><td>{number}</td>");
            for text in [
                &line.finding,
                &line.visit,
                &line.line,
                &line.item,
                &line.on.to_string(),
                &line.rule,
                &line.evidence,
                &line.basis,
            ] {
                let _ = write!(page, "<td>{}</td>", Escaped(text));
            }
            let _ = write!(page, "<td class=\"sum\">{}</td><td class=\"sum\">{}</td></tr>", line.amount, line.decided);
        }
        let _ = write!(
            page,
            "</tbody></table><p>反馈期限：{}</p><p>申诉渠道：{}</p>",
            Escaped(&self.deadline),
            Escaped(&self.channel)
        );
        let _ = write!(
            page,
            "<p class=\"seal\">（经办机构盖章）<br>{}</p><p class=\"small\">{}</p></html>",
            self.issued_on,
            Escaped(&self.remark())
        );
        Ok(page)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn notice() -> Notice {
        let text = str::to_owned;
        let line = |number: i64| NoticeLine {
            finding: format!("F{number}"),
            visit: text("V1"),
            line: text("L1"),
            item: text("<b>阿莫西林</b>"),
            on: Day(20_700),
            rule: text("限性别用药"),
            evidence: text("=1+1"),
            basis: text("目录"),
            amount: Fen(number * 100),
            decided: Fen(number * 50),
            state: text("终审"),
            due_on: String::new(),
        };
        Notice {
            title: text("医保基金拒付通知书"),
            number: text("拒付〔2026〕0001"),
            institution: text("示例医院"),
            institution_code: text("H61010000001"),
            issued_on: Day(20_784),
            basis: text("医疗保障基金使用监督管理条例"),
            sentences: vec![text("经审核，决定拒付下列费用。")],
            lines: (1..=3).map(line).collect(),
            matched: 3,
            total: Fen(300),
            total_in_words: text("叁元整"),
            deadline: text("2026-12-11"),
            channel: text("审核工作台"),
            watermark: text("财务甲 2026-11-27"),
        }
    }

    #[test]
    fn the_page_says_everything_and_runs_nothing() {
        let page = notice().html().unwrap();
        for part in [
            "拒付〔2026〕0001",
            "3.00 元（大写：叁元整）",
            "2026-12-11",
            "导出 3 行，符合条件 3 行",
            "&lt;b&gt;阿莫西林",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("<b>") && !page.contains("http"));
    }

    #[test]
    fn a_list_that_was_cut_or_a_sum_that_is_not_its_own_is_not_written() {
        let cut = Notice { matched: 4, ..notice() };
        assert!(cut.html().unwrap_err().to_string().contains("应有 4 行，实有 3 行"));
        let wrong = Notice { total: Fen(301), ..notice() };
        assert_eq!(wrong.check(), Err(NoticeError::Incomplete { matched: 3, written: 3, difference: Fen(1) }));
    }
}
