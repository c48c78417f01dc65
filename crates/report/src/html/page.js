// Manners of report.html: sort, filter, open, explain. It writes foreign text only as text, never as markup.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PAGE_ROWS = 50;
  const SEVERITIES = [["clear", "明确违规"], ["suspicious", "可疑"], ["indicator", "指标"]];
  // Places of a finding's columns in its row; `payload.rs` writes them in this order.
  const F = { rule: 0, severity: 1, institution: 2, visit: 3, person: 4, doctor: 5, day: 6, line: 7, related: 8,
    relatedCount: 9, cnt: 10, amount: 11, counted: 12, point: 13, basis: 14, evidence: 15, id: 16 };
  const byId = (id) => document.getElementById(id);
  const ruleNumbers = new Map(data.rules.map((rule, number) => [rule[0], number]));
  const institutionNumbers = new Map(data.institutions.map((one, number) => [one[0], number]));

  const grouped = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  function yuan(fen) {
    const whole = Math.abs(fen);
    return (fen < 0 ? "-" : "") + grouped(Math.floor(whole / 100)) + "." + String(whole % 100).padStart(2, "0");
  }
  function element(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }
  function money(fen) {
    return element("span", { title: grouped(fen) + " 分" }, yuan(fen));
  }

  // ---- Tables that stand in the page: sort by a press on the head, filter by the boxes above.
  function sortValue(row, column, isNumber) {
    const cell = row.cells[column];
    const value = cell.dataset.v === undefined ? cell.textContent : cell.dataset.v;
    return isNumber ? Number(value) : value;
  }
  function sortTable(table, column) {
    const heads = [...table.tHead.rows[0].cells];
    const head = heads[column];
    const isNumber = head.classList.contains("number") || !Number.isNaN(Number(table.tBodies[0].rows[0]?.cells[column].dataset.v ?? "x"));
    const before = head.getAttribute("aria-sort");
    const descending = before ? before === "ascending" : isNumber;
    heads.forEach((one) => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].map((row, place) => ({ row, place, value: sortValue(row, column, isNumber) }));
    rows.sort((a, b) => {
      const order = isNumber ? a.value - b.value : a.value.localeCompare(b.value, "zh-CN");
      return (descending ? -order : order) || a.place - b.place;
    });
    table.tBodies[0].append(...rows.map((one) => one.row));
  }
  for (const table of document.querySelectorAll("table.sortable")) {
    table.tHead.addEventListener("click", (event) => {
      const head = event.target.closest("th");
      if (head && head.querySelector("button")) sortTable(table, head.cellIndex);
    });
  }
  for (const box of document.querySelectorAll("[data-filters]")) {
    const rows = [...byId(box.dataset.filters).tBodies[0].rows];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const apply = () => {
      const wanted = box.querySelector("[data-text]").value.trim().toLowerCase();
      const fields = [...box.querySelectorAll("[data-field]")].filter((field) => field.value);
      const zero = box.querySelector("[data-zero]");
      let shown = 0;
      rows.forEach((row, place) => {
        const fits = texts[place].includes(wanted) && fields.every((field) => row.dataset[field.dataset.field] === field.value)
          && (!zero || zero.checked || !row.classList.contains("zero"));
        row.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      box.querySelector("[data-shown]").textContent = `显示 ${grouped(shown)} / ${grouped(rows.length)} 行`;
    };
    box.addEventListener("input", apply);
    box.addEventListener("change", apply);
    apply();
  }

  // ---- The findings: conditions live in the address, so that a view can be sent as a link.
  const boxes = { rule: byId("by-rule"), institution: byId("by-institution"), severity: byId("by-severity"),
    month: byId("by-month"), text: byId("by-text") };
  let conditions = {};
  let found = [];
  let page = 0;

  function options(box, entries) {
    box.append(element("option", { value: "" }, "全部"), ...entries.map(([value, text]) => element("option", { value }, text)));
  }
  const used = (place) => new Set(data.findings.map((row) => row[place]));
  const usedRules = used(F.rule), usedInstitutions = used(F.institution);
  options(boxes.rule, data.rules.filter((_, n) => usedRules.has(n)).map((rule) => [rule[0], rule[1]]));
  options(boxes.institution, data.institutions.filter((_, n) => usedInstitutions.has(n)).map((one) => [one[0], one[1]]));
  options(boxes.month, [...new Set(data.findings.map((row) => row[F.day].slice(0, 7)))].sort().map((month) => [month, month]));

  function search() {
    const rule = conditions.rule === undefined ? null : ruleNumbers.get(conditions.rule);
    const institution = conditions.institution === undefined ? null : institutionNumbers.get(conditions.institution);
    const text = (conditions.text || "").toLowerCase();
    found = data.findings.filter((row) =>
      (rule === null || row[F.rule] === rule) && (institution === null || row[F.institution] === institution)
      && (!conditions.visit || row[F.visit] === conditions.visit)
      && (!conditions.severity || String(row[F.severity]) === conditions.severity)
      && (!conditions.month || row[F.day].startsWith(conditions.month))
      && (!text || [F.visit, F.person, F.doctor, F.line, F.related, F.point, F.evidence, F.id].some((place) => row[place].toLowerCase().includes(text))
        || data.rules[row[F.rule]][1].toLowerCase().includes(text)));
    page = 0;
    show();
  }
  function show() {
    const pages = Math.max(1, Math.ceil(found.length / PAGE_ROWS));
    const rows = found.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS);
    byId("drill-table").tBodies[0].replaceChildren(...rows.map(findingRow));
    const counted = found.reduce((sum, row) => sum + row[F.counted], 0);
    byId("drill-count").textContent = found.length
      ? `符合条件 ${grouped(found.length)} 条（在本页所列的 ${grouped(data.findings.length)} 条中），计入金额合计 ${yuan(counted)} 元，按金额从高到低。`
      : "本页所列的疑点中没有符合条件的；其余见 findings.csv。";
    byId("page-number").textContent = `第 ${page + 1} / ${pages} 页`;
    byId("previous").disabled = page === 0;
    byId("next").disabled = page + 1 >= pages;
    showContext();
  }
  function findingRow(row) {
    const rule = data.rules[row[F.rule]], institution = data.institutions[row[F.institution]];
    const [word, label] = SEVERITIES[row[F.severity]];
    const more = element("button", { type: "button", "aria-expanded": "false", "aria-label": "展开详情" }, "展开");
    const line = element("tr", {},
      element("td", { class: "number" }, money(row[F.counted])),
      element("td", {}, element("span", { class: "tag " + word }, label)),
      element("td", { class: "evidence" }, element("strong", {}, rule[1]), element("div", {}, row[F.evidence])),
      element("td", {}, institution[1]),
      element("td", {}, row[F.visit], element("small", { class: "code" }, row[F.person])),
      element("td", { class: "number" }, row[F.day]),
      element("td", {}, more));
    more.addEventListener("click", () => {
      const open = more.getAttribute("aria-expanded") === "true";
      more.setAttribute("aria-expanded", String(!open));
      more.textContent = open ? "展开" : "收起";
      if (open) line.nextElementSibling.remove();
      else line.after(element("tr", { class: "more" }, element("td", { colspan: "7" }, facts(row))));
    });
    return line;
  }
  function facts(row) {
    const rule = data.rules[row[F.rule]];
    const list = element("dl", { class: "facts" });
    const add = (name, value, wide) => list.append(element("dt", {}, name), element("dd", wide ? { class: "all" } : {}, value || "—"));
    const related = row[F.related].split(";").join("、");
    const rest = row[F.relatedCount] - row[F.related].split(";").filter(Boolean).length;
    add("证据", row[F.evidence], true);
    add("依据", data.texts[row[F.basis]] || rule[7], true);
    add("规则", `${rule[1]}（${rule[4]}，${rule[0]} ${rule[3]}）`, true);
    add("计入金额", element("span", {}, money(row[F.counted]), " 元"));
    add("涉疑金额", element("span", {}, money(row[F.amount]), " 元"));
    add("涉疑数量", row[F.cnt]);
    add("知识点", row[F.point]);
    add("费用明细", row[F.line] || "整次就诊");
    add("医师", row[F.doctor]);
    add("相关明细", rest > 0 ? `${related} 等 ${row[F.relatedCount]} 条，全部见 findings.csv` : related, true);
    add("疑点编号", element("code", {}, row[F.id]), true);
    if (row[F.visit]) add("就诊", element("a", { href: "#visit=" + encodeURIComponent(row[F.visit]) }, "只看该次就诊的疑点"), true);
    return list;
  }
  function showContext() {
    const place = byId("context");
    place.replaceChildren();
    const rule = data.rules[ruleNumbers.get(conditions.rule)];
    const institution = data.institutions[institutionNumbers.get(conditions.institution)];
    if (rule) {
      const [id, name, severity, version, code, category, family, basis, findings, , counted, institutions] = rule;
      place.append(element("h3", {}, name),
        element("p", { class: "faint" }, [code, id + " " + version, category, family, severity].filter(Boolean).join(" · ")),
        element("p", {}, `共 ${grouped(findings)} 条疑点，涉及 ${grouped(institutions)} 家机构，计入 ${yuan(counted)} 元。`));
      if (basis) place.append(element("p", {}, "依据：" + basis));
      const held = data.findings.filter((row) => row[F.rule] === ruleNumbers.get(id)).length;
      if (held < findings) place.append(element("p", { class: "faint" }, `本页列出其中 ${grouped(held)} 条，全部见 findings.csv。`));
    }
    if (institution) {
      const [code, name, group, standing, findings, counted, visits, flagged, share, billed, parts, all] = institution;
      place.append(element("h3", {}, name),
        element("p", { class: "faint" }, [code, group, standing].join(" · ")),
        element("p", {}, `审核金额 ${yuan(billed)} 元；共 ${grouped(findings)} 条疑点，计入 ${yuan(counted)} 元；涉疑就诊 ${grouped(flagged)} / ${grouped(visits)} 人次 = ${share}。`));
      const list = element("ul", { class: "parts" });
      for (const [number, count, fen] of parts) {
        const target = "#rule=" + encodeURIComponent(data.rules[number][0]) + "&institution=" + encodeURIComponent(code);
        list.append(element("li", {}, element("a", { href: target }, `${data.rules[number][1]}　${grouped(count)} 条　${yuan(fen)} 元`)));
      }
      if (all > parts.length) list.append(element("li", { class: "faint" }, `另有 ${all - parts.length} 条规则`));
      place.append(list);
    }
    if (conditions.visit) place.append(element("h3", {}, "就诊 " + conditions.visit), element("p", { class: "faint" }, "本页所列疑点中属于该次就诊的；全部见 findings.csv。"));
  }
  function readAddress() {
    const read = {};
    for (const part of location.hash.slice(1).split("&")) {
      const cut = part.indexOf("=");
      if (cut < 0) continue;
      const key = part.slice(0, cut);
      try { if (["rule", "institution", "visit", "severity", "month", "text"].includes(key)) read[key] = decodeURIComponent(part.slice(cut + 1)); } catch { /* a link cut short is no condition */ }
    }
    return read;
  }
  function follow() {
    const read = readAddress();
    if (!Object.keys(read).length) return false;
    conditions = read;
    for (const [key, box] of Object.entries(boxes)) {
      box.value = read[key] || "";
    }
    search();
    byId("drill").scrollIntoView();
    byId("drill").focus({ preventScroll: true });
    return true;
  }
  function change() {
    const visit = conditions.visit;
    conditions = visit ? { visit } : {};
    for (const [key, box] of Object.entries(boxes)) if (box.value.trim()) conditions[key] = box.value.trim();
    const address = "#" + (Object.entries(conditions).map(([key, value]) => key + "=" + encodeURIComponent(value)).join("&") || "drill");
    try { history.replaceState(null, "", address); } catch { /* some viewers forbid it; the view still works */ }
    search();
  }
  byId("drill-filters").addEventListener("change", change);
  let waiting;
  boxes.text.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(change, 200); });
  byId("reset").addEventListener("click", () => {
    Object.values(boxes).forEach((box) => { box.value = ""; });
    conditions = {};
    change();
  });
  byId("previous").addEventListener("click", () => { page -= 1; show(); });
  byId("next").addEventListener("click", () => { page += 1; show(); });
  window.addEventListener("hashchange", follow);

  // ---- Words at the pointer: the marks' own titles, at once and in our dress.
  const tip = byId("tip");
  const words = new WeakMap();
  function explain(event) {
    const mark = event.target.closest && event.target.closest(".mark");
    if (!mark) { tip.hidden = true; return; }
    const title = mark.querySelector("title");
    if (title) { words.set(mark, title.textContent); mark.setAttribute("aria-label", title.textContent); title.remove(); }
    tip.textContent = words.get(mark) || "";
    tip.hidden = !tip.textContent;
    const box = mark.getBoundingClientRect();
    const x = event.clientX === undefined ? box.left : event.clientX, y = event.clientY === undefined ? box.top : event.clientY;
    tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - tip.offsetWidth - 8)) + "px";
    tip.style.top = (y + 18 + tip.offsetHeight > innerHeight ? Math.max(4, y - tip.offsetHeight - 10) : y + 18) + "px";
  }
  document.addEventListener("mousemove", explain);
  document.addEventListener("focusin", explain);
  window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));

  if (!follow()) search();
})();
