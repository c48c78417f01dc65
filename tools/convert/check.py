#!/usr/bin/env python3
"""Re-read catalog/ and knowledge/ and check them against each other.

usage: check.py [REPO_DIR] [RULES_JSON]
"""

import csv
import json
import re
import sys
from collections import Counter
from pathlib import Path

FAULTS = []
ROWS = {
    "catalog/diagnoses.csv": 33304, "catalog/diagnosis_clinical_map.csv": 4388, "catalog/diagnosis_categories.csv": 2313,
    "catalog/procedures.csv": 13686, "catalog/procedure_clinical_map.csv": 560, "catalog/drugs_nrdl.csv": 3891,
    "catalog/drug_codes.csv": 17728, "catalog/service_items_shaanxi_2021.csv": 5171, "catalog/special_materials.csv": 215,
    "catalog/tcm_pieces.csv": 153, "catalog/divisions.csv": 3348, "knowledge/points.csv": 3671, "knowledge/codes.csv": 29307,
    "knowledge/book/procedure_sex.csv": 961, "knowledge/book/procedure_diagnosis.csv": 1433,
    "knowledge/book/diagnosis_sex.csv": 10, "knowledge/book/diagnosis_age.csv": 10, "knowledge/book/duplicate_class.csv": 793,
    "knowledge/book/consumable_disease.csv": 109,
}
UNIQUE = {
    "catalog/diagnoses.csv": ["code"], "catalog/diagnosis_clinical_map.csv": ["clinical_code"],
    "catalog/diagnosis_categories.csv": ["kind", "code", "name"],
    "catalog/procedures.csv": ["code"], "catalog/procedure_clinical_map.csv": ["clinical_code"], "catalog/drug_codes.csv": ["code"],
    "catalog/service_items_shaanxi_2021.csv": ["code"], "catalog/service_crosswalk.csv": ["national_code"],
    "catalog/special_materials.csv": ["code"], "catalog/tcm_pieces.csv": ["code"], "catalog/divisions.csv": ["code"],
    "knowledge/points.csv": ["point_id"], "knowledge/codes.csv": ["point_id", "seq"],
    "knowledge/batches.csv": ["batch", "rule_class"], "knowledge/book/tcm_incompatible.csv": ["piece_a", "piece_b"],
}
PREDICATE = re.compile(
    r"sex=[MF]|group=\S+|max_qty=\d+ unit=(day|hour) window=day|max_qty=\d+ window=rolling period_days=\d+|"
    r"window=(day|visit|hour|operation)|window=rolling period_hours=\d+")


def fault(text):
    FAULTS.append(text)


def load(root, name):
    raw = (root / name).read_bytes()
    if raw.startswith(b"\xef\xbb\xbf") or b"\r" in raw:
        fault(f"{name}: BOM or CR")
    rows = list(csv.DictReader(raw.decode("utf-8").splitlines()))
    if any(None in r or None in r.values() for r in rows):
        fault(f"{name}: ragged row")
    for r in rows:
        if any(v != v.strip() or re.search("[\x00-\x1f\u2f00-\u2fdf\ue000-\uf8ff\ufffd]", v) for v in r.values()):
            fault(f"{name}: untrimmed or radical: {list(r.values())[:3]}")
            break
    return rows


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    names = sorted(str(p.relative_to(root)) for d in ("catalog", "knowledge") for p in (root / d).rglob("*.csv"))
    t = {n: load(root, n) for n in names}
    for name, count in ROWS.items():
        if len(t.get(name, ())) != count:
            fault(f"{name}: {len(t.get(name, ()))} rows, expected {count}")
    for name, keys in UNIQUE.items():
        twice = [k for k, c in Counter(tuple(r[k] for k in keys) for r in t[name]).items() if c > 1]
        if twice:
            fault(f"{name}: duplicate {keys}: {twice[:3]}")

    sources = (root / "catalog/SOURCES.toml").read_text(encoding="utf-8")
    listed = dict(re.findall(r'\[\[table\]\]\nfile = "([^"]+)".*?\nrows = (\d+)', sources, re.S))
    for name in names:
        if name.startswith("catalog/") and listed.get(name[8:]) != str(len(t[name])):
            fault(f"SOURCES.toml: {name} says {listed.get(name[8:])}, has {len(t[name])}")

    dx = {r["code"] for r in t["catalog/diagnoses.csv"]}
    proc = {r["code"] for r in t["catalog/procedures.csv"]}
    drug = {r["code"] for r in t["catalog/drug_codes.csv"]}
    piece = {r["code"] for r in t["catalog/tcm_pieces.csv"]}
    national = {r["national_code"]: r for r in t["catalog/service_crosswalk.csv"]}
    local = {r["code"] for r in t["catalog/service_items_shaanxi_2021.csv"]}
    for name, target in (("catalog/diagnosis_clinical_map.csv", dx), ("catalog/procedure_clinical_map.csv", proc)):
        missing = [r["code"] for r in t[name] if r["code"] not in target]
        if missing:
            fault(f"{name}: {len(missing)} target codes not in the catalogue, e.g. {missing[:5]}")
    for code, r in national.items():
        if (r["method"] == "unmatched") != (r["local_code"] == "") or r["local_code"] and r["local_code"] not in local:
            fault(f"crosswalk {code}: {r}")
        if r["local_code"] and r["local_code"][:9] != code[2:11]:
            fault(f"crosswalk {code}: base differs")
    for r in t["catalog/service_items_shaanxi_2021.csv"]:
        for c in ("price_special", "price_tier3", "price_tier2", "price_tier1"):
            if r[c] and not re.fullmatch(r"\d+(\.\d+)?", r[c]):
                fault(f"price {r['code']} {c}={r[c]}")
    for r in t["catalog/divisions.csv"]:
        if (r["level"] == "province") != (r["parent"] == ""):
            fault(f"division {r}")

    points = {r["point_id"]: r for r in t["knowledge/points.csv"]}
    batches = {(r["batch"], r["rule_class"]): r for r in t["knowledge/batches.csv"]}
    date = re.compile(r"\d{4}-\d{2}-\d{2}")
    per_point = Counter()
    for r in t["knowledge/codes.csv"]:
        per_point[r["point_id"]] += 1
        if r["point_id"] not in points:
            fault(f"code of unknown point {r}")
        code = r["code"]
        table = drug if code[0] in "XZ" else piece if code[0] == "T" else national
        if code not in table:
            fault(f"code without catalogue entry {code}")
    for pid, r in points.items():
        b = batches.get((r["batch"], r["rule_class"]))
        if not b:
            fault(f"{pid}: no batch row")
        elif r["valid_from"] != b["in_force_from"] or b["in_force_until"] and r["valid_until"] != b["in_force_until"]:
            fault(f"{pid}: validity differs from its batch")
        if not r["rule_id"]:
            fault(f"{pid}: no rule id")
        if not date.fullmatch(r["valid_from"]) or r["valid_until"] and r["valid_until"] <= r["valid_from"]:
            fault(f"{pid}: dates {r['valid_from']}..{r['valid_until']}")
        for old in filter(None, r["supersedes"].split(";")):
            if old not in points or points[old]["valid_until"] != r["valid_from"]:
                fault(f"{pid}: supersedes {old}")
        if r["predicate"] and not PREDICATE.fullmatch(r["predicate"]):
            fault(f"{pid}: predicate {r['predicate']}")
        if per_point[pid] == 0 and r["logic"] != "exemption":
            fault(f"{pid}: no code")
    for r in batches.values():
        if r["in_force_until"] and r["in_force_until"] <= r["in_force_from"]:
            fault(f"batch dates {r}")

    ids = Counter(r["point_id"] for n in names if n.startswith("knowledge/book/") for r in t[n] if "point_id" in r)
    fault_ids = [i for i, c in ids.items() if c > 1]
    if fault_ids:
        fault(f"book ids twice: {fault_ids[:5]}")
    for r in t["knowledge/book/procedure_sex.csv"]:
        if (r["code"] in proc) != (r["in_catalogue"] == "1") or r["sex"] not in "MF":
            fault(f"procedure_sex {r}")
    for r in t["knowledge/book/procedure_diagnosis.csv"]:
        if r["op_code"] not in proc or r["dx_code"] not in dx:
            fault(f"procedure_diagnosis {r}")
    for r in t["knowledge/book/diagnosis_sex.csv"] + t["knowledge/book/diagnosis_age.csv"]:
        if r["code"] not in dx:
            fault(f"diagnosis {r}")
    for n in ("duplicate_class", "drug_safety"):
        for r in t[f"knowledge/book/{n}.csv"]:
            if not r["generic_name"] or any(c not in drug for c in filter(None, r["codes"].split(";"))):
                fault(f"{n} {r}")
    sources_tcm = sum(len(r["source_text"].split(";")) for r in t["knowledge/book/tcm_incompatible.csv"])
    if sources_tcm + len(t["knowledge/book/tcm_incompatible_unresolved.csv"]) != 552:
        fault(f"tcm: {sources_tcm} source rows")

    if len(sys.argv) > 2:
        rules = {r["id"] for r in json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))}
        used = {r["rule_id"] for r in points.values()} | {r["rule_id"] for r in t["knowledge/book/drug_safety.csv"]}
        used |= {re.fullmatch(r"KB25-(.+)-[0-9a-f]{6,8}", i).group(1) for i in ids}
        if used - rules:
            fault(f"unknown rule ids {used - rules}")

    for name in names:
        print(f"{len(t[name]):>6}  {name}")
    print(f"{len(FAULTS)} faults")
    for f in FAULTS[:40]:
        print("  " + f)
    sys.exit(bool(FAULTS))


if __name__ == "__main__":
    main()
