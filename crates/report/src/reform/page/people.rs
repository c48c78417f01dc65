//! Who gains and who loses, by class of change, by group, and the most affected.

use super::super::ReformReport;
use super::super::rows::class_name;
use super::{burden_cell, figure};
use crate::chart::{Class, person_columns};
use crate::html::cells::{Column, Kind, close, count_cell, money_cell, open, text_cell};
use crate::wording::count;
use model::Fen;
use simulation::{Affected, BUCKETS};
use std::fmt::{self, Write};

pub(super) fn persons(out: &mut String, report: &ReformReport<'_>) -> fmt::Result {
    out.push_str("<section id=\"persons\"><h2>受益与受损</h2>\n");
    let sums = &report.effects.persons;
    let zero = BUCKETS.iter().position(|bound| *bound == 0).unwrap_or_default();
    let classes: Vec<Class> = (0..)
        .zip(sums.classes)
        .filter(|(class, _)| *class != zero)
        .map(|(class, persons)| Class {
            // The colours say which side; the words would not fit under the columns.
            name: class_name(class).trim_start_matches("少付 ").trim_start_matches("多付 ").to_owned(),
            persons,
            gains: class < zero,
        })
        .collect();
    let same = sums.classes.get(zero).copied().unwrap_or_default();
    let note = format!("每人全年个人负担的变化（元），按变化大小分组；不变的 {} 人不画。", count(same));
    figure(out, "每人负担的变化", &[("gain", "少付"), ("loss", "多付")], &note)?;
    if sums.all.winners + sums.all.losers == 0 {
        out.push_str("<p class=\"empty\">没有人的负担有变化。</p>");
    } else {
        person_columns(out, &classes, "按负担变化大小的人数")?;
    }
    out.push_str("</figure>\n");
    let columns = [
        Column("维度", Kind::Text, "按什么分组"),
        Column("组", Kind::Text, "组"),
        Column("人数", Kind::Number, "有结算的人"),
        Column("受益", Kind::Number, "全年少付的人"),
        Column("受损", Kind::Number, "全年多付的人"),
        Column("共少付（元）", Kind::Number, "受益者合计"),
        Column("共多付（元）", Kind::Number, "受损者合计"),
    ];
    open(out, "person-group-table", "各组受益与受损人数", &columns)?;
    for (key, group) in &report.effects.person_groups {
        out.push_str("<tr>");
        text_cell(out, key.dimension.label())?;
        text_cell(out, key.label())?;
        count_cell(out, group.persons)?;
        count_cell(out, group.winners)?;
        count_cell(out, group.losers)?;
        money_cell(out, Fen(group.gain))?;
        money_cell(out, Fen(group.loss))?;
        out.push_str("</tr>\n");
    }
    close(out);
    out.push_str("<div class=\"two\"><div>");
    affected(out, "受益最多的人（已去标识）", "winner-table", &sums.winners)?;
    out.push_str("</div><div>");
    affected(out, "受损最多的人（已去标识）", "loser-table", &sums.losers)?;
    out.push_str("</div></div></section>\n");
    Ok(())
}

fn affected(out: &mut String, name: &str, id: &str, persons: &[Affected]) -> fmt::Result {
    write!(out, "<h3>{name}</h3>")?;
    if persons.is_empty() {
        out.push_str("<p class=\"empty panel\">没有。</p>");
        return Ok(());
    }
    let columns = [
        Column("序", Kind::Number, "名次"),
        Column("年龄段", Kind::Text, "年末最后一次就诊时"),
        Column("身份", Kind::Text, "困难身份"),
        Column("结算", Kind::Number, "次"),
        Column("现行负担（元）", Kind::Number, "全年"),
        Column("改革后（元）", Kind::Number, "全年"),
        Column("变化（元）", Kind::Number, "改革后减现行"),
    ];
    open(out, id, name, &columns)?;
    for (place, person) in (1..).zip(persons) {
        out.push_str("<tr>");
        count_cell(out, place)?;
        text_cell(out, person.age.label())?;
        text_cell(out, person.income.label())?;
        count_cell(out, person.settlements)?;
        money_cell(out, Fen(person.before))?;
        money_cell(out, Fen(person.after))?;
        burden_cell(out, Fen(person.change))?;
        out.push_str("</tr>\n");
    }
    close(out);
    Ok(())
}
