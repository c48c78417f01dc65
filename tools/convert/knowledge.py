#!/usr/bin/env python3
"""Build knowledge/ from the collected "two libraries" data.

usage: knowledge.py DATA_DIR RULES_JSON CATALOG_DIR [OUT_DIR]

DATA_DIR holds nhsa_two_libraries/, RULES_JSON maps rule names to ids, CATALOG_DIR is the
output of catalog.py (drug codes, diagnoses, procedures).
"""

import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from common import chapter, clean, norm, read, write

REPORT = []
REGULATION = "2021-05-01"  # Regulation 735 in force
CATALOGUE_2024 = ("2025-01-01", "2026-01-01")
CATALOGUE_2025 = ("2026-01-01", "")

NOTE_CLASSES = {"药品限工伤保险", "药品限生育保险", "药品限儿童使用", "药品限就医方式", "药品限医疗机构级别", "药品限支付疗程"}
NOTE_2025_CLASSES = {"药品限二线使用", "药品限适应症"}
LABEL_CLASSES = {"药品区分性别使用", "药品儿童专用"}

BATCHES = {
    "batch_01": ("1", "第一批知识点（药品、医疗服务项目区分性别与儿童）", "2025-05-23"),
    "batch_02": ("2", "第二批知识点（手术项目未按规定折价收费）", "2025-07-22"),
    "batch_03": ("3", "第三批知识点（药品限工伤保险、限生育保险）", "2025-07-30"),
    "batch_04": ("4", "第四批知识点（药品限就医方式）", "2025-08-08"),
    "batch_05": ("5", "第五批知识点（药品限医疗机构级别）", "2025-08-14"),
    "batch_06": ("6", "第六批知识点（药品限支付疗程）", "2025-08-26"),
    "batch_07": ("7", "第七批知识点（医疗服务项目重复收费）", "2025-12-12"),
    "batch_08": ("8", "第八批知识点（医疗服务项目频次、年龄、疗程、周期）", "2026-01-06"),
    "updates_2026-01": ("updates_2026-01", "2026 年 1 月更新（按 2025 年版药品目录修订八类药品知识点）", "2026-01-28"),
    "book_2025": ("book_2025", "《智能监管规则库、知识库（2025 年版）》", "2026-02-12"),
    "batch_09": ("9", "第九批知识点（药品限二线使用）", "2026-04-21"),
    "batch_10": ("10", "第十批知识点（超互联网医院药品支付范围）", "2026-04-28"),
    "batch_11": ("11", "第十一批知识点（中药饮片）", "2026-05-11"),
    "batch_12": ("12", "第十二批知识点（药品限适应症：消化系统与代谢）", "2026-05-23"),
    "batch_13": ("13", "第十三批知识点（药品限适应症：血液）", "2026-06-01"),
    "batch_14": ("14", "第十四批知识点（药品限适应症：心血管）", "2026-06-09"),
    "batch_15": ("15", "第十五批知识点（药品限适应症：皮肤、泌尿生殖、激素）", "2026-06-16"),
    "batch_16": ("16", "第十六批知识点（药品限适应症：抗感染）", "2026-06-22"),
}
ORDER = {tag: i for i, tag in enumerate(BATCHES)}

REASON_2024 = "依据为 2024 年版药品目录备注，目录 2025-01-01 起执行；2025 年版目录 2026-01-01 起执行并重新发布"
REASON_2025 = "依据为 2025 年版药品目录备注，目录 2026-01-01 起执行"
REASON_LABEL = "依据为药品说明书，早于发布日；自《医疗保障基金使用监督管理条例》（国务院令第 735 号）施行起可据以监管"
REASON_LABEL_UPDATE = "说明书类知识点按 2025 年版药品目录修订，修订行自该目录执行日起适用"
REASON_ITEM = "依据为医疗服务价格项目（名称、内涵、计价单位、说明），早于发布日；自国务院令第 735 号施行起可据以监管"
REASON_PIECE = "依据为药品目录中药饮片部分的既有规定，早于发布日；自国务院令第 735 号施行起可据以监管"
REASON_NET = "依据为《互联网诊疗管理办法（试行）》（国卫医发〔2018〕25 号），早于发布日；自国务院令第 735 号施行起可据以监管"
REASON_CODE = "依据为诊断、手术操作编码含义与诊疗规范，早于发布日；自国务院令第 735 号施行起可据以监管"
REASON_BOOK_NRDL = "依据为国家药品目录的药品分类，自 2024 年版目录执行日起适用"


def in_force(tag, rule_class):
    """(from, until, reason) of one class of one batch."""
    if rule_class in NOTE_CLASSES:
        if tag == "updates_2026-01":
            return (*CATALOGUE_2025, REASON_2025)
        return (*CATALOGUE_2024, REASON_2024)
    if rule_class in NOTE_2025_CLASSES:
        return (*CATALOGUE_2025, REASON_2025)
    if rule_class in LABEL_CLASSES:
        if tag == "updates_2026-01":
            return (*CATALOGUE_2025, REASON_LABEL_UPDATE)
        return REGULATION, "", REASON_LABEL
    if rule_class == "超互联网医院药品支付范围":
        return REGULATION, "", REASON_NET
    if rule_class.startswith("中药饮片"):
        return REGULATION, "", REASON_PIECE
    if rule_class.startswith("医疗服务项目") or rule_class.startswith("手术项目"):
        return REGULATION, "", REASON_ITEM
    raise ValueError((tag, rule_class))


def item_kind(rule_class):
    if rule_class.startswith("中药饮片"):
        return "tcm"
    if rule_class.startswith("医疗服务项目") or rule_class.startswith("手术项目"):
        return "service"
    return "drug"


# ---------------------------------------------------------------- published batches

SEX = {"男": "M", "女": "F"}
WINDOW = {"单日": "window=day", "单次就诊": "window=visit", "本次住院": "window=visit", "单次手术": "window=operation",
          "同一小时": "window=hour", "6小时": "window=rolling period_hours=6"}


class Limits:
    """Machine limits that are not in the official text, from the MediModel tables."""

    def __init__(self, rows):
        self.sex_name = defaultdict(set)
        self.sex_code = defaultdict(set)
        self.groups = defaultdict(set)
        self.frequency = {}
        self.period = {}
        self.window = defaultdict(set)
        self.windows = Counter()
        for r in rows:
            code = clean(r["item_code"])
            if r["limit_type"] == "限定性别对象":
                kind = "service" if r["library"].startswith("项目") else "drug"
                self.sex_name[kind, norm(r["item_name"])].add(SEX[r["limit_value"]])
                if code:
                    self.sex_code[code].add(SEX[r["limit_value"]])
            elif r["limit_type"] == "限定主次操作":
                self.groups[code].add(clean(r["limit_value"]))
            elif "限定频次" in r["library"]:
                self.frequency[code] = (clean(r["max_qty"]), clean(r["qty_unit"]))
            elif "限定周期" in r["library"]:
                self.period[code] = (clean(r["max_freq"]), clean(r["period_days"]))
            elif "重复收费" in r["library"]:
                value = clean(r["window"])
                self.windows[value] += 1
                self.window[code, clean(r["other_item_code"])].add(value)


def predicate(point, codes, limits, problems):
    cls = point["rule_class"]
    first = codes[0] if codes else ""
    name = norm(point["item_name"])
    if cls == "药品区分性别使用" or cls == "医疗服务项目区分性别使用":
        kind = item_kind(cls)
        found = set(limits.sex_code.get(first, ())) if kind == "service" else set()
        found = found or limits.sex_name.get((kind, name), set())
        return "sex=" + next(iter(found)) if len(found) == 1 else ""
    if cls == "手术项目未按规定折价收费":
        group = clean(point["constraint"])
        if group not in limits.groups.get(first, ()):
            problems.append(f"group of {first} {point['item_name']}: text {group}, table {sorted(limits.groups.get(first, ()))}")
        return f"group={group}"
    if cls == "医疗服务项目限定频次":
        qty, unit = limits.frequency.get(first, ("", ""))
        if not qty:
            problems.append(f"frequency without machine limit: {first} {point['item_name']} text={point['constraint']}")
            return ""
        unit = {"日": "day", "天": "day", "小时": "hour"}[unit]
        text = {"日": "day", "天": "day", "小时": "hour"}.get(clean(point["constraint"]))
        if text and text != unit:
            problems.append(f"frequency unit differs: {first} {point['item_name']} text={point['constraint']} table={unit}")
        return f"max_qty={qty} unit={unit} window=day"
    if cls == "医疗服务项目周期超频次":
        times, days = limits.period.get(first, ("", ""))
        return f"max_qty={times} window=rolling period_days={days}" if times and days else ""
    if cls == "医疗服务项目重复收费":
        found = limits.window.get(tuple(codes), set())
        if len(found) != 1:
            problems.append(f"window of {codes} {point['item_name']}: {sorted(found)}")
            return ""
        return WINDOW.get(next(iter(found)), "")
    return ""


def published(nhsa, out, rules, batch_rows):
    points = read(nhsa / "knowledge_points.csv")
    codes = defaultdict(list)
    links = read(nhsa / "knowledge_point_codes.csv")
    for r in sorted(links, key=lambda r: (r["kp_id"], int(r["seq"]))):
        codes[r["kp_id"]].append(clean(r["med_code"]))
    limits = Limits(read(nhsa / "kp_batches_1_8_medimodel.csv"))
    problems = []
    preds = {p["kp_id"]: predicate(p, codes[p["kp_id"]], limits, problems) for p in points}
    supersedes = {p["kp_id"]: re.findall(r"KP-[0-9a-f]+", p["supersedes"]) for p in points}
    ids = {p["kp_id"] for p in points}
    by_id = {p["kp_id"]: p for p in points}
    superseded = defaultdict(list)
    for new, olds in supersedes.items():
        for old in olds:
            if old not in ids:
                problems.append(f"{new} supersedes unknown {old}")
            superseded[old].append(new)
    name_pred = defaultdict(set)
    for p in points:
        if preds[p["kp_id"]] and p["rule_class"] == "药品区分性别使用":
            name_pred[norm(p["item_name"])].add(preds[p["kp_id"]])
    inherited = 0
    for p in points:
        if p["batch_tag"] == "updates_2026-01" and p["rule_class"] == "药品区分性别使用" and supersedes[p["kp_id"]]:
            from_old = {preds[o] for o in supersedes[p["kp_id"]] if preds.get(o)}
            if preds[p["kp_id"]] and from_old and {preds[p["kp_id"]]} != from_old:
                problems.append(f"sex of {p['kp_id']} {p['item_name']} differs from superseded")
            if not preds[p["kp_id"]] and len(from_old) == 1:
                preds[p["kp_id"]] = next(iter(from_old))
                inherited += 1

    rows = []
    kinds = Counter()
    for p in points:
        pid, tag, cls = p["kp_id"], p["batch_tag"], p["rule_class"]
        batch, _, published_on = BATCHES[tag]
        start, end, _ = in_force(tag, cls)
        if pid in superseded:
            if any(BATCHES[by_id[n]["batch_tag"]][0] != "updates_2026-01" for n in superseded[pid]):
                problems.append(f"{pid} superseded outside the January revision")
            end = "2026-01-01"
        name, text, logic = clean(p["item_name"]), clean(p["constraint"]), clean(p["detect_logic"])
        if name.startswith("说明："):
            text, logic = name, "exemption"
        if clean(p["published_at"]) and clean(p["published_at"]) != published_on:
            problems.append(f"{pid} published {p['published_at']}, expected {published_on}")
        row = int(p["source_row"]) if p["source_row"] else 10**6
        rows.append(((ORDER[tag], rules["order"][cls], row, pid),
                     (pid, rules["id"][cls], cls, item_kind(cls), name, text, logic, preds[pid], start, end, batch, published_on,
                      ";".join(sorted(supersedes[pid])), clean(p["source_attachment"]), clean(p["source_row"]))))
        kinds[cls, bool(preds[pid])] += 1
    rows = [r for _, r in sorted(rows)]
    header = ["point_id", "rule_id", "rule_class", "item_kind", "name", "text", "logic", "predicate", "valid_from", "valid_until",
              "batch", "published_on", "supersedes", "source", "source_row"]
    REPORT.append(f"points.csv: {write(out / 'points.csv', header, rows)}")
    REPORT.append("codes.csv: %d" % write(out / "codes.csv", ["point_id", "seq", "code"],
                                          sorted((clean(r["kp_id"]), int(r["seq"]), clean(r["med_code"])) for r in links)))
    for tag, cls in sorted({(p["batch_tag"], p["rule_class"]) for p in points}, key=lambda t: (ORDER[t[0]], rules["order"][t[1]])):
        batch, title, published_on = BATCHES[tag]
        batch_rows.append((ORDER[tag], (batch, title, cls, published_on, *in_force(tag, cls))))
    REPORT.append("  predicates " + "; ".join(f"{c}: {n} {'set' if s else 'empty'}" for (c, s), n in sorted(kinds.items())
                                               if (c, True) in kinds))
    REPORT.append(f"  windows seen {dict(limits.windows)}; sex inherited through supersedes {inherited}")
    for row in rows:
        if "区分性别" in row[2] and not row[7] and row[6] != "exemption":
            REPORT.append(f"  no sex: {row[0]} batch {row[10]} {row[4]} | {row[5][:60]}")
    old_names = {(p["rule_class"], norm(p["item_name"])): p["kp_id"] for p in points if p["batch_tag"] != "updates_2026-01"}
    for p in points:
        if p["batch_tag"] == "updates_2026-01" and not supersedes[p["kp_id"]]:
            old = old_names.get((p["rule_class"], norm(p["item_name"])))
            REPORT.append(f"  new in revision: {p['kp_id']} {p['rule_class']} {clean(p['item_name'])}" + (f" (same name as {old})" if old else ""))
    ended = [p for p in points if p["rule_class"] in NOTE_CLASSES and p["batch_tag"] != "updates_2026-01" and p["kp_id"] not in superseded]
    for p in ended:
        REPORT.append(f"  not re-issued: {p['kp_id']} {p['rule_class']} {clean(p['item_name'])}")
    REPORT.extend("  problem: " + p for p in problems)
    return points


# ---------------------------------------------------------------- the 2025 book

class Mint:
    """KB25-<rule>-<hash of the content>; 6 hex digits, 8 where two contents of one rule collide."""

    def __init__(self):
        self.pending = []

    @staticmethod
    def digest(content):
        return hashlib.sha256(content.encode("utf-8")).hexdigest()

    @classmethod
    def ids(cls, rule_id, contents):
        short = Counter(cls.digest(c)[:6] for c in contents)
        return [f"KB25-{rule_id}-{cls.digest(c)[: 6 if short[cls.digest(c)[:6]] == 1 else 8]}" for c in contents]


def strip_header(name):
    """Page headers that the PDF parser glued to the first name of a page."""
    name = clean(name)
    m = re.match(r"^(?:年版）|第二部分).*?代码数量\d+(?=\D)", name)
    return name[m.end():] if m else name


CODE_ICD9 = re.compile(r"^(\d{2}\.\d{2,4}(?:x\d{3})?)(.+)$")
CODE_ICD10 = re.compile(r"^([A-Z]\d{2}\.\d{1,3}(?:x\d{3})?(?:\+[A-Z]\d{2}(?:\.\d+)?\*)?)(.+)$")


def split_code(text, pattern):
    m = pattern.match(clean(text))
    return (m.group(1), m.group(2).strip()) if m else ("", clean(text))


def book_table(out, name, rule_id, header, rows):
    """rows without id; sorted, then ids are minted from the content."""
    rows = sorted(rows)
    ids = Mint.ids(rule_id, ["|".join(map(str, r)) for r in rows])
    REPORT.append(f"book/{name}: {write(out / 'book' / name, ['point_id'] + header, [(i, *r) for i, r in zip(ids, rows)])}")


ACONITE = "白附片 草乌 侧子 川乌 淡附片 附片 附子 黑顺片 泡附片 生草乌 生川乌 天雄 盐附子 制草乌 制川乌".split()
AGAINST_ACONITE = ("白及 白蔹 半夏 贝母 炒瓜蒌子 川贝母 法半夏 瓜蒌 瓜蒌皮 瓜蒌仁霜 瓜蒌子 湖北贝母 姜半夏 平贝母 清半夏 生半夏 "
                   "天花粉 土贝母 浙贝母 紫贝母").split()
LIQUORICE = "甘草 炙甘草".split()
AGAINST_LIQUORICE = "海藻 大戟 京大戟 醋京大戟 甘遂 生甘遂 醋甘遂 芫花 醋芫花".split()
GINSENG = "人参 人参片 白人参 白干参 白糖参 糖参 边条参 大力参 红参 红参片 山参 生晒参 野山参 移山参 园参".split()
AGAINST_VERATRUM = ("党参 党参片 米炒党参 明党参 沙参 北沙参 南沙参 丹参 玄参 元参 苦参 太子参 细辛 北细辛 华细辛 辽细辛 白芍 炒白芍 酒白芍 "
                    "赤芍 炒赤芍 酒赤芍").split()
NINETEEN = ("丁香 公丁香 母丁香 郁金 白丝郁金 川郁金 广郁金 黑郁金 黄丝郁金 黄郁金 绿丝郁金 温郁金 三棱 醋三棱 京三棱 芒硝 玄明粉 牙硝 皮硝 朴硝 "
            "硫黄 生硫黄 制硫黄 巴豆 生巴豆 巴豆霜 牵牛 牵牛子 炒牵牛子 白丑 黑丑 二丑 官桂 肉桂 桂枝 赤石脂 煅赤石脂 五灵脂 灵脂 醋灵脂 灵脂快 "
            "灵脂米 糖灵脂 狼毒 生狼毒 醋狼毒 密佗僧 密陀僧 水银 砒霜 红砒 白砒 犀角 犀角片 广角 水牛角 藜芦").split()


def incompatible(nhsa, out, refs):
    known = set(ACONITE + AGAINST_ACONITE + LIQUORICE + AGAINST_LIQUORICE + GINSENG + AGAINST_VERATRUM + NINETEEN)
    known |= {norm(r["name"]) for r in read(nhsa / "tcm_pieces_not_payable.csv") if len(norm(r["name"])) <= 8}
    pairs = {}
    unresolved = []
    repaired = 0
    for r in read(nhsa / "tcm_incompatible_pairs.csv"):
        a, b = clean(r["herb_a"]), clean(r["herb_b"])
        joined = norm(a) + norm(b)
        splits = [(joined[:i], joined[i:]) for i in range(1, len(joined)) if joined[:i] in known and joined[i:] in known]
        if len(splits) != 1:
            unresolved.append((f"{a}|{b}", "no split into two known piece names" if not splits else
                               "several splits: " + ";".join("|".join(s) for s in splits)))
            continue
        fixed = splits[0]
        wrong = fixed != (norm(a), norm(b))
        repaired += wrong
        entry = pairs.setdefault(tuple(sorted(fixed)), [fixed, False, []])
        entry[1] |= wrong
        entry[2].append(f"{a}|{b}")
    rows = [(a, b, int(wrong), ";".join(sorted(texts))) for (a, b), wrong, texts in pairs.values()]
    book_table(out, "tcm_incompatible.csv", "tcm-incompatibility", ["piece_a", "piece_b", "repaired", "source_text"], rows)
    write(out / "book" / "tcm_incompatible_unresolved.csv", ["source_text", "reason"], sorted(unresolved))
    REPORT.append(f"  tcm: repaired {repaired}, unresolved {len(unresolved)}, merged {552 - len(unresolved) - len(rows)}")


PREFIX = {
    "老年人用药安全": r"^(?:老年人使用)?存?在?老?年用药禁忌的药品",
    "妊娠期及哺乳期用药安全": r"^[^。]{0,12}?用?存在相关用药禁忌的药品",
    "药品相互作用": r"^[^。]{0,12}?作用的两种药品",
    "药品禁忌症": r"^[^。]{0,12}?合药品说明书疾病禁忌",
    "超说明书适应症用药": r"^[^。]{0,12}?符合药品说明书适应症",
}
FORM = re.compile(r"(片|胶囊|颗粒|丸|散|栓|膏|凝胶|注射液|口服液|溶液|混悬液|糖浆|合剂|滴剂|滴眼液|气雾剂|喷雾剂|注射剂|贴剂)(\([^)]*\))?$")
CUT = {"分散": "分散片", "气雾": "气雾剂"}


def safety(nhsa, out, rules, codes_of):
    rejected = []
    rows = []
    textless = cut = 0
    source = {(clean(r["drug_name"]), r["rule_categories"], clean(r["basis"])) for r in read(nhsa / "kb2025_drug_safety.csv")}
    source |= {(clean(r["item_name"]), r["rule_categories"], clean(r["basis"]))
               for r in read(nhsa / "kb2025_constraints.csv") if r["family"] == "safety_rule"}
    for raw, categories, basis in sorted(source):
        name = strip_header(raw)
        for short, full in CUT.items():
            if name.endswith(short):
                name = name[: -len(short)] + full
        reason = ""
        if re.search(r"使用存在|同时使用|序号|检出逻辑|知识点|妊娠期|小时内", name):
            reason = "name runs into another table cell"
        elif not FORM.search(norm(name)) and not (norm(name).startswith("注射用") and len(name) < 14) and norm(name) not in codes_of:
            reason = "not a drug name or its dosage form is cut off"
        if reason:
            rejected.append(("drug_safety", raw, categories, basis, reason))
            continue
        for cls in categories.split("|"):
            text, found = "", False
            if cls in PREFIX and re.match(PREFIX[cls], basis):
                text, found = re.sub(PREFIX[cls], "", basis), True
            elif "|" not in categories and not any(re.match(p, basis) for p in PREFIX.values()):
                text = basis
            if cls == "超说明书用量开药":
                rejected.append(("drug_safety", raw, cls, basis, "no usable limit in the text"))
                continue
            if found and not text:
                cut += 1
            textless += not text
            complete = int(bool(re.search(r"[。！]$", text)))
            rows.append((rules["id"][cls], name, text, ";".join(sorted(codes_of.get(norm(name), ()))), complete))
    rows = sorted(set(rows))
    ids = []
    for rule in sorted({r[0] for r in rows}):
        ids += Mint.ids(rule, ["|".join(map(str, r[1:3])) for r in rows if r[0] == rule])
    REPORT.append("book/drug_safety.csv: %d" % write(
        out / "book" / "drug_safety.csv", ["point_id", "rule_id", "generic_name", "text", "codes", "complete"],
        [(i, *r) for i, r in zip(ids, rows)]))
    REPORT.append("  drug_safety: classes %s; without text %d; text incomplete %d; with codes %d rows; rejected %d" % (
        dict(Counter(r[0] for r in rows)), textless, sum(1 for r in rows if r[2] and not r[4]), sum(1 for r in rows if r[3]),
        len(rejected)))
    return rejected


def book(nhsa, catalog, out, rules, batch_rows):
    rows = read(nhsa / "kb2025_constraints.csv")
    shipped = Counter()
    classes = {
        "手术操作编码与性别不符": REASON_CODE, "诊断编码与手术操作编码不符": REASON_CODE, "诊断与患者性别不符": REASON_CODE,
        "诊断与患者年龄不符": REASON_CODE, "重复开药": REASON_BOOK_NRDL, "中药饮片配伍禁忌": REASON_LABEL.replace("药品说明书", "药典及本草文献"),
        "医用耗材限疾病使用": "依据为医保医用耗材分类与代码数据库，早于发布日；自国务院令第 735 号施行起可据以监管",
        "老年人用药安全": REASON_LABEL, "妊娠期及哺乳期用药安全": REASON_LABEL, "药品相互作用": REASON_LABEL, "药品禁忌症": REASON_LABEL,
        "超说明书适应症用药": REASON_LABEL,
    }
    batch, title, published_on = BATCHES["book_2025"]
    for cls, reason in sorted(classes.items(), key=lambda t: rules["order"][t[0]]):
        start = "2025-01-01" if cls == "重复开药" else REGULATION
        batch_rows.append((ORDER["book_2025"], (batch, title, cls, published_on, start, "", reason)))
    for r in rows:
        if r["family"] == "safety_rule" or r["rule_categories"] in classes:
            shipped[True] += 1
        else:
            shipped[False, r["rule_categories"]] += 1

    procedures = {r["code"]: r["name"] for r in read(catalog / "procedures.csv")}
    diagnoses = {r["code"]: r["name"] for r in read(catalog / "diagnoses.csv")}
    drug_codes = read(catalog / "drug_codes.csv")
    codes_of, category_of = defaultdict(set), {}
    for r in drug_codes:
        category_of[r["code"]] = r["nrdl_category"]
        for name in [r["generic_name"]] + [n for n in r["other_names"].split(";") if n]:
            codes_of[norm(name)].add(r["code"])

    sexes, conflicts, unknown, renamed = [], [], [], 0
    for r in rows:
        if r["rule_categories"] != "手术操作编码与性别不符":
            continue
        code, name = split_code(r["item_name"], CODE_ICD9)
        cond = json.loads(r["cond_json"])
        assert not cond.get("sex_inferred"), r
        sex = SEX[cond["limit_sex"]]
        assert {"男": "M", "女": "F"}[clean(r["basis"])[0]] == sex, r
        known = code in procedures
        if not known:
            unknown.append(f"{code} {name}")
        elif norm(procedures[code]) != norm(name):
            renamed += 1
            REPORT.append(f"  procedure name: {code} book {name} / table {procedures[code]}")
        ch = chapter(code)
        if ("60" <= ch <= "64" and sex != "M") or ("65" <= ch <= "75" and sex != "F"):
            conflicts.append(f"{code} {name} {sex}")
        sexes.append((code, name, sex, int(known)))
    book_table(out, "procedure_sex.csv", "procedure-sex-conflict", ["code", "name", "sex", "in_catalogue"], sexes)
    REPORT.append(f"  procedure_sex: {dict(Counter(s[2] for s in sexes))}; not in catalogue {unknown}; chapter conflicts {conflicts}; "
                  f"names differ {renamed}")

    pairs = [(clean(r["op_code"]), clean(r["op_name_in_catalogue"]), clean(r["dx_code"]), clean(r["dx_name_in_catalogue"]))
             for r in read(nhsa / "kb2025_op_dx_pairs.csv")]
    book_table(out, "procedure_diagnosis.csv", "dx-procedure-mismatch", ["op_code", "op_name", "dx_code", "dx_name"], pairs)
    REPORT.append("  op-dx: op unknown %s, dx unknown %s, names differ %d" % (
        sorted({p[0] for p in pairs if p[0] not in procedures}), sorted({p[2] for p in pairs if p[2] not in diagnoses}),
        sum(1 for p in pairs if (p[0] in procedures and norm(procedures[p[0]]) != norm(p[1])) or
            (p[2] in diagnoses and norm(diagnoses[p[2]]) != norm(p[3])))))

    dx_sex, dx_age = [], []
    for r in rows:
        code, name = split_code(r["item_name"], CODE_ICD10)
        basis = clean(r["basis"])
        if r["rule_categories"] == "诊断与患者性别不符":
            dx_sex.append((code, name, SEX[basis[0]]))
        elif r["rule_categories"] == "诊断与患者年龄不符":
            dx_age.append((code, name, next(a for a in ("新生儿", "婴儿", "幼年") if basis.startswith(a))))
    for d in dx_sex + dx_age:
        if diagnoses.get(d[0]) is None or norm(diagnoses[d[0]]) != norm(d[1]):
            REPORT.append(f"  dx: {d} / table {diagnoses.get(d[0])}")
    book_table(out, "diagnosis_sex.csv", "dx-sex-conflict", ["code", "name", "sex"], dx_sex)
    book_table(out, "diagnosis_age.csv", "dx-age-conflict", ["code", "name", "age_group"], dx_age)

    rejected = []
    dup, several = {}, 0
    for r in rows:
        if r["rule_categories"] != "重复开药":
            continue
        name = strip_header(r["item_name"])
        for short, full in CUT.items():
            if name.endswith(short):
                name = name[: -len(short)] + full
        if re.search(r"检出逻辑|知识点|序号|年版", name):
            rejected.append(("duplicate_class", r["item_name"], r["rule_categories"], clean(r["basis"]), "name runs into another table cell"))
            continue
        codes = sorted(codes_of.get(norm(name), ()))
        groups = {category_of[c] for c in codes if category_of[c]}
        several += len(groups) > 1
        dup[name] = (name, next(iter(groups)) if len(groups) == 1 else "", ";".join(codes))
    book_table(out, "duplicate_class.csv", "drug-duplicate-class", ["generic_name", "group", "codes"], dup.values())
    REPORT.append("  duplicate_class: with codes %d, with group %d, several groups %d; odd names %s" % (
        sum(1 for d in dup.values() if d[2]), sum(1 for d in dup.values() if d[1]), several,
        [n for n in dup if not FORM.search(norm(n)) and not n.startswith("注射用")]))

    incompatible(nhsa, out, rows)
    rejected += safety(nhsa, out, rules, codes_of)

    consumables = {}
    for r in rows:
        if r["rule_categories"] == "医用耗材限疾病使用":
            name = strip_header(r["item_name"])
            text = clean(r["basis"]).split("各省依据")[0].rstrip("。")
            consumables[name] = (name, text.split("，", 1)[1])
    book_table(out, "consumable_disease.csv", "consumable-disease-limit", ["name", "disease_text"], consumables.values())
    REPORT.append("book/rejected.csv: %d" % write(
        out / "book" / "rejected.csv", ["table", "name", "rule_class", "text", "reason"], sorted(set(rejected))))
    REPORT.append(f"  book rows used {shipped.pop(True)} of {len(rows)}; not shipped: " +
                  ", ".join(f"{k[1]} {n}" for k, n in sorted(shipped.items())))


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    data, rules_json, catalog = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    out = Path(sys.argv[4]) if len(sys.argv) > 4 else Path(__file__).resolve().parents[2] / "knowledge"
    entries = json.loads(rules_json.read_text(encoding="utf-8"))
    rules = {"id": {clean(r["name_zh"]): r["id"] for r in entries}, "order": {clean(r["name_zh"]): i for i, r in enumerate(entries)}}
    nhsa = data / "nhsa_two_libraries"
    batch_rows = []
    published(nhsa, out, rules, batch_rows)
    book(nhsa, catalog, out, rules, batch_rows)
    batch_rows = [r for _, r in sorted(batch_rows, key=lambda t: t[0])]
    REPORT.append("batches.csv: %d" % write(
        out / "batches.csv", ["batch", "title", "rule_class", "published_on", "in_force_from", "in_force_until", "reason"], batch_rows))
    print("\n".join(REPORT))


if __name__ == "__main__":
    main()
