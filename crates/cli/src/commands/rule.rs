//! `yibao rule list | show | test | new`, and for a running server `publish | roll-back | switch | set` (`publish`).

use crate::commands::publish;
use crate::data::{DataFiles, Examples};
use anyhow::{Result, bail};
use audit::{CaseKind, Cases, Rule, Status, detectors, run_cases};
use clap::Subcommand;
use model::nearest;
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Command {
    /// 列出全部规则与状态
    List {
        /// 只列这一状态的规则
        #[arg(long, value_enum)]
        status: Option<OfStatus>,
    },
    /// 查看一条规则：依据、参数、说明、知识点数
    Show {
        /// 规则编号或国家编码
        id: String,
    },
    /// 运行规则文件中的用例
    Test {
        /// 规则编号；不写为全部
        ids: Vec<String>,
        /// 同时打印每个用例的证据句
        #[arg(long)]
        verbose: bool,
    },
    /// 写出一个新规则文件的骨架
    New {
        /// 规则编号（英文，说它查出什么）
        id: String,
        /// 中文名称
        #[arg(long)]
        name: String,
        /// 检测器
        #[arg(long)]
        detector: String,
        /// 放入 rules/ 下的哪个分类目录
        #[arg(long, default_value = "local")]
        family: String,
    },
    /// 把规则与知识发布到运行中的服务（--data DIR 为要发布的数据目录）
    Publish(publish::Publish),
    /// 让运行中的服务回到以前的发布
    RollBack(publish::RollBack),
    /// 在运行中的服务上启用、停用或静默评估一条规则
    Switch(publish::Switch),
    /// 在运行中的服务上设定一个统筹区的规则参数
    Set(publish::Set),
}

/// A status, as it is asked for.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum OfStatus {
    Running,
    Planned,
    NeedsLocalData,
}

impl OfStatus {
    const fn status(self) -> Status {
        match self {
            Self::Running => Status::Running,
            Self::Planned => Status::Planned,
            Self::NeedsLocalData => Status::NeedsLocalData,
        }
    }
}

pub fn run(files: &DataFiles, command: Command) -> Result<ExitCode> {
    match command {
        Command::List { status } => list(files, status.map(OfStatus::status)),
        Command::Show { id } => show(files, &id),
        Command::Test { ids, verbose } => test(files, &ids, verbose),
        Command::New { id, name, detector, family } => new(files, &id, &name, &detector, &family),
        Command::Publish(wish) => publish::publish(files, &wish),
        Command::RollBack(wish) => publish::roll_back(&wish),
        Command::Switch(wish) => publish::switch(&wish),
        Command::Set(wish) => publish::set(&wish),
    }
}

fn list(files: &DataFiles, only: Option<Status>) -> Result<ExitCode> {
    let data = files.load(Examples::LeftOut, Cases::MayLack)?;
    let wanted = data.library.rules().iter().filter(|rule| only.is_none_or(|status| rule.status == status));
    let rows = wanted.map(|rule| {
        let code = if rule.official_code.is_empty() { "（无）" } else { &rule.official_code };
        [rule.id.as_str(), code, &rule.name, rule.severity.label(), rule.grain.word(), rule.status.word()]
            .map(str::to_owned)
            .to_vec()
    });
    let mut table = vec![["编号", "国家编码", "名称", "等级", "粒度", "状态"].map(str::to_owned).to_vec()];
    table.extend(rows);
    print!("{}", crate::columns::align(&table));
    let count = |status| data.library.rules().iter().filter(|rule| rule.status == status).count();
    println!(
        "共 {} 条：运行 {}，需要本地数据 {}，计划 {}",
        data.library.rules().len(),
        count(Status::Running),
        count(Status::NeedsLocalData),
        count(Status::Planned)
    );
    Ok(ExitCode::SUCCESS)
}

fn find<'r>(rules: &'r [Rule], id: &str) -> Result<&'r Rule> {
    if let Some(rule) =
        rules.iter().find(|rule| rule.id == id || (rule.official_code == id && !id.is_empty()) || rule.name == id)
    {
        return Ok(rule);
    }
    match nearest(id, rules.iter().map(|rule| rule.id.as_str())) {
        Some(near) => bail!("没有规则“{id}”；是否要找“{near}”"),
        None => bail!("没有规则“{id}”；用 yibao rule list 查看全部"),
    }
}

fn show(files: &DataFiles, id: &str) -> Result<ExitCode> {
    let data = files.load(Examples::LeftOut, Cases::MayLack)?;
    let rule = find(data.library.rules(), id)?;
    println!("{}（{}）版本 {}", rule.name, rule.id, rule.version);
    let code =
        if rule.official_code.is_empty() { "（2025 版新增，无 1.0 编码）" } else { &rule.official_code };
    println!("国家编码 {code}　{} / {}　框架 {}", rule.category, rule.family, rule.framework.join("、"));
    println!("等级 {}　粒度 {}　状态 {}", rule.severity.label(), rule.grain.word(), rule.status.word());
    if !rule.lacks.is_empty() {
        println!("缺少：{}", rule.lacks);
    }
    let until = rule.effective.until.map_or_else(|| "长期适用".to_owned(), |day| format!("至 {day}（不含）"));
    println!("适用 {} 起，{until}", rule.effective.from);
    for basis in &rule.basis {
        println!("依据 {}{}", basis.document, basis.article);
    }
    if !rule.detector.is_empty() {
        println!("检测器 {}", rule.detector);
        let specs = detectors().iter().find(|info| info.name == rule.detector).map_or(&[][..], |info| info.params);
        for (name, value) in rule.params.shown() {
            let title = specs.iter().find(|spec| spec.name == name).map_or("", |spec| spec.title);
            println!("  {name} = {value}　{title}");
        }
    }
    if let Some(query) = &rule.query {
        println!("数据湖查询（语句见下文），参数");
        for param in &query.params {
            println!("  {} = {}", param.name, param.shown);
        }
    }
    if !rule.needs.is_empty() {
        println!("需要列 {}", rule.needs.join("、"));
    }
    let points = data.knowledge.points.iter().filter(|point| data.knowledge.text(point.rule_id) == rule.id);
    let (all, executable) = points.fold((0, 0), |(all, executable), point| {
        (all + 1, executable + usize::from(point.status == knowledge::Status::Executable))
    });
    let cases = rule.cases.len() + rule.query_cases.len();
    println!("知识点 {all} 个，其中可执行 {executable} 个；用例 {cases} 个");
    let assumed =
        data.knowledge.points.iter().filter(|point| {
            data.knowledge.text(point.rule_id) == rule.id && point.source == knowledge::Source::Assumed
        });
    let assumed = assumed.count();
    if assumed > 0 {
        println!(
            "其中示例（假定值）{assumed} 个（knowledge/assumed/{}.csv）：不是全国口径；地方表写入 knowledge/local/{}.csv 后以地方表为准",
            rule.id, rule.id
        );
    }
    println!("\n{}", rule.prose);
    Ok(ExitCode::SUCCESS)
}

fn test(files: &DataFiles, ids: &[String], verbose: bool) -> Result<ExitCode> {
    // A single rule may be tested while others are still being written.
    let cases = if ids.is_empty() { Cases::Required } else { Cases::MayLack };
    let data = files.load(Examples::Included, cases)?;
    for id in ids {
        find(data.library.rules(), id)?;
    }
    #[cfg_attr(not(feature = "sql"), expect(unused_mut, reason = "cases of queries need the engine"))]
    let mut outcomes = run_cases(&data.library, ids);
    #[cfg(feature = "sql")]
    outcomes.extend(query::run_query_cases(data.library.rules(), ids)?);
    let mut failed = 0;
    for outcome in &outcomes {
        let kind = match outcome.kind {
            CaseKind::Hit => "命中",
            CaseKind::NearMiss => "边界",
            CaseKind::Exemption => "豁免",
        };
        if let Some(failure) = &outcome.failure {
            failed += 1;
            println!("失败 {} [{kind}] {}（{}）\n     {failure}", outcome.rule_id, outcome.case, outcome.place);
        } else if verbose {
            println!("通过 {} [{kind}] {}", outcome.rule_id, outcome.case);
            for finding in &outcome.findings {
                println!("     {}", finding.evidence);
            }
        }
    }
    let mut rules: Vec<&str> = outcomes.iter().map(|outcome| outcome.rule_id.as_str()).collect();
    rules.dedup();
    println!("{} 条规则，{} 个用例，{} 个失败", rules.len(), outcomes.len(), failed);
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn new(files: &DataFiles, id: &str, name: &str, detector: &str, family: &str) -> Result<ExitCode> {
    let Some(info) = detectors().iter().find(|info| info.name == detector) else {
        let names: Vec<&str> = detectors().iter().map(|info| info.name).collect();
        bail!("没有检测器“{detector}”；可用：{}", names.join("、"));
    };
    let root = files.folder.clone().unwrap_or_else(|| ".".into());
    let path = root.join("rules").join(family).join(format!("{id}.md"));
    if path.exists() {
        bail!("{} 已存在；换一个编号，或直接修改它", path.display());
    }
    let params: String = info
        .params
        .iter()
        .map(|spec| format!("# {}（默认：{}）\n# {} = \n", spec.title, spec.default.unwrap_or("必填"), spec.name))
        .collect();
    let text = format!(
        "+++\nid = \"{id}\"\nversion = 1\nname = \"{name}\"\ncategory = \"地方规则\"\nfamily = \"{family}\"\nstage = [\"post\"]\n\
         severity = \"suspicious\"\ngrain = \"line\"\nstatus = \"needs-local-data\"\nlacks = \"在 knowledge/local/{id}.csv 填写知识点\"\n\
         detector = \"{detector}\"\neffective_from = 2026-01-01\n\n[params]\n{params}\n[[basis]]\ndocument = \"文件名称与文号\"\n\
         article = \"条款\"\n+++\n# {name}\n\n## 查什么\n\n## 为什么\n\n## 例外\n\n## 如何核实\n\n## 用例\n\n```toml\n[[case]]\n\
         name = \"应当命中的一例\"\nkind = \"hit\"\n[case.person]\ngend = \"1\"\nbrdy = 1980-01-01\n[[case.visit]]\n\
         begntime = \"2026-06-01 09:00:00\"\n[[case.visit.line]]\nitem = \"\"\n[[case.finding]]\nline = \"L1\"\n```\n"
    );
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&path, text)?;
    println!("已写出 {}；补全后用 yibao --data {} rule test {id} 检查", path.display(), root.display());
    Ok(ExitCode::SUCCESS)
}
