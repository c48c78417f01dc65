//! The drill-down: an empty frame that `page.js` fills from the embedded findings.

use std::fmt::{self, Write};

use super::payload::Payload;
use crate::figures::Figures;
use crate::wording::count;

pub(super) fn write(out: &mut String, figures: &Figures<'_>, payload: &Payload) -> fmt::Result {
    out.push_str("<section id=\"drill\" tabindex=\"-1\"><h2>疑点明细</h2>\n");
    let total = figures.total().findings;
    let held = u64::try_from(payload.findings).unwrap_or(u64::MAX);
    if held < total {
        writeln!(
            out,
            "<p class=\"note\">仅列出每条规则金额最高的 {} 条，以及金额最高的就诊的疑点：本页 {} 条，共 {} 条，全部见 findings.csv。</p>",
            payload.samples_a_rule,
            count(held),
            count(total)
        )?;
    } else {
        writeln!(out, "<p class=\"note\">列出全部 {} 条疑点。</p>", count(total))?;
    }
    out.push_str(
        r#"<div class="filters" id="drill-filters">
<label>规则 <select id="by-rule"></select></label>
<label>机构 <select id="by-institution"></select></label>
<label>程度 <select id="by-severity"><option value="">全部</option><option value="0">明确违规</option><option value="1">可疑</option><option value="2">指标</option></select></label>
<label>月份 <select id="by-month"></select></label>
<label>查找 <input type="search" id="by-text" placeholder="就诊、人员、明细、证据"></label>
<button type="button" id="reset">清除条件</button>
</div>
<div id="context"></div>
<p id="drill-count" role="status" aria-live="polite"></p>
<div class="frame drill" tabindex="0" role="region" aria-label="疑点明细列表"><table class="data" id="drill-table"><thead><tr>
<th scope="col" class="number">计入金额（元）</th><th scope="col">程度</th><th scope="col">规则与证据</th><th scope="col">机构</th><th scope="col">就诊</th><th scope="col">日期</th><th scope="col"><span class="unseen">详情</span></th>
</tr></thead><tbody></tbody></table></div>
<p class="pager"><button type="button" id="previous">上一页</button><span id="page-number"></span><button type="button" id="next">下一页</button></p>
<noscript><p class="doubt">本节需要脚本才能显示；全部疑点见 findings.csv 与 report.xlsx。</p></noscript>
</section>
"#,
    );
    Ok(())
}
