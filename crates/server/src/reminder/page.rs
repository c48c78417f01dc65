//! The pages: reminders with their forms, a rule, a sentence.

use super::html::text;
use audit::Rule;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bedside::{Answered, Shown, Way};
use hooks::REASONS;
use model::Severity;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::LazyLock;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

static STYLE_HASH: LazyLock<String> = LazyLock::new(|| hash(STYLE));
static SCRIPT_HASH: LazyLock<String> = LazyLock::new(|| hash(SCRIPT));

/// What was wrong with an answer.
#[derive(Debug, Clone, Copy)]
pub struct Fault<'a> {
    /// The reminder that was answered.
    pub reminder: &'a str,
    /// What to do.
    pub what: &'a str,
}

fn hash(source: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(source.as_bytes())))
}

/// The style, as a content security policy names it.
pub fn style_hash() -> &'static str {
    &STYLE_HASH
}

/// The script, as a content security policy names it.
pub fn script_hash() -> &'static str {
    &SCRIPT_HASH
}

/// The page of these reminders; `ids` brings it back.
pub fn reminders(reminders: &[Shown], ids: &str, fault: Option<Fault<'_>>) -> String {
    let open = reminders.iter().filter(|shown| shown.answered.is_none()).count();
    let title = match open {
        0 => "医保提醒：已全部处理".to_owned(),
        open => format!("医保提醒：{open} 条待处理"),
    };
    let mut body = format!("<h1{}>{}</h1>", if open == 0 { " class=\"all-done\"" } else { "" }, text(&title));
    for shown in reminders {
        body.push_str(&card(shown, ids, fault.filter(|fault| fault.reminder == shown.id)));
    }
    body.push_str(
        "<footer>提醒只供参考，是否继续由医师决定。回车＝返回修改，Alt+回车＝继续，J / K＝下一条 / 上一条。</footer>",
    );
    whole(&title, &body)
}

fn card(shown: &Shown, ids: &str, fault: Option<Fault<'_>>) -> String {
    let class = if shown.severity == Severity::Clear { "card clear" } else { "card" };
    let mut out = format!(
        "<section class=\"{class}\"><h2>{}<span class=\"kind\">{}</span></h2><p class=\"place\">{}</p><dl>",
        text(&shown.name),
        shown.severity.label(),
        text(&shown.place)
    );
    let parts = [("原因", &shown.why), ("怎么改", &shown.remedy), ("费用", &shown.effect), ("依据", &shown.basis)];
    for (name, said) in parts.into_iter().filter(|(_, said)| !said.is_empty()) {
        // Writing to a String does not fail.
        let _ = write!(out, "<dt>{name}</dt><dd>{}</dd>", text(said));
    }
    let _ = write!(
        out,
        "<dt>规则</dt><dd><a href=\"/rules/{}\">{0}</a> 第 {} 版</dd></dl>",
        text(&shown.rule),
        shown.version
    );
    match &shown.answered {
        Some(answered) => out.push_str(&done(answered)),
        None => out.push_str(&form(shown, ids, fault)),
    }
    out.push_str("</section>");
    out
}

fn done(answered: &Answered) -> String {
    let said = match answered.way {
        Way::Returned => "已选择返回修改".to_owned(),
        Way::Continued => format!("已选择继续，理由：{}", answered.reason),
    };
    format!("<p class=\"done\" role=\"status\">{}</p>", text(&said))
}

fn form(shown: &Shown, ids: &str, fault: Option<Fault<'_>>) -> String {
    let mut out = format!(
        "<form method=\"post\" action=\"/reminder\"><input type=\"hidden\" name=\"page\" value=\"{}\"><input type=\"hidden\" name=\"jr\" value=\"{}\">",
        text(ids),
        text(&shown.id)
    );
    if let Some(fault) = fault {
        let _ = write!(out, "<p class=\"fault\" role=\"alert\">{}</p>", text(fault.what));
    }
    out.push_str("<button class=\"back\" name=\"way\" value=\"2\">返回修改<kbd>回车</kbd></button>");
    out.push_str("<fieldset><legend>继续的理由</legend>");
    for (place, reason) in REASONS.iter().enumerate() {
        let _ = write!(
            out,
            "<label class=\"reason\"><input type=\"radio\" name=\"reason\" value=\"{}\"> {}<kbd>{}</kbd></label>",
            reason.code,
            reason.display,
            place + 1
        );
    }
    out.push_str("<label class=\"words\">补充说明<input type=\"text\" name=\"words\" maxlength=\"400\" autocomplete=\"off\"></label></fieldset>");
    out.push_str("<button name=\"way\" value=\"1\">继续<kbd>Alt+回车</kbd></button></form>");
    out
}

/// The page of a rule.
pub fn rule(rule: &Rule, library: &str) -> String {
    let mut body = format!(
        "<h1>{}</h1><section class=\"card\"><p>{} 第 {} 版 · {} · 国家编码 {}</p>{}<dl>",
        text(&rule.name),
        text(&rule.id),
        rule.version,
        rule.severity.label(),
        text(if rule.official_code.is_empty() { "无" } else { &rule.official_code }),
        prose(&rule.prose)
    );
    for basis in &rule.basis {
        let _ = write!(body, "<dt>依据</dt><dd>{}{}</dd>", text(&basis.document), text(&basis.article));
    }
    let _ = write!(body, "</dl></section><footer>规则库 {}</footer>", text(library));
    whole(&rule.name, &body)
}

/// The prose of a rule: headings, and paragraphs as they are written.
fn prose(markdown: &str) -> String {
    let mut out = String::new();
    for part in markdown.split("\n\n").map(str::trim).filter(|part| !part.is_empty() && !part.starts_with("# ")) {
        // Writing to a String does not fail.
        let _ = match part.strip_prefix("## ") {
            Some(heading) => write!(out, "<h2>{}</h2>", text(heading)),
            None => write!(out, "<pre>{}</pre>", text(part)),
        };
    }
    out
}

/// A page of one sentence.
pub fn message(sentence: &str) -> String {
    whole("医保提醒", &format!("<section class=\"card\"><p role=\"alert\">{}</p></section>", text(sentence)))
}

fn whole(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title><style>{STYLE}</style></head><body>{body}<script>{SCRIPT}</script></body></html>",
        text(title)
    )
}
