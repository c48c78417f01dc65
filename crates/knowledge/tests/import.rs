//! Attachments: read, compared, applied, and read back.

#![expect(clippy::expect_used, reason = "a test says what it expects")]

mod shipped_tables;

use knowledge::{Attachment, Knowledge, Plan, Release, Step, Tables, read_attachment};
use model::Day;
use rust_xlsxwriter::{Format, Workbook};
use shipped_tables::{points_of, shipped, table, tables};

fn day(text: &str) -> Day {
    Day::parse(text.as_bytes()).expect("a day")
}

fn release() -> Release {
    Release { batch: "99".to_owned(), published_on: day("2026-12-01"), valid_from: day("2027-01-01") }
}

/// Two sheets in the official manner: merged titles above the header, number and name only on the
/// first of several code rows.
fn workbook(detail: &[[&str; 5]], codes: &[[&str; 4]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("知识点明细").expect("a name");
    sheet.merge_range(0, 0, 0, 4, "“药品限支付疗程”规则对应知识点明细", &Format::new()).expect("merged");
    for (column, title) in
        ["序号", "药品通用名", "检出逻辑", "逻辑依据（药品目录备注）", "知识点对应药品代码数量"].iter().enumerate()
    {
        sheet.write(1, column as u16, *title).expect("a cell");
    }
    for (row, cells) in detail.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            sheet.write(row as u32 + 2, column as u16, *cell).expect("a cell");
        }
    }
    let sheet = book.add_worksheet();
    sheet.set_name("药品代码").expect("a name");
    for (column, title) in ["对应知识点序号", "药品通用名", "序号", "药品代码"].iter().enumerate() {
        sheet.write(0, column as u16, *title).expect("a cell");
    }
    for (row, cells) in codes.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            sheet.write(row as u32 + 1, column as u16, *cell).expect("a cell");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

const LOGIC: &str = "使用药品的日期总计超过限制天数";

fn plan(attachment: Attachment, knowledge: &Knowledge) -> Plan {
    let read = attachment.read;
    let plan = Plan::against(knowledge, attachment, release());
    assert_eq!(plan.counts().iter().sum::<u32>(), read, "every row read is accounted for");
    plan
}

#[test]
fn two_sheets_are_read_with_forward_fill_and_faulty_rows_rejected() {
    let bytes = workbook(
        &[
            ["1", "甲注射液", LOGIC, "支付不超过14天。", "2"],
            ["2", "乙注射液", LOGIC, "支付不超过7天。", "3"],
            ["3", "丙注射液", LOGIC, "支付不超过3天。", "1"],
            ["4", "丁注射液", LOGIC, "支付不超过3天。", "1"],
            ["说明：出院带药不计入。", "", "", "", ""],
        ],
        &[
            ["1", "甲注射液", "1", "XB01AXA223B002010100156"],
            ["", "", "2", "XB01AXA223B002010101157"],
            ["2", "乙注射液", "1", "XB01AXA223B002010101333"],
            ["", "", "2", "不是代码"],
            ["3", "另一个名字", "1", "XB01AXA223B002010101424"],
        ],
    );
    let attachment = read_attachment("第九十九批 药品限支付疗程.xlsx", &bytes).expect("an attachment");
    assert_eq!(attachment.class.rule_id, "drug-paid-course-limit");
    assert_eq!((attachment.rows.len(), attachment.remarks.len(), attachment.read), (1, 1, 5));
    assert_eq!(attachment.rows[0].codes, ["XB01AXA223B002010100156", "XB01AXA223B002010101157"]);
    assert_eq!(attachment.rows[0].row, 3, "rows are numbered as the reader of the sheet sees them");
    let rejected: Vec<String> =
        attachment.rejected.iter().map(|r| format!("{} {} {}：{}", r.sheet, r.row, r.column, r.reason)).collect();
    assert_eq!(
        rejected,
        [
            "药品代码 5 药品代码：代码“不是代码”不是国家药品代码的形式",
            "知识点明细 4 知识点对应药品代码数量：应有 3 个代码，代码表中有 1 个",
            "知识点明细 5 药品通用名：与代码表中同一序号的名称“另一个名字”不符",
            "知识点明细 6 序号：代码表中没有这一序号的代码",
        ]
    );
    assert_eq!(plan(attachment, &shipped()).counts(), [1, 0, 0, 1, 3]);
}

#[test]
fn a_plan_says_what_is_added_changed_and_unchanged_and_its_tables_load() {
    let knowledge = shipped();
    let in_force: Vec<_> =
        points_of(&knowledge, "drug-paid-course-limit").into_iter().filter(|p| p.valid.until.is_none()).collect();
    let named = |name: &str| *in_force.iter().find(|p| knowledge.text(p.name) == name).expect("a point in force");
    let (same, other) = (named("天麻素注射液"), named("注射用七叶皂苷钠"));
    let mut codes = Vec::new();
    for (number, point) in [("1", same), ("2", other)] {
        for (seq, code) in knowledge.codes_of(point).enumerate() {
            let first = seq == 0;
            codes.push([
                if first { number } else { "" },
                if first { knowledge.text(point.name) } else { "" },
                "",
                code,
            ]);
        }
    }
    codes.push(["3", "新药注射液", "1", "XB01AXA223B002010199999"]);
    let detail = [
        ["1", knowledge.text(same.name), knowledge.text(same.logic), knowledge.text(same.text), ""],
        ["2", knowledge.text(other.name), knowledge.text(other.logic), "支付不超过7天。", ""],
        ["3", "新药注射液", LOGIC, "支付不超过5天。", "1"],
    ];
    let attachment = read_attachment("药品限支付疗程.xlsx", &workbook(&detail, &codes)).expect("an attachment");
    let plan = plan(attachment, &knowledge);
    assert_eq!(plan.counts(), [1, 1, 1, 0, 0], "{}", plan.report());
    let Step::Changed { old_id, changes } = &plan.rows[1].step else { panic!("the second row changes") };
    assert_eq!(old_id, knowledge.text(other.id));
    let fields: Vec<(&str, &str, &str)> =
        changes.iter().map(|c| (c.field, c.before.as_str(), c.after.as_str())).collect();
    assert_eq!(
        fields,
        [
            ("text", "支付不超过10天。", "支付不超过7天。"),
            ("predicate", "max_days=10 window=visit", "max_days=7 window=visit"),
        ]
    );

    let before = Tables { points: table("points.csv"), codes: table("codes.csv"), batches: table("batches.csv") };
    let after = plan.apply(&before).expect("new tables");
    let ended = before.points.lines().zip(after.points.lines()).filter(|(a, b)| a != b).count();
    assert_eq!(ended, 1, "only the superseded row changes");
    let mut files = tables();
    for (name, text) in [("points.csv", &after.points), ("codes.csv", &after.codes), ("batches.csv", &after.batches)] {
        files.iter_mut().find(|(known, _)| known == name).expect("shipped").1 = text.clone().into_bytes();
    }
    let renewed = shipped_tables::read(&files).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(renewed.points.len(), knowledge.points.len() + 2);
    let code = knowledge.codes_of(other).next().expect("a code");
    for (on, expect) in [("2026-12-31", "max_days=10 window=visit"), ("2027-01-01", "max_days=7 window=visit")] {
        let found: Vec<String> = renewed
            .points_of_item(code, Some(day(on)))
            .into_iter()
            .filter(|p| p.rule_id == "drug-paid-course-limit")
            .map(|p| p.predicate)
            .collect();
        assert_eq!(found, [expect], "{on}");
    }
}

#[test]
fn importing_the_same_attachment_twice_changes_nothing() {
    let csv = "药品区分性别使用,,,,\n项目名称,限定性别,检出逻辑,逻辑依据,国家医疗服务项目代码（供参考）\n某检查,女,与限定性别不符,女性检查,003313999999999\n";
    let file = "医疗服务项目区分性别使用.csv";
    let knowledge = shipped();
    let first = plan(read_attachment(file, csv.as_bytes()).expect("an attachment"), &knowledge);
    assert_eq!(first.counts(), [1, 0, 0, 0, 0]);
    assert_eq!(first.rows[0].predicate, "sex=F");
    let before = Tables { points: table("points.csv"), codes: table("codes.csv"), batches: table("batches.csv") };
    let after = first.apply(&before).expect("new tables");
    let mut files = tables();
    for (name, text) in [("points.csv", &after.points), ("codes.csv", &after.codes), ("batches.csv", &after.batches)] {
        files.iter_mut().find(|(known, _)| known == name).expect("shipped").1 = text.clone().into_bytes();
    }
    let renewed = shipped_tables::read(&files).expect("a library");
    let second = plan(read_attachment(file, csv.as_bytes()).expect("an attachment"), &renewed);
    assert_eq!(second.counts(), [0, 0, 1, 0, 0]);
    assert_eq!(second.apply(&after).expect("tables"), after);
}

#[test]
fn service_sheets_of_each_class_give_their_parameter() {
    for (file, csv, expect) in [
        (
            "医疗服务项目限定频次.csv",
            "序号,项目名称,日最大数量,检出逻辑,逻辑依据（计价单位）,项目代码\n1,住院诊查费,1,x,日,001102000050000\n",
            "max_qty=1 unit=day window=day",
        ),
        (
            "医疗服务项目限定频次.csv",
            "序号,项目名称,日最大数量,检出逻辑,逻辑依据（计价单位）,项目代码\n1,心电监测,24,x,小时,003107010220000\n",
            "max_qty=24 unit=hour window=day",
        ),
        (
            "医疗服务项目周期超频次.csv",
            "序号,项目名称,最大次数,周期（天）,检出逻辑,逻辑依据,项目代码\n1,糖化,1,15,x,2-3个月,002503020010000\n",
            "max_qty=1 window=rolling period_days=15",
        ),
        (
            "医疗服务项目重复收费.csv",
            "序号,时间间隔,项目A,项目A代码,项目B,项目B代码,检出逻辑,逻辑依据\n1,同日,甲,001103000010000,乙,001102000030000,x,含诊查\n",
            "window=day",
        ),
        (
            "医疗服务项目重复收费.csv",
            "序号,时间间隔,项目A,项目A代码,项目B,项目B代码,检出逻辑,逻辑依据\n1,6小时内,甲,001103000010000,乙,001102000030000,x,含诊查\n",
            "window=rolling period_hours=6",
        ),
        (
            "手术项目未按规定折价收费.csv",
            "序号,项目名称,项目编码,同一切口手术组,检出逻辑\n1,阑尾切除术,003310030220000,胃肠手术组,x\n",
            "group=胃肠手术组",
        ),
    ] {
        let attachment = read_attachment(file, csv.as_bytes()).expect("an attachment");
        assert_eq!(attachment.rejected, [], "{file}");
        assert_eq!(attachment.rows[0].given, expect, "{file}");
    }
    let lost_zeros =
        "序号,项目名称,限定性别,检出逻辑,逻辑依据,项目代码\n1,甲,女,x,y,3313010030000\n2,乙,不限,x,y,003313010030000\n";
    let attachment = read_attachment("医疗服务项目区分性别使用.csv", lost_zeros.as_bytes()).expect("an attachment");
    let reasons: Vec<&str> = attachment.rejected.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "代码“3313010030000”不是国家医疗服务项目代码的形式；可能被 Excel 当作数字而丢了前导零，请按文本重存",
            "应为 男 或 女",
        ]
    );
}

#[test]
fn files_that_are_no_attachment_say_why() {
    for (file, bytes, expect) in [
        ("某表.csv", "a,b\n1,2\n", "某表.csv 看不出属于哪一类规则：文件名、工作表名和标题中都没有已知的类名"),
        (
            "药品限二线使用.csv",
            "a,b\n1,2\n",
            "药品限二线使用.csv 的工作表“药品限二线使用.csv”中找不到表头：需要 名称、检出逻辑、逻辑依据、代码 等列中至少三列",
        ),
    ] {
        let error = read_attachment(file, bytes.as_bytes()).expect_err("no attachment");
        assert_eq!(error.to_string(), expect);
    }
    let error = read_attachment("药品限二线使用.xlsx", b"not a workbook").expect_err("no workbook");
    assert!(error.to_string().starts_with("药品限二线使用.xlsx 无法读取："), "{error}");
}
