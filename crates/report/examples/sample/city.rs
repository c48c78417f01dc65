//! An invented city with invented findings, for looking at the report and for testing it.
//!
//! Every name, number and rule here is made up; the shapes (a few large hospitals, many small ones,
//! seasons, a handful of rules that make most of the money) are those a real city would show.

use model::{Day, Fen, HospitalLevel, Quantity, Severity};
use report::{
    AuditReport, Billed, FindingView, InstitutionLine, Month, Receipt, RuleLine, RunInfo, Stage, TableIntake, Totals,
};

/// How much of a city.
pub struct Size {
    pub institutions: u64,
    pub rules: u64,
    pub months: i32,
    pub findings: u64,
}

/// A finding that owns its texts.
pub struct Finding {
    pub id: String,
    pub rule: usize,
    pub person: String,
    pub visit: String,
    pub institution: String,
    pub doctor: String,
    pub day: Day,
    pub line: String,
    pub related: String,
    pub over: Quantity,
    pub amount: Fen,
    pub counted: Fen,
    pub point: String,
    pub evidence: String,
}

/// A city: what the caller knows, and the findings in their order.
pub struct City {
    pub report: AuditReport,
    pub findings: Vec<Finding>,
}

/// A small generator of numbers (xorshift*), so that a seed is a city for ever.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below.max(1)
    }

    /// Small numbers much more often than large ones.
    fn steep(&mut self, below: u64) -> u64 {
        let (a, b) = (self.roll(below), self.roll(below));
        a * b / below.max(1)
    }
}

const TOWNS: [&str; 10] = ["青原", "临溪", "白石", "云栖", "河东", "望江", "石桥", "松林", "新安", "柳湾"];
const SUBJECTS: [&str; 11] = [
    "药品限性别",
    "药品限儿童",
    "药品限二线用药",
    "药品超支付天数",
    "诊疗项目重复收费",
    "护理级别与天数不符",
    "检验套餐拆分收费",
    "限适应症用药",
    "同类药品重复开药",
    "手术项目与诊断不符",
    "耗材与手术不匹配",
];
const DETAILS: [&str; 8] =
    ["", "（门诊）", "（住院）", "（慢特病）", "（日间手术）", "（急诊）", "（中药饮片）", "（康复）"];

impl City {
    /// A city of a seed.
    pub fn new(seed: u64, size: &Size) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let first = Day::from_civil(2023, 7, 1).unwrap_or_default();
        let institutions: Vec<InstitutionLine> =
            (0..size.institutions).map(|n| institution(n, size.institutions)).collect();
        let rules: Vec<RuleLine> = (0..size.rules).map(rule).collect();
        let billed = billed(&mut dice, &institutions, first, size.months);
        let mut findings = findings(&mut dice, &institutions, &rules, &billed, size.findings);
        findings.sort_by(|a, b| {
            (&a.institution, &a.visit, &rules[a.rule].rule_id, &a.line).cmp(&(
                &b.institution,
                &b.visit,
                &rules[b.rule].rule_id,
                &b.line,
            ))
        });
        let report = report(institutions, rules, billed, first, size.months);
        Self { report, findings }
    }

    /// A finding as the tally wants it.
    pub fn view<'a>(&'a self, finding: &'a Finding) -> FindingView<'a> {
        let rule = &self.report.rules[finding.rule];
        FindingView {
            finding_id: &finding.id,
            rule_id: &rule.rule_id,
            rule_version: &rule.version,
            official_code: &rule.official_code,
            rule_name: &rule.name,
            severity: rule.severity,
            psn_no: &finding.person,
            mdtrt_id: &finding.visit,
            fixmedins_code: &finding.institution,
            orders_dr_code: &finding.doctor,
            occurred_on: finding.day,
            feedetl_sn: &finding.line,
            related_feedetl_sn: &finding.related,
            cnt_over: finding.over,
            amount_fen: finding.amount,
            counted_fen: finding.counted,
            knowledge_point_id: &finding.point,
            basis: &rule.basis,
            evidence: &finding.evidence,
        }
    }
}

fn institution(number: u64, all: u64) -> InstitutionLine {
    let town = TOWNS[number as usize % TOWNS.len()];
    let rank = number * 100 / all.max(1);
    let (level, kind, pharmacy) = match rank {
        0..6 => (HospitalLevel::Tertiary, "中心医院", false),
        6..22 => (HospitalLevel::Secondary, "人民医院", false),
        22..55 => (HospitalLevel::Primary, "镇卫生院", false),
        55..62 => (HospitalLevel::Unrated, "社区卫生服务站", false),
        _ => (HospitalLevel::Unknown, "康民大药房", true),
    };
    let name = format!("{town}{kind}第{}分部", number / 10 + 1);
    InstitutionLine { code: format!("H61{number:07}"), name, pharmacy, level }
}

fn rule(number: u64) -> RuleLine {
    let subject = SUBJECTS[number as usize % SUBJECTS.len()];
    let detail = DETAILS[number as usize / SUBJECTS.len() % DETAILS.len()];
    let severity = match number % 20 {
        0..10 => Severity::Clear,
        10..18 => Severity::Suspicious,
        _ => Severity::Indicator,
    };
    let (status, reason) = match number % 11 {
        7 if number > 40 => ("needs-local-data", Some("需要本地参数表 local_bed_day_price（床位费标准），尚未填写")),
        9 if number > 40 => ("planned", Some("需要跨年度的人员历史，后续版本实现")),
        4 if number > 60 => ("running", Some("缺少列 charge_lines.bilg_dept_codg，无法判断开单科室")),
        _ => ("running", None),
    };
    RuleLine {
        rule_id: format!("sample-rule-{number:02}"),
        version: "1.0".into(),
        official_code: format!("GZ1000{number:02}"),
        name: format!("{subject}{detail}"),
        category: ["policy", "management", "medical"][number as usize % 3].into(),
        family: ["药品政策限定", "信息数据监管", "药品合理使用"][number as usize % 3].into(),
        severity,
        status: status.into(),
        grain: ["line", "visit", "line", "person-history"][number as usize % 4].into(),
        not_run_reason: reason.map(Into::into),
        basis: format!("示例依据：虚构目录 2024 年版第 {} 行限定支付范围", number * 7 + 3),
    }
}

fn billed(dice: &mut Dice, institutions: &[InstitutionLine], first: Day, months: i32) -> Vec<Billed> {
    let mut all = Vec::new();
    for line in institutions {
        let scale = match (line.pharmacy, line.level) {
            (true, _) => 3 + dice.steep(90),
            (_, HospitalLevel::Tertiary) => 700 + dice.roll(2_400),
            (_, HospitalLevel::Secondary) => 120 + dice.roll(500),
            (_, HospitalLevel::Primary) => 12 + dice.steep(160),
            _ => 1 + dice.steep(14),
        };
        for number in 0..months {
            let season = 90 + [16, 0, 4, 2, 0, 0, 3, 2, 0, 5, 8, 14][number as usize % 12];
            let visits = scale * season / 100 + dice.roll(scale / 10 + 1);
            let lines = visits * (6 + dice.roll(5));
            let month = Month::of(first.plus(number * 30 + 15 + number / 2));
            let amount_fen = Fen((lines * (2_800 + dice.roll(900))) as i64);
            all.push(Billed { institution: line.code.clone(), month, lines, visits, amount_fen });
        }
    }
    all
}

fn findings(
    dice: &mut Dice,
    institutions: &[InstitutionLine],
    rules: &[RuleLine],
    billed: &[Billed],
    number: u64,
) -> Vec<Finding> {
    let running: Vec<usize> = (0..rules.len()).filter(|n| rules[*n].not_run_reason.is_none()).collect();
    let weights: Vec<u64> = institutions
        .iter()
        .map(|line| {
            let visits: u64 = billed.iter().filter(|b| b.institution == line.code).map(|b| b.visits).sum();
            visits * [60, 100, 100, 100, 180, 90, 100][dice.roll(7) as usize] / 100 + 1
        })
        .collect();
    let all: u64 = weights.iter().sum();
    (0..number)
        .map(|n| {
            let mut at = dice.roll(all);
            let place = weights
                .iter()
                .position(|weight| {
                    at < *weight || {
                        at -= weight;
                        false
                    }
                })
                .unwrap_or(0);
            finding(dice, n, &institutions[place], &running)
        })
        .collect()
}

fn finding(dice: &mut Dice, number: u64, institution: &InstitutionLine, running: &[usize]) -> Finding {
    let rule = running[dice.steep(running.len() as u64 * 9 / 10) as usize];
    let cents = 300 + dice.steep(60_000) as i64 * (1 + dice.steep(14) as i64) * if rule % 7 == 3 { 4 } else { 1 };
    let counted = if number.is_multiple_of(9) { cents * 4 / 10 } else { cents };
    let counted = if rule % 20 >= 18 { 0 } else { counted };
    let day = Day::from_civil(2023, 7, 1).unwrap_or_default().plus(dice.roll(730) as i32);
    // A tenth of the findings share a visit with others of their institution.
    let visit = if number.is_multiple_of(10) { dice.steep(40) } else { dice.roll(9_000_000) };
    let related = if number.is_multiple_of(5) {
        (0..1 + number % 30).map(|k| format!("F{visit:08}{k:03}")).collect::<Vec<_>>().join(";")
    } else {
        String::new()
    };
    Finding {
        id: format!("{:016x}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        rule,
        person: format!("6100{:012}", visit / 3),
        visit: if rule % 20 == 19 { String::new() } else { format!("MZ{}{visit:08}", &institution.code[7..]) },
        institution: institution.code.clone(),
        doctor: if number.is_multiple_of(8) { String::new() } else { format!("D{:06}", dice.steep(900)) },
        day,
        line: if number % 4 == 1 { String::new() } else { format!("F{visit:08}{:03}", number % 100) },
        related,
        over: Quantity(10_000 * (1 + dice.steep(20) as i64)),
        amount: Fen(cents),
        counted: Fen(counted),
        point: if number.is_multiple_of(3) { String::new() } else { format!("KP-{:05}", dice.roll(3_671)) },
        evidence: format!(
            "{day} 开具“示例药品{}（0.25g×24）”{} 盒，限定支付范围为“限儿童”，患者 {} 岁，超出限定，涉及金额 {} 元。",
            dice.roll(300),
            1 + dice.roll(9),
            19 + dice.roll(70),
            Fen(cents)
        ),
    }
}

fn report(
    institutions: Vec<InstitutionLine>,
    rules: Vec<RuleLine>,
    billed: Vec<Billed>,
    first: Day,
    months: i32,
) -> AuditReport {
    let (lines, visits) = (billed.iter().map(|b| b.lines).sum(), billed.iter().map(|b| b.visits).sum());
    let amount_fen = billed.iter().map(|b| b.amount_fen).sum();
    let persons = visits / 9;
    let table = |table: &str, read: u64, corrections: &[(&str, u64)], rejections: &[(&str, u64)], notes: &[&str]| {
        let own =
            |all: &[(&str, u64)]| all.iter().map(|(word, times)| ((*word).to_owned(), *times)).collect::<Vec<_>>();
        let (corrected, rejected): (u64, u64) =
            (corrections.iter().map(|c| c.1).sum(), rejections.iter().map(|r| r.1).sum());
        let read = read.max(corrected + rejected);
        TableIntake {
            table: table.into(),
            read,
            accepted: read - corrected - rejected,
            corrected,
            rejected,
            corrections: own(corrections),
            rejections: own(rejections),
            notes: notes.iter().map(|note| (*note).to_owned()).collect(),
        }
    };
    let extra = 5_371;
    let intake = vec![
        table("persons", persons + 12, &[("出生日期写作 yyyyMMdd", 3_020)], &[("人员编号重复", 12)], &[]),
        table("institutions", institutions.len() as u64, &[], &[], &[]),
        table("staff", 0, &[], &[], &["没有这张表；需要医师资格的规则列为未运行"]),
        table("visits", visits + 402, &[("结束时间为空，按开始时间", 1_204)], &[("就诊找不到参保人", 402)], &[]),
        table(
            "diagnoses",
            visits * 2,
            &[("诊断编码含空格", 881)],
            &[],
            &["目录中找不到的诊断编码 1,204 个，保留并标记"],
        ),
        table(
            "charge_lines",
            lines + extra,
            &[("金额按单价×数量重算", 7_733), ("日期含斜杠", 20_114)],
            &[("金额不是数字", 371), ("明细找不到就诊", 5_000)],
            &["未使用的列：remark、opter_id"],
        ),
    ];
    AuditReport {
        run: RunInfo {
            engine_version: "0.1.0".into(),
            command: "yibao audit claims/ --out report/ --threads 2".into(),
            started: "2025-07-02 09:14:03".into(),
            stages: [("读入", 4_210), ("排序", 0), ("审核", 6_802), ("输出", 930)]
                .map(|(name, elapsed_ms)| Stage { name: name.into(), elapsed_ms })
                .into(),
            threads: 2,
            lines,
            visits,
            persons,
            lines_per_second: lines * 1_000 / 11_942,
        },
        receipt: Receipt {
            engine_version: "0.1.0".into(),
            rules_hash: format!("sha256:{}", "3f9c".repeat(16)),
            knowledge_hash: format!("sha256:{}", "a07b".repeat(16)),
            catalogue_hash: format!("sha256:{}", "51de".repeat(16)),
            input_hash: format!("sha256:{}", "c2e8".repeat(16)),
        },
        totals: Totals {
            lines,
            visits,
            persons,
            amount_fen,
            from: Some(first),
            until: Some(first.plus(months * 304 / 10 + 1)),
        },
        intake,
        rules,
        institutions,
        billed,
    }
}
