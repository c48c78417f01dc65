//! The bottom of the page: intake, rules that did not run, the receipt, how the run went.

use std::fmt::{self, Write};

use super::cells::{Column, Kind, close, count_cell, open, text_cell};
use crate::escape::Escaped;
use crate::figures::Figures;
use crate::wording::{category, count, duration, status, table};

pub(super) fn write(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    intake(out, figures)?;
    not_run(out, figures)?;
    receipt(out, figures)
}

fn intake(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    out.push_str("<section id=\"quality\"><h2>数据质量</h2>\n");
    out.push_str(
        "<p class=\"note\">接受 + 修正 + 退回 = 读入。退回的行连同原因在 rejects 目录；退回的行没有参加审核。</p>\n",
    );
    let columns = [
        Column("数据表", Kind::Text, "表名"),
        Column("读入", Kind::Number, "行"),
        Column("接受", Kind::Number, "原样接受的行"),
        Column("修正", Kind::Number, "修正后接受的行"),
        Column("退回", Kind::Number, "没有参加审核的行"),
        Column("修正、退回的原因与说明", Kind::Text, "原因及次数"),
    ];
    open(out, "intake-table", "数据质量", &columns)?;
    for line in &figures.report.intake {
        let (word, name) = (Escaped(&line.table), table(&line.table));
        write!(out, "<tr><td>{name}<small class=\"code\">{word}</small></td>")?;
        for number in [line.read, line.accepted, line.corrected] {
            count_cell(out, number)?;
        }
        let class = if line.rejected > 0 { "number bad" } else { "number" };
        write!(out, "<td class=\"{class}\" data-v=\"{}\">{}</td><td>", line.rejected, count(line.rejected))?;
        reasons(out, "修正", &line.corrections)?;
        reasons(out, "退回", &line.rejections)?;
        for note in &line.notes {
            write!(out, "<div>{}</div>", Escaped(note))?;
        }
        if line.corrections.is_empty() && line.rejections.is_empty() && line.notes.is_empty() {
            out.push_str("<span class=\"faint\">无</span>");
        }
        out.push_str("</td></tr>\n");
    }
    close(out);
    out.push_str("</section>\n");
    Ok(())
}

fn reasons(out: &mut String, word: &str, reasons: &[(String, u64)]) -> fmt::Result {
    for (reason, times) in reasons {
        write!(out, "<div><span class=\"faint\">{word}</span> {} × {}</div>", Escaped(reason), count(*times))?;
    }
    Ok(())
}

fn not_run(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let (run, not) = (figures.rules.len(), figures.not_run.len());
    write!(
        out,
        "<section id=\"not-run\"><h2>未运行规则</h2>\n<p class=\"note\">规则库共 {} 条：运行 {run} 条，未运行 {not} 条。",
        run + not
    )?;
    out.push_str("未运行的规则没有得出任何结论，不能理解为“没有问题”。</p>\n");
    if not > 0 {
        let columns = [
            Column("规则", Kind::Text, "名称与编码"),
            Column("类别", Kind::Text, "国家规则库的类别"),
            Column("状态", Kind::Text, "为什么没有运行"),
            Column("原因", Kind::Text, "需要什么才能运行"),
        ];
        open(out, "not-run-table", "未运行规则", &columns)?;
        for line in &figures.not_run {
            let (name, code, id) = (Escaped(&line.name), Escaped(&line.official_code), Escaped(&line.rule_id));
            write!(out, "<tr><td>{name}<small class=\"code\">{code} · {id}</small></td>")?;
            text_cell(out, category(&line.category))?;
            text_cell(out, status(&line.status))?;
            text_cell(out, line.not_run_reason.as_deref().unwrap_or_default())?;
            out.push_str("</tr>\n");
        }
        close(out);
    }
    out.push_str("</section>\n");
    Ok(())
}

fn receipt(out: &mut String, figures: &Figures<'_>) -> fmt::Result {
    let (receipt, run) = (&figures.report.receipt, &figures.report.run);
    out.push_str("<section id=\"receipt\"><h2>凭证</h2>\n<div class=\"panel\"><dl class=\"receipt\">");
    for (name, value) in [
        ("引擎版本", &receipt.engine_version),
        ("规则散列", &receipt.rules_hash),
        ("知识散列", &receipt.knowledge_hash),
        ("目录散列", &receipt.catalogue_hash),
        ("输入散列", &receipt.input_hash),
        ("命令", &run.command),
    ] {
        write!(out, "<dt>{name}</dt><dd><code>{}</code></dd>", Escaped(value))?;
    }
    out.push_str(
        "</dl>\n<p class=\"note\">如何复核：用同一版本的引擎、同样的规则与知识，对同一份数据再运行一次上面的命令。",
    );
    out.push_str("以上五项一致时，findings.csv 应逐字节相同，summary.json 除“run”外也应相同；任何一项不同，结论就可能不同。</p>\n");
    write!(
        out,
        "<p class=\"note\">本次运行：{} 条明细，{} 人次，{} 人；{} 线程，每秒 {} 条",
        count(run.lines),
        count(run.visits),
        count(run.persons),
        run.threads,
        count(run.lines_per_second)
    )?;
    for stage in &run.stages {
        write!(out, "；{} {}", Escaped(&stage.name), duration(stage.elapsed_ms))?;
    }
    out.push_str("。</p></div></section>\n");
    Ok(())
}
