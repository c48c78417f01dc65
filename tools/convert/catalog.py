#!/usr/bin/env python3
"""Build catalog/ from the collected reference data.

usage: catalog.py DATA_DIR [OUT_DIR]
"""

import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from common import clean, norm, read, write

LAW = "官方公开文件，不受著作权法保护（《著作权法》第五条）；转载仓库未附许可证"
OPENDRG = "Apache-2.0 (OpenDRG/DRG_Python)"
SOURCES = []
REPORT = []


def table(out, name, title, source, edition, valid_from, licence, header, rows, valid_until=None, note=None,
          areas=None):
    rows = list(rows)
    count = write(out / name, header, rows)
    SOURCES.append(
        dict(file=name, title=title, source=source, edition=edition, valid_from=valid_from,
             valid_until=valid_until, licence=licence, rows=count, note=note, areas=areas))
    REPORT.append(f"{name}: {count}")
    return rows


def diagnoses(data, out):
    d = data / "icd10_yb2"
    src = "OpenDRG/DRG_Python@5d523a26b110082fee8d6e324e2e527ad0b87ee5 drg_group/chs_drg_11/ICD/ZD_INFO.dat"
    table(out, "diagnoses.csv", "医疗保障疾病诊断分类与代码（医保 2.0 版）", src, "医保 2.0", "2021-01-01",
          OPENDRG + "；类目名称：" + LAW,
          ["code", "name", "category_code", "category_name", "category_group"],
          sorted((clean(r["code"]), clean(r["name"]), clean(r["category_code"]), clean(r["category_name"]),
                  clean(r["category_group"])) for r in read(d / "icd10_yb.csv")))
    table(out, "diagnosis_clinical_map.csv", "疾病诊断代码：国家临床版 2.0 → 医保 2.0 版（仅列不同者）",
          src.replace("ZD_INFO", "ZD_MAP"), "国家临床版 2.0 → 医保 2.0", "2021-01-01", OPENDRG,
          ["clinical_code", "code"],
          sorted((clean(r["source_code"]), clean(r["yb_code"])) for r in read(d / "icd10_clinical_to_yb_map.csv")
                 if clean(r["source_code"]) != clean(r["yb_code"])))
    kind = {"西医诊断": "western", "肿瘤诊断": "tumour", "中医诊断": "tcm_disease", "中医证候": "tcm_syndrome"}
    table(out, "diagnosis_categories.csv", "疾病诊断类目及归并", "jdzwq/MediModel@573b603d13a83f8e8d44d054aa0da80e8afd048e b.1.02",
          "医保 2.0", "2021-01-01", LAW, ["kind", "code", "name", "group"],
          sorted((kind[r["类目类型"]], clean(r["类目编码"]).rstrip("."), clean(r["类目名称"]), clean(r["归并名称"]))
                 for r in read(d / "disease_categories.csv")))


def procedures(data, out):
    d = data / "icd9cm3_yb2"
    src = "OpenDRG/DRG_Python@5d523a26b110082fee8d6e324e2e527ad0b87ee5 drg_group/chs_drg_11/ICD/SS_INFO.dat, DATA/SS_VALID.dat"
    table(out, "procedures.csv", "医疗保障手术操作分类与代码（医保 2.0 版）", src, "医保 2.0", "2021-01-01", OPENDRG,
          ["code", "name", "grouping_valid"],
          sorted((clean(r["code"]), clean(r["name"]), clean(r["drg11_grouping_valid"])) for r in read(d / "icd9cm3_yb.csv")),
          note="含上位类目代码，为官方医保 2.0 清单的超集；grouping_valid=1 表示 CHS-DRG 1.1 分组器接受")
    table(out, "procedure_clinical_map.csv", "手术操作代码：国家临床版 3.0 → 医保 2.0 版（仅列不同者）",
          src.split(" drg_group")[0] + " drg_group/chs_drg_11/ICD/SS_MAP.dat", "国家临床版 → 医保 2.0", "2021-01-01", OPENDRG,
          ["clinical_code", "code"],
          sorted((clean(r["source_code"]), clean(r["yb_code"])) for r in read(d / "icd9cm3_clinical_to_yb_map.csv")
                 if clean(r["source_code"]) != clean(r["yb_code"])))


SECTION = {"西药部分": "western", "中成药部分": "patent", "协议期内谈判药品-西药": "negotiated_western",
           "协议期内谈判药品-中成药": "negotiated_patent", "竞价药品": "bidding"}


def agreement(period):
    m = re.fullmatch(r"(\d+)年(\d+)月(\d+)日至(\d+)年12月31日", clean(period))
    if not m:
        assert not clean(period), period
        return "", ""
    y, mo, d, until = (int(x) for x in m.groups())
    return f"{y:04}-{mo:02}-{d:02}", f"{until + 1:04}-01-01"


FORMS = ("丸 片 颗粒 胶囊 软胶囊 滴丸 散 膏 乳膏 软膏 口服液 合剂 糖浆 注射液 栓 酊 酒 茶 煎膏 膏药 凝胶 喷雾剂 气雾剂 "
         "分散片 泡腾片 咀嚼片 肠溶片 缓释片 含片 口含片 肠溶胶囊 缓释胶囊 浓缩丸 水丸 大蜜丸 小蜜丸 水蜜丸 糊丸 蜡丸 微丸 巴布膏 "
         "橡胶膏 贴膏 搽剂 洗剂 涂剂 涂膜剂 滴眼液 滴鼻液 滴耳液 灌肠剂 泡腾颗粒 口服溶液 露 锭 曲 流浸膏 凝胶膏 阴道泡腾片 丹 油").split()


def expand_name(name):
    """NRDL lists forms as 九味羌活丸(颗粒): one entry, two names. Expand only when the bracket holds forms."""
    name = norm(name)
    names = {name}
    m = re.fullmatch(r"([^()]+)\(([^()]+)\)", name)
    if m:
        stem, inner = m.groups()
        forms = re.split("[、,]", inner)
        own = next((f for f in sorted(FORMS, key=len, reverse=True) if stem.endswith(f) and len(stem) > len(f)), None)
        if own and all(f in FORMS for f in forms):
            names |= {stem} | {stem[: -len(own)] + f for f in forms}
    return names


def drugs(data, out):
    nrdl = read(data / "nrdl_2024" / "drugs.csv")
    rows = []
    for r in nrdl:
        a, b = agreement(r["valid_period"])
        rows.append((SECTION[r["section"]], clean(r["category_code"]), clean(r["category_path"]), clean(r["class"]),
                     clean(r["seq_no"]), clean(r["name_no"]), clean(r["drug_name"]), clean(r["dosage_form"]),
                     clean(r["payment_standard"]), clean(r["restriction_note"]), "2025-01-01", "2026-01-01",
                     clean(r["repeat_dosage_form"]), a, b))
    order = list(SECTION.values())
    rows.sort(key=lambda t: (order.index(t[0]), int(t[4]), int(t[12]), t[1], int(t[5]), t))
    table(out, "drugs_nrdl.csv", "国家基本医疗保险、工伤保险和生育保险药品目录（2024 年）",
          "shijianzhong/medicine@7db253be8bee76349cebfa6405235f067cb75bad yao.xlsx（官方 PDF 转换）", "2024", "2025-01-01", LAW,
          ["section", "category_code", "category_path", "class", "seq_no", "name_no", "drug_name", "dosage_form",
           "payment_standard", "restriction_note", "valid_from", "valid_until", "repeat_dosage_form", "agreement_from",
           "agreement_until"], rows, valid_until="2026-01-01",
          note="payment_standard 为 * 者为官方未公布；2025 年版目录（2026 年执行）未能取得")

    categories = {clean(r["code"]) for r in read(data / "nrdl_2024" / "categories.csv")}
    classes = defaultdict(set)
    for r in nrdl:
        for name in expand_name(r["drug_name"]):
            classes[name].add(clean(r["class"]))
    nhsa = data / "nhsa_two_libraries"
    spell = defaultdict(set)
    for r in read(nhsa / "knowledge_points.csv"):
        spell[r["kp_id"]] = clean(r["item_name"])
    names_of = defaultdict(Counter)
    for r in read(nhsa / "knowledge_point_codes.csv"):
        if r["med_code"][0] in "XZ":
            names_of[r["med_code"]][spell[r["kp_id"]]] += 1
    for r in read(nhsa / "kp_drug_codes_batches_1_8_medimodel.csv"):
        names_of[r["drug_code"]][clean(r["drug_generic_name"])] += 1
    rows = []
    for r in read(nhsa / "drug_code_names.csv"):
        code, name = clean(r["drug_code"]), clean(r["generic_name"])
        others = sorted(n for n in names_of[code] if n and n != name)
        category = next((code[:n] for n in (6, 5, 4, 2) if code[:n] in categories), "")
        found = classes.get(norm(name), set())
        rows.append((code, name, ";".join(others), category, next(iter(found)) if len(found) == 1 else "",
                     "western" if code[0] == "X" else "patent"))
    rows.sort()
    table(out, "drug_codes.csv", "医保药品代码（两库知识点涉及部分）",
          "国家医保局两库第 1–16 批及 2026 年 1 月更新附件（rachelzzz1921/yingyan@7a3774bc，jdzwq/MediModel@573b603d 转载）",
          "2026-06-22", "2021-05-01", LAW,
          ["code", "generic_name", "other_names", "nrdl_category", "nrdl_class", "medicine_kind"], rows,
          note="仅两库出现过的 17,728 个代码，不是完整的医保药品分类与代码数据库")
    REPORT.append("  drug_codes: other_names %d, category by length %s, class matched %d of %d codes / %d of %d generics" % (
        sum(1 for r in rows if r[2]), dict(Counter(len(r[3]) for r in rows)), sum(1 for r in rows if r[4]), len(rows),
        len({r[1] for r in rows if r[4]}), len({r[1] for r in rows})))


def price(text):
    text = clean(text)
    return text if re.fullmatch(r"\d+(\.\d+)?", text) else ""


def services(data, out):
    items = {}
    rows = []
    for r in read(data / "service_prices_shaanxi_2021" / "service_items.csv"):
        code = clean(r["code"])
        if not re.fullmatch(r"\d{9}[a-z]?", code):
            continue
        cols = ["max_price_special", "max_price_tier3", "max_price_tier2", "max_price_tier1"]
        raw = [clean(r[c]) for c in cols]
        notes = sorted({v for v in raw if v and not price(v)})
        items[code] = clean(r["name"])
        rows.append((code, items[code], clean(r["unit"]), clean(r["finance_category"]), *(price(v) for v in raw),
                     clean(r["content"]), clean(r["excluded"]), clean(r["notes"]), ";".join(notes)))
    rows.sort()
    table(out, "service_items_shaanxi_2021.csv", "陕西省医疗服务项目价格（2021 版）",
          "caofeng926/Intelligent-Review@bc3e116 《陕西省医疗服务项目价格（2021版）》.xlsx", "陕西 2021", "2021-01-01", LAW,
          ["code", "name", "unit", "finance_category", "price_special", "price_tier3", "price_tier2", "price_tier1",
           "content", "excluded", "notes", "price_note"], rows,
          note="价格为最高限价（元）；起始日期为版本年度首日，来源未载明确切执行日", areas=["61"])
    table(out, "special_materials.csv", "陕西省医疗服务项目可单独收费的特殊材料（2021 版）",
          "caofeng926/Intelligent-Review@bc3e116 同一文件", "陕西 2021", "2021-01-01", LAW,
          ["code", "name", "finance_category", "tender_code"],
          sorted((clean(r["code"]), clean(r["name"]), clean(r["finance_category"]), clean(r["tender_code"]))
                 for r in read(data / "service_prices_shaanxi_2021" / "special_materials.csv")), areas=["61"])
    return items


def national_names(data):
    """Official names of national service codes, from the two libraries."""
    nhsa = data / "nhsa_two_libraries"
    names = defaultdict(Counter)
    points = {r["kp_id"]: r for r in read(nhsa / "knowledge_points.csv")}
    codes = set()
    for r in read(nhsa / "knowledge_point_codes.csv"):
        code = clean(r["med_code"])
        if not re.fullmatch(r"00\d{13}", code):
            continue
        codes.add(code)
        point = points[r["kp_id"]]
        if point["rule_class"] != "医疗服务项目重复收费":
            names[code][clean(point["item_name"])] += 1
    for r in read(nhsa / "kp_batches_1_8_medimodel.csv"):
        for c, n in (("item_code", "item_name"), ("other_item_code", "other_item_name")):
            code = clean(r[c])
            if re.fullmatch(r"00\d{13}", code):
                codes.add(code)
                names[code][clean(r[n])] += 1
    best = {}
    several = {}
    for code, counter in names.items():
        forms = {norm(n) for n in counter}
        if len(forms) > 1:
            several[code] = sorted(counter)
        best[code] = min(counter, key=lambda n: (-counter[n], len(n), n))
    return codes, best, several, {c: {norm(n) for n in k} for c, k in names.items()}


def crosswalk(data, out, items):
    codes, best, several, forms = national_names(data)
    hainan = defaultdict(set)
    odd = set()
    for r in read(data / "service_code_crosswalk_hainan" / "crosswalk.csv"):
        code = clean(r["national_code_15"])
        if re.fullmatch(r"00\d{13}", code):
            codes.add(code)
            hainan[code].add(clean(r["local_price_code"]))
        else:
            odd.add(code)
    children = defaultdict(list)
    for code in items:
        children[code[:9]].append(code)
    rows = []
    differ = []
    check = Counter()
    for code in sorted(codes):
        base, sub = code[2:11], code[11:]
        local, method = "", "unmatched"
        known = forms.get(code, set())
        letters = [c for c in children.get(base, []) if c != base]
        theirs = {h for h in hainan.get(code, ()) if h in items and h[:9] == base}
        if sub == "0000":
            if base in items and code not in OTHER_SERVICE:
                local, method = base, "base"
                if known and norm(items[base]) not in known:
                    differ.append((code, best[code], items[base]))
        else:
            hits = []
            for child in children.get(base, []):
                name = norm(items[child])
                parent = norm(items.get(base, ""))
                accepted = {name} if child != base else set()
                if parent and child != base:
                    accepted |= {f"{parent}({name})", f"{parent}-{name}", parent + name, f"{parent}({name.strip('()')})"}
                if known & accepted:
                    hits.append(child)
            lettered = sorted(h for h in theirs if len(h) == 10)
            if len(hits) == 1:
                local, method = hits[0], "name"
                if theirs:
                    check["same as name" if local in theirs else "other than name"] += 1
            elif len(lettered) == 1 and code not in OTHER_SERVICE:
                local, method = lettered[0], "hainan"
            elif theirs == {base} and sub.endswith("00") and not letters and code not in OTHER_SERVICE:
                # a variant (0100, 0200, ...) priced with its parent; surcharges (0001, ...) stay unmatched
                local, method = base, "hainan"
        name = best.get(code) or (items[local] if local else "")
        rows.append((code, local, name, method))
    table(out, "service_crosswalk.csv", "国家医疗服务项目代码 → 陕西 2021 版项目代码",
          "两库附件中的国家代码与名称；aLoNeIT/hongshan_irmi-core@e54a017b（海南对照，Mulan PSL v2）；陕西 2021 版价格表",
          "2026-06-22", "2021-05-01", "Mulan PSL v2（代码清单）；" + LAW, ["national_code", "local_code", "name", "method"], rows,
          note="unmatched 表示无法确定，local_code 为空")
    library = {c for c in codes if c in best}
    REPORT.append("  crosswalk methods all %s; two libraries %s" % (
        dict(Counter(r[3] for r in rows)), dict(Counter(r[3] for r in rows if r[0] in library))))
    REPORT.append("  crosswalk: %d non-national codes of the Hainan file dropped; %d national codes with several names; "
                  "hainan against name %s; base hits with another spelling %d" % (len(odd), len(several), dict(check), len(differ)))
    return differ, several


# Same nine digits, but Shaanxi 2021 gave the number to another (or a narrower) service. Reviewed by hand.
OTHER_SERVICE = set("""
001109000010600 001109000020000 001201000060000
002501040200000 002501040210000 002501040220000 002501040230000 002501040240000 002501040260000
003112010580000 003112010660000 003112010670000 003112010680000 003312030140000
003309000060000 003309000070000 003310050050000 003312030060002
""".split())


def rest(data, out):
    nhsa = data / "nhsa_two_libraries"
    points = {r["kp_id"]: r for r in read(nhsa / "knowledge_points.csv")}
    table(out, "tcm_pieces.csv", "不予支付中药饮片代码（第十一批）", "国家医保局 2026-05-11 第十一批知识点附件", "2026-05-11",
          "2021-05-01", LAW, ["code", "name"],
          sorted((clean(r["med_code"]), clean(points[r["kp_id"]]["item_name"]))
                 for r in read(nhsa / "knowledge_point_codes.csv") if r["med_code"].startswith("T")))
    level = {"1": "province", "2": "prefecture", "3": "county"}  # 3 cities without counties are listed twice
    table(out, "divisions.csv", "行政区划代码（省、地、县）",
          "modood/Administrative-divisions-of-China@57a0aa9cef47169a2eb74cf057b0245052a34e8c", "2023", "2023-01-01", "WTFPL",
          ["code", "name", "level", "parent"],
          sorted((clean(r["code6"]), clean(r["name"]), level[r["level"]], clean(r["parent_code6"]))
                 for r in read(data / "admin_divisions_cn" / "admdvs_6digit.csv") if r["code6"] != r["parent_code6"]))
    table(out, "hospitals_3a.csv", "三级甲等医院名录", "46319943/3AHospital@4933e18ae76705cecd999f32603d63b8ed33fdb1", "2020",
          "2020-01-01", "Apache-2.0", ["name", "level", "province", "city"],
          sorted({(clean(r["name"]), clean(r["level"]), clean(r["province"]), clean(r["city"]))
                  for r in read(data / "hospitals_3a_2020" / "hospitals_3a.csv")}),
          note="省、市由地址推得，可为空；无定点机构代码")


def quote(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def toml(value):
    if isinstance(value, list):
        return "[" + ", ".join(map(quote, value)) + "]"
    return str(value) if isinstance(value, int) else quote(value)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    data = Path(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).resolve().parents[2] / "catalog"
    diagnoses(data, out)
    procedures(data, out)
    drugs(data, out)
    items = services(data, out)
    differ, several = crosswalk(data, out, items)
    rest(data, out)
    lines = ["# 本目录各表的来源。由 tools/convert/catalog.py 生成，勿手工修改。",
             "# valid_until 为不含当日的截止日期；缺省表示仍有效。", ""]
    for s in sorted(SOURCES, key=lambda s: s["file"]):
        lines.append("[[table]]")
        for key in ("file", "title", "source", "edition", "valid_from", "valid_until", "areas", "licence", "rows", "note"):
            if s[key] is not None:
                lines.append(f"{key} = {toml(s[key])}")
        lines.append("")
    (out / "SOURCES.toml").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    print("\n".join(REPORT))
    if "-v" in sys.argv:
        for d in differ:
            print("differs", *d, sep=" | ")
        for c, n in several.items():
            print("several", c, n)


if __name__ == "__main__":
    main()
