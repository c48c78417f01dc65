//! What stands on each sheet.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::{Cell, Column, Formats, Grid};
use crate::figures::Figures;
use crate::sample::FindingView;
use crate::sums::{SEVERITIES, Split};
use crate::wording::{Ratio, category, count, grain, period, status, table};

/// The columns of a finding: those of `findings.csv`, with Chinese heads.
pub(super) const DETAIL_COLUMNS: [Column; 19] = [
    Column("规则名称", 26),
    Column("程度", 10),
    Column("机构编码", 16),
    Column("就诊ID", 20),
    Column("人员编号", 18),
    Column("医师编码", 14),
    Column("日期", 12),
    Column("费用明细", 20),
    Column("相关明细", 24),
    Column("涉疑数量", 10),
    Column("涉疑金额（元）", 15),
    Column("计入金额（元）", 15),
    Column("证据", 60),
    Column("依据", 40),
    Column("知识点", 18),
    Column("规则编码", 20),
    Column("规则ID", 26),
    Column("规则版本", 10),
    Column("疑点编号", 24),
];

/// The number of the last column.
pub(super) fn last_column(columns: &[Column]) -> u16 {
    u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX)
}

pub(super) fn detail_row<'a>(view: &FindingView<'a>) -> [Cell<'a>; 19] {
    [
        Cell::Text(view.rule_name),
        Cell::Text(view.severity.label()),
        Cell::Text(view.fixmedins_code),
        Cell::Text(view.mdtrt_id),
        Cell::Text(view.psn_no),
        Cell::Text(view.orders_dr_code),
        Cell::Day(view.occurred_on),
        Cell::Text(view.feedetl_sn),
        Cell::Text(view.related_feedetl_sn),
        Cell::Quantity(view.cnt_over),
        Cell::Money(view.amount_fen),
        Cell::Money(view.counted_fen),
        Cell::Text(view.evidence),
        Cell::Text(view.basis),
        Cell::Text(view.knowledge_point_id),
        Cell::Text(view.official_code),
        Cell::Text(view.rule_id),
        Cell::Text(view.rule_version),
        Cell::Text(view.finding_id),
    ]
}

pub(super) fn overview(
    sheet: &mut Worksheet,
    formats: &Formats,
    figures: &Figures<'_>,
    statement: &str,
) -> Result<(), XlsxError> {
    let (totals, receipt, run) = (&figures.report.totals, &figures.report.receipt, &figures.report.run);
    let sums = figures.total();
    sheet.set_column_width(0, 22)?;
    sheet.set_column_width(1, 28)?;
    sheet.set_column_width(2, 70)?;
    let mut grid = Grid::at(sheet, formats, 0);
    grid.title("医保费用审核报告")?;
    grid.row(&[Cell::Text("审核期间"), Cell::Text(&period(totals.from, totals.until))])?;
    grid.row(&[Cell::Text("审核明细"), Cell::Count(totals.lines), Cell::Text("条")])?;
    grid.row(&[Cell::Text("就诊"), Cell::Count(totals.visits), Cell::Text("人次")])?;
    grid.row(&[Cell::Text("参保人"), Cell::Count(totals.persons), Cell::Text("人")])?;
    grid.row(&[Cell::Text("审核金额"), Cell::Money(figures.billed), Cell::Text("元，退费冲减后的净额")])?;
    grid.row(&[Cell::Text("疑点"), Cell::Count(sums.findings), Cell::Text("条")])?;
    for severity in SEVERITIES {
        let part = figures.tallied.total.of(severity);
        let note = format!("条，计入 {} 元", crate::wording::yuan(part.counted_fen));
        grid.row(&[Cell::Text(&format!("　其中{}", severity.label())), Cell::Count(part.findings), Cell::Text(&note)])?;
    }
    grid.row(&[
        Cell::Text("涉疑金额"),
        Cell::Money(sums.amount_fen),
        Cell::Text("元，违规部分的金额，重叠的规则各算一次"),
    ])?;
    grid.row(&[
        Cell::Text("计入金额"),
        Cell::Money(sums.counted_fen),
        Cell::Text("元，一条明细无论被几条规则命中，合计不超过它的净额；各表合计均为此数"),
    ])?;
    let share = Ratio::of_money(sums.counted_fen, figures.billed);
    grid.row(&[Cell::Text("占审核金额"), Cell::Share(share), Cell::Text("计入金额 ÷ 审核金额")])?;
    let visits = figures.tallied.flagged_visits;
    grid.row(&[Cell::Text("涉疑就诊"), Cell::Count(visits), Cell::Text("人次，有明确违规或可疑疑点")])?;
    let institutions = u64::try_from(figures.flagged_institutions()).unwrap_or(u64::MAX);
    grid.row(&[Cell::Text("涉及机构"), Cell::Count(institutions), Cell::Text("家")])?;
    let rules = format!("运行 {} 条，未运行 {} 条", figures.rules.len(), figures.not_run.len());
    grid.row(&[Cell::Text("规则"), Cell::Text(&rules)])?;
    grid.row(&[Cell::Text("明细行数"), Cell::Text(statement)])?;
    for doubt in &figures.doubts {
        grid.row(&[Cell::Text("注意"), Cell::Text(doubt)])?;
    }
    grid.row(&[])?;
    grid.title("凭证")?;
    for (name, value) in [
        ("引擎版本", &receipt.engine_version),
        ("规则散列", &receipt.rules_hash),
        ("知识散列", &receipt.knowledge_hash),
        ("目录散列", &receipt.catalogue_hash),
        ("输入散列", &receipt.input_hash),
        ("命令", &run.command),
    ] {
        grid.row(&[Cell::Text(name), Cell::Text(value)])?;
    }
    Ok(())
}

pub(super) fn rules(sheet: &mut Worksheet, formats: &Formats, figures: &Figures<'_>) -> Result<(), XlsxError> {
    let columns = [
        Column("规则名称", 34),
        Column("规则编码", 20),
        Column("规则ID", 30),
        Column("版本", 8),
        Column("类别", 10),
        Column("系列", 20),
        Column("程度", 10),
        Column("粒度", 10),
        Column("疑点", 10),
        Column("涉及机构", 10),
        Column("涉疑金额（元）", 16),
        Column("计入金额（元）", 16),
        Column("占计入总额", 11),
        Column("依据", 60),
    ];
    let mut grid = Grid::at(sheet, formats, 0);
    grid.head(&columns)?;
    for row in &figures.rules {
        let (line, sums) = (&row.line, row.split.total());
        grid.row(&[
            Cell::Text(&line.name),
            Cell::Text(&line.official_code),
            Cell::Text(&line.rule_id),
            Cell::Text(&line.version),
            Cell::Text(category(&line.category)),
            Cell::Text(&line.family),
            Cell::Text(row.severity().label()),
            Cell::Text(grain(&line.grain)),
            Cell::Count(sums.findings),
            Cell::Count(row.institutions),
            Cell::Money(sums.amount_fen),
            Cell::Money(sums.counted_fen),
            Cell::Share(Ratio::of_money(sums.counted_fen, figures.total().counted_fen)),
            Cell::Text(&line.basis),
        ])?;
    }
    grid.filter(0, &columns)
}

/// The money of a split, severity by severity.
fn severity_cells(split: &Split) -> [Cell<'static>; 3] {
    SEVERITIES.map(|severity| Cell::Money(split.of(severity).counted_fen))
}

pub(super) fn institutions(sheet: &mut Worksheet, formats: &Formats, figures: &Figures<'_>) -> Result<(), XlsxError> {
    let columns = [
        Column("机构名称", 34),
        Column("机构编码", 16),
        Column("级别", 10),
        Column("审核明细", 12),
        Column("就诊人次", 12),
        Column("审核金额（元）", 18),
        Column("涉疑人次", 10),
        Column("涉疑占比", 10),
        Column("位置", 10),
        Column("疑点", 10),
        Column("涉疑金额（元）", 16),
        Column("计入金额（元）", 16),
        Column("占审核金额", 11),
        Column("明确违规计入", 16),
        Column("可疑计入", 16),
        Column("指标计入", 16),
    ];
    let mut grid = Grid::at(sheet, formats, 0);
    grid.head(&columns)?;
    for row in &figures.institutions {
        let sums = row.split.total();
        let [clear, suspicious, indicator] = severity_cells(&row.split);
        grid.row(&[
            Cell::Text(&row.name),
            Cell::Text(&row.code),
            Cell::Text(row.group.label()),
            Cell::Count(row.lines),
            Cell::Count(row.visits),
            Cell::Money(row.billed),
            Cell::Count(row.flagged_visits),
            Cell::Share(row.rate()),
            Cell::Text(row.standing.label()),
            Cell::Count(sums.findings),
            Cell::Money(sums.amount_fen),
            Cell::Money(sums.counted_fen),
            Cell::Share(Ratio::of_money(sums.counted_fen, row.billed)),
            clear,
            suspicious,
            indicator,
        ])?;
    }
    grid.filter(0, &columns)
}

pub(super) fn months(sheet: &mut Worksheet, formats: &Formats, figures: &Figures<'_>) -> Result<(), XlsxError> {
    let columns = [
        Column("月份", 10),
        Column("审核明细", 12),
        Column("就诊人次", 12),
        Column("审核金额（元）", 18),
        Column("疑点", 10),
        Column("涉疑金额（元）", 16),
        Column("计入金额（元）", 16),
        Column("占审核金额", 11),
        Column("明确违规计入", 16),
        Column("可疑计入", 16),
        Column("指标计入", 16),
    ];
    let mut grid = Grid::at(sheet, formats, 0);
    grid.head(&columns)?;
    for row in &figures.months {
        let sums = row.split.total();
        let [clear, suspicious, indicator] = severity_cells(&row.split);
        grid.row(&[
            Cell::Text(&row.month.to_string()),
            Cell::Count(row.lines),
            Cell::Count(row.visits),
            Cell::Money(row.billed),
            Cell::Count(sums.findings),
            Cell::Money(sums.amount_fen),
            Cell::Money(sums.counted_fen),
            Cell::Share(Ratio::of_money(sums.counted_fen, row.billed)),
            clear,
            suspicious,
            indicator,
        ])?;
    }
    grid.filter(0, &columns)
}

pub(super) fn intake(sheet: &mut Worksheet, formats: &Formats, figures: &Figures<'_>) -> Result<(), XlsxError> {
    let columns = [
        Column("数据表", 16),
        Column("名称", 14),
        Column("读入", 12),
        Column("接受", 12),
        Column("修正", 12),
        Column("退回", 12),
        Column("修正、退回的原因与说明", 90),
    ];
    let mut grid = Grid::at(sheet, formats, 0);
    grid.head(&columns)?;
    for line in &figures.report.intake {
        let corrections = line.corrections.iter().map(|(reason, times)| format!("修正 {reason} × {}", count(*times)));
        let rejections = line.rejections.iter().map(|(reason, times)| format!("退回 {reason} × {}", count(*times)));
        let words: Vec<String> = corrections.chain(rejections).chain(line.notes.iter().cloned()).collect();
        grid.row(&[
            Cell::Text(&line.table),
            Cell::Text(table(&line.table)),
            Cell::Count(line.read),
            Cell::Count(line.accepted),
            Cell::Count(line.corrected),
            Cell::Count(line.rejected),
            Cell::Wrapped(&words.join("\n")),
        ])?;
    }
    grid.filter(0, &columns)
}

pub(super) fn not_run(sheet: &mut Worksheet, formats: &Formats, figures: &Figures<'_>) -> Result<(), XlsxError> {
    let columns = [
        Column("规则名称", 34),
        Column("规则编码", 20),
        Column("规则ID", 30),
        Column("类别", 10),
        Column("状态", 14),
        Column("原因", 90),
    ];
    let mut grid = Grid::at(sheet, formats, 0);
    grid.head(&columns)?;
    for line in &figures.not_run {
        grid.row(&[
            Cell::Text(&line.name),
            Cell::Text(&line.official_code),
            Cell::Text(&line.rule_id),
            Cell::Text(category(&line.category)),
            Cell::Text(status(&line.status)),
            Cell::Wrapped(line.not_run_reason.as_deref().unwrap_or_default()),
        ])?;
    }
    grid.filter(0, &columns)
}
