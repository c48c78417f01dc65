//! Broken tables: every fault at once, with file, line, column, value and the nearest valid name.

use knowledge::{Knowledge, Source};

const BATCHES: &str = "batch,title,rule_class,published_on,in_force_from,in_force_until,reason
1,第一批知识点（药品）,药品限儿童使用,2025-05-23,2025-01-01,,目录
1,第一批知识点（药品）,药品限适应症,2025-05-23,2025-01-01,,目录
";
const POINTS: &str = "point_id,rule_id,rule_class,item_kind,name,text,logic,predicate,valid_from,valid_until,batch,published_on,supersedes,source,source_row
";
const CODES: &str = "point_id,seq,code\n";
const GOOD: &str =
    "KP-1,drug-child-payment-limit,药品限儿童使用,drug,甲,限儿童,,,2025-01-01,2026-01-01,1,2025-05-23,,附件,1\n";

fn check(files: &[(&str, String)], expect: &[&str]) {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let sources = [Source::Published, Source::Book, Source::Derived, Source::Local, Source::Example];
    let found: Vec<String> = match Knowledge::read_sources(&files, &sources) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(found, expect);
}

fn published(points: &str, codes: &str) -> Vec<(&'static str, String)> {
    vec![
        ("batches.csv", BATCHES.to_owned()),
        ("points.csv", format!("{POINTS}{points}")),
        ("codes.csv", format!("{CODES}{codes}")),
    ]
}

#[test]
fn good_tables_have_no_problem() {
    check(&published(GOOD, "KP-1,1,XA01\n"), &[]);
    check(&[], &[]);
}

#[test]
fn every_problem_is_reported_at_once() {
    let points = [
        "KP-1,drug-child-payment-limt,药品限儿童使用,drug,甲,限儿童,,,2025-01-01,,1,2025-05-23,,附件,1",
        "KP-2,drug-child-payment-limit,药品限儿童使用,drug,乙,限儿童,,,2025-13-01,,1,2025-05-23,,附件,2",
        "KP-3,drug-child-payment-limit,药品限儿童使用,drug,丙,限儿童,,,2025-01-01,,9,2025-05-23,,附件,3",
        "KP-4,drug-child-payment-limit,药品限儿童使用,drug,丁,限儿童,,agee=child,2025-01-01,,1,2025-05-23,,附件,4",
        "KP-5,drug-child-payment-limit,药品限儿童用,service,戊,限儿童,,,2025-01-01,,1,2025-05-23,,附件,5",
        "KP-5,drug-child-payment-limit,药品限儿童使用,drug,己,限儿童,,,2025-01-01,,1,2025-05-23,,附件,6",
        "KP-6,drug-child-payment-limit,药品限儿童使用,drug,庚,限儿童,,,2025-01-01,2024-01-01,1,2025-05-23,,附件",
    ]
    .join("\n");
    check(
        &published(&points, "KP-7,1,XA01\nKP-5,x,XA02\nKP-5,2,\n"),
        &[
            "codes.csv 第 2 行 point_id 列：“KP-7”没有这个编号的知识点，请先在 points.csv 中登记",
            "codes.csv 第 3 行 seq 列：“x”不是正整数",
            "codes.csv 第 4 行 code 列：必填而为空，请补上",
            "points.csv 第 2 行 rule_id 列：“drug-child-payment-limt”不是有知识点的规则；最接近的是“drug-child-payment-limit”",
            "points.csv 第 3 行 valid_from 列：“2025-13-01”不是有效日期，请写成 yyyy-MM-dd",
            "points.csv 第 4 行 batch 列：“9”不是 batches.csv 中的批次",
            "points.csv 第 5 行 predicate 列：“agee=child”不是有效的限定条件：项“agee=child”的键未知；最接近的是“age”",
            "points.csv 第 6 行 item_kind 列：“service”规则 drug-child-payment-limit 的对象应为 drug",
            "points.csv 第 6 行 rule_class 列：“药品限儿童用”与规则 drug-child-payment-limit 的类名“药品限儿童使用”不符；最接近的是“药品限儿童使用”",
            "points.csv 第 7 行 point_id 列：“KP-5”编号 KP-5 重复，每个知识点的编号只能出现一次",
            "points.csv 第 8 行：应有 15 列，实有 14 列，请检查逗号与引号",
        ],
    );
}

#[test]
fn i9_two_versions_must_not_overlap() {
    let new = |from: &str, old: &str| {
        format!(
            "{GOOD}KP-2,drug-child-payment-limit,药品限儿童使用,drug,甲,限儿童,,,{from},,1,2025-05-23,{old},附件,1\n"
        )
    };
    check(&published(&new("2026-01-01", "KP-1"), "KP-1,1,XA01\nKP-2,1,XA01\n"), &[]);
    let overlap = "points.csv 第 3 行 supersedes 列：“KP-1”与替代它的知识点有效期重叠：请把它的 valid_until 写成 2025-12-31 或更早";
    check(&published(&new("2025-12-31", "KP-1"), ""), &[overlap]);
    check(
        &published(&new("2026-01-01", "KP-9"), ""),
        &["points.csv 第 3 行 supersedes 列：“KP-9”没有这个编号的知识点，无从替代"],
    );
}

#[test]
fn headers_names_and_encodings() {
    check(
        &[("points.csv", POINTS.replace("valid_from", "valid_form"))],
        &[
            "points.csv 第 1 行 valid_form 列：这一列不在表结构中，请删去或更名；最接近的是“valid_from”",
            "points.csv 第 1 行 valid_from 列：缺少这一列，请补上",
        ],
    );
    check(&[("point.csv", String::new())], &["point.csv：不是知识库的表，请更名或移走；最接近的是“points.csv”"]);
    let bytes: &[u8] = b"point_id,seq,code\nKP-1,1,\xff\n";
    let problems = Knowledge::read(&[("codes.csv", bytes)]).expect_err("not UTF-8");
    assert_eq!(problems[0].to_string(), "codes.csv 第 2 行：不是 UTF-8 编码，请另存为 UTF-8");
}

#[test]
fn mappings_name_known_sets_and_points() {
    let mut files = published(
        "KP-1,drug-payment-indication,药品限适应症,drug,甲,限糖尿病,,,2025-01-01,,1,2025-05-23,,附件,1\n",
        "KP-1,1,XA01\n",
    );
    files.push((
        "code_sets.csv",
        "set_id,title,code_system,code_prefix,note\ndiabetes,糖尿病,icd10,E11,\nrenal,肾病,icd-10,N18,\n".to_owned(),
    ));
    let map = |row: &str| format!("rule_id,point_id,include_set,exclude_set,mapped_by,certainty_note\n{row}\n");
    files.push(("mappings.csv", map("drug-payment-indication,KP-1,diabets,,审核人,")));
    let system =
        "code_sets.csv 第 3 行 code_system 列：“icd-10”不是已知的编码体系（icd10、icd9cm3、item）；最接近的是“icd10”";
    check(
        &files,
        &[
            system,
            "mappings.csv 第 2 行 include_set 列：“diabets”code_sets.csv 中没有集合“diabets”；最接近的是“diabetes”",
        ],
    );
    files.pop();
    files.push(("mappings.csv", map("drug-payment-indication,KP-2,diabetes,,审核人,")));
    check(&files, &[system, "mappings.csv 第 2 行 point_id 列：“KP-2”没有这个编号的知识点"]);
}

#[test]
fn a_union_of_sets_is_a_set() {
    let mut files = published(
        "KP-1,drug-payment-indication,药品限适应症,drug,甲,限糖尿病或肾病,,,2025-01-01,,1,2025-05-23,,附件,1\n",
        "KP-1,1,XA01\n",
    );
    files.push(("code_sets.csv", "set_id,title,code_system,code_prefix,note\ndiabetes,糖尿病,icd10,E11,\nrenal,肾病,icd10,N18,\nrenal,肾病,icd10,N19,\n".to_owned()));
    files.push(("mappings.csv", "rule_id,point_id,include_set,exclude_set,mapped_by,certainty_note\ndrug-payment-indication,KP-1,diabetes+renal,,审核人,\n".to_owned()));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let knowledge = Knowledge::read(&files).expect("a library");
    let set = knowledge.code_set("diabetes+renal").expect("the union");
    assert_eq!(knowledge.prefixes_of(set).collect::<Vec<_>>(), ["E11", "N18", "N19"]);
    assert_eq!(knowledge.text(set.title), "糖尿病、肾病");
    assert_eq!(knowledge.points[0].predicate.to_string(), "dx=diabetes+renal");
}

#[test]
fn a_locality_may_give_points_to_any_rule_and_examples_come_on_request() {
    let row = "code,name,predicate,partner_code,valid_from,valid_until,basis\n";
    let files = [
        (
            "local/service-department-limit.csv",
            format!("{row}003400000010000,某项目,age=18y..,,2025-01-01,,某市医保发〔2025〕1号\n"),
        ),
        ("examples/consumable-sex-specific.csv", format!("{row}C0101010010000000001,某耗材,sex=F,,2025-01-01,,示例\n")),
    ];
    let as_bytes: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let ids =
        |knowledge: &Knowledge| knowledge.points.iter().map(|p| knowledge.text(p.id).to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&Knowledge::read(&as_bytes).expect("a library")), ["LOCAL-service-department-limit-2"]);
    let with = Knowledge::read_sources(&as_bytes, &[Source::Local, Source::Example]).expect("a library");
    assert_eq!(ids(&with), ["EX-consumable-sex-specific-2", "LOCAL-service-department-limit-2"]);
    let broken = [("local/any.csv", format!("{row}A00,某诊断,sex=X,,,,\n"))];
    check(
        &broken,
        &[
            "local/any.csv 第 2 行 basis 列：必填而为空，请补上",
            "local/any.csv 第 2 行 predicate 列：“sex=X”不是有效的限定条件：项“sex=X”的值无效，应为 sex=M 或 sex=F",
            "local/any.csv 第 2 行 valid_from 列：不是有效日期，请写成 yyyy-MM-dd",
        ],
    );
}
