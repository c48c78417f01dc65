#!/usr/bin/env python3
"""The rules that a general rule engine can express, in zen-engine, beside `yibao audit`: same visits, same answers, CPU a visit.

A general engine has no knowledge tables, no history and no sets of diagnoses: what is left are limits of one line by the
patient and the place. Here: drug-sex-specific, service-sex-specific, drug-institution-level, as decision tables (a row for every
limit and stretch of days, its items as a list: how an author writes them) and as a function node with a look-up map (how a
programmer would). Money is not compared: of a finding only line and rule.

    pip install zen-engine
    python3 tools/bench/rule_engines.py YIBAO CLAIMS [VISITS]

CLAIMS is a folder of `yibao generate --format csv`; VISITS bounds how many visits zen-engine is asked about.
"""
import csv
import json
import re
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import zen

RULES = {"drug-sex-specific", "service-sex-specific", "drug-institution-level"}
ROOT = Path(__file__).resolve().parents[2]
LEVEL = {"1": 3, "2": 3, "3": 3, "4": 3, "12": 3, "5": 2, "6": 2, "7": 2, "13": 2, "8": 1, "9": 1, "10": 1, "14": 1, "11": 0}


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def limits():
    """(rule, predicate, from, until) -> item codes."""
    codes = defaultdict(list)
    for row in rows(ROOT / "knowledge/codes.csv"):
        codes[row["point_id"]].append(row["code"])
    found = defaultdict(set)
    for point in rows(ROOT / "knowledge/points.csv"):
        predicate = point["predicate"]
        if point["rule_id"] not in RULES or not re.fullmatch(r"sex=[MF]|level>=[123]", predicate):
            continue
        key = (point["rule_id"], predicate, point["valid_from"], point["valid_until"] or "9999-12-31")
        found[key].update(codes[point["point_id"]])
    return found


def condition(predicate):
    name, value = re.split(r">=|=", predicate)
    if name == "sex":
        # What is unknown decides nothing.
        return f'sex == "{"2" if value == "M" else "1"}"'
    return f"level != null and level < {int(value)}"


def table(found):
    """One decision table, all rows that hit."""
    body = []
    for number, ((rule, predicate, since, until), items) in enumerate(sorted(found.items())):
        listed = ", ".join(f'"{code}"' for code in sorted(items))
        body.append({"_id": f"r{number}", "item": f"[{listed}]", "on": f'$ >= "{since}" and $ < "{until}"',
                     "who": condition(predicate), "rule": f'"{rule}"'})
    # Dates as ISO texts compare as whole numbers in zen only when they are numbers.
    for row in body:
        row["on"] = re.sub(r'"(\d{4})-(\d\d)-(\d\d)"', r"\1\2\3", row["on"])
    columns = [("item", "item"), ("on", "on"), ("who", None)]
    node = {"id": "t", "type": "decisionTableNode", "name": "limits", "content": {
        "hitPolicy": "collect", "executionMode": "loop", "inputField": "lines", "outputPath": "found",
        "inputs": [{"id": name, "name": name, **({"field": field} if field else {})} for name, field in columns],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}], "rules": body}}
    return graph(node)


def function(found):
    """One function node, a map from items to their limits."""
    lookup = defaultdict(list)
    for (rule, predicate, since, until), items in found.items():
        name, value = re.split(r">=|=", predicate)
        limit = [rule, int(since.replace("-", "")), int(until.replace("-", "")),
                 ("2" if value == "M" else "1") if name == "sex" else None, int(value) if value.isdigit() else None]
        for item in items:
            lookup[item].append(limit)
    source = "const limits = " + json.dumps(lookup) + """;
export const handler = async (input) => ({ found: input.lines.map((line) =>
  (limits[line.item] || []).filter(([, since, until, sex, level]) => line.on >= since && line.on < until &&
    (sex ? line.sex === sex : line.level !== null && line.level < level)).map(([rule]) => ({ rule }))) });"""
    return graph({"id": "t", "type": "functionNode", "name": "limits", "content": {"source": source}})


def graph(node):
    return {"contentType": "application/vnd.gorules.decision", "nodes": [
        {"id": "i", "type": "inputNode", "name": "in"}, node, {"id": "o", "type": "outputNode", "name": "out"}],
        "edges": [{"id": "e1", "sourceId": "i", "targetId": "t"}, {"id": "e2", "sourceId": "t", "targetId": "o"}]}


def visits(claims):
    level = {row["fixmedins_code"]: LEVEL.get(row["hosp_lv"]) for row in rows(claims / "institutions.csv")}
    sex = {row["psn_no"]: row["gend"] for row in rows(claims / "persons.csv")}
    where = {row["mdtrt_id"]: (level.get(row["fixmedins_code"]), row["refd_setl_flag"] if "refd_setl_flag" in row else "0")
             for row in rows(claims / "visits.csv")}
    lines = defaultdict(list)
    for row in rows(claims / "charge_lines.csv"):
        place, _ = where[row["mdtrt_id"]]
        lines[row["mdtrt_id"]].append({"sn": row["feedetl_sn"], "item": row["med_list_codg"], "sex": sex[row["psn_no"]],
                                       "level": place, "on": int(row["fee_ocur_time"][:10].replace("-", ""))})
    return lines


def cpu(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def ours(yibao, claims, out):
    """Findings, and CPU seconds of the whole run."""
    before = cpu(resource.RUSAGE_CHILDREN)
    subprocess.run([yibao, "audit", str(claims), "--out", str(out), "--rules", ",".join(sorted(RULES)), "--threads", "1"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    took = cpu(resource.RUSAGE_CHILDREN) - before
    return {(row["feedetl_sn"], row["rule_id"]) for row in rows(out / "findings.csv")}, took


def theirs(decision, asked):
    found, before = set(), cpu(resource.RUSAGE_SELF)
    for lines in asked.values():
        answer = decision.evaluate({"lines": lines})["result"]
        hits = answer["found"] if "found" in answer else answer
        for line, rules in zip(lines, hits):
            found.update((line["sn"], hit["rule"]) for hit in (rules if isinstance(rules, list) else [rules]))
    return found, cpu(resource.RUSAGE_SELF) - before


def main():
    yibao, claims = sys.argv[1], Path(sys.argv[2])
    most = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    all_visits, found_limits = visits(claims), limits()
    print(f"limits: {len(found_limits)} rows, {sum(len(items) for items in found_limits.values())} items; visits: {len(all_visits)}")
    with tempfile.TemporaryDirectory() as folder:
        # Starting (reading rules, knowledge, catalogue) is not a visit: it is measured on a single person and taken off.
        one = Path(folder) / "one"
        one.mkdir()
        first = next(iter(rows(claims / "persons.csv")))["psn_no"]
        for name in ("institutions", "persons", "visits", "charge_lines", "diagnoses", "procedures", "staff"):
            mine = {row["mdtrt_id"] for row in rows(claims / "visits.csv") if row["psn_no"] == first}
            with open(claims / f"{name}.csv", encoding="utf-8-sig", newline="") as source, open(one / f"{name}.csv", "w", newline="") as sink:
                reader = csv.DictReader(source)
                writer = csv.DictWriter(sink, reader.fieldnames)
                writer.writeheader()
                keep = lambda row: row.get("psn_no", first) == first and row.get("mdtrt_id", None) in (mine | {None})
                writer.writerows(row for row in reader if keep(row))
        starts = [ours(yibao, one, Path(folder) / f"s{turn}")[1] for turn in range(3)]
        runs = [ours(yibao, claims, Path(folder) / f"o{turn}") for turn in range(3)]
    truth = runs[0][0]
    took = min(run[1] for run in runs) - min(starts)
    print(f"yibao audit (reading and writing files included): {took / len(all_visits) * 1e6:.1f} us CPU a visit, "
          f"{took:.2f} s for {len(all_visits)} visits; start {min(starts):.2f} s")
    # Half with findings, half without, so that both answers are compared.
    with_hits = {visit: lines for visit, lines in all_visits.items() if any((l["sn"], r) in truth for l in lines for r in RULES)}
    asked = dict(list(with_hits.items())[: most // 2])
    asked.update(list((v, l) for v, l in all_visits.items() if v not in with_hits)[: most - len(asked)])
    own = {(sn, rule) for sn, rule in truth if any(sn == l["sn"] for lines in asked.values() for l in lines)}
    print(f"asked of zen-engine: {len(asked)} visits, {sum(map(len, asked.values()))} lines, {len(own)} findings expected")
    engine = zen.ZenEngine()
    for name, content in (("decision table", table(found_limits)), ("function node", function(found_limits))):
        decision = engine.create_decision(json.dumps(content))
        got, seconds = theirs(decision, asked)
        print(f"zen-engine {name}: {seconds / len(asked) * 1e6:.1f} us CPU a visit; "
              f"same answers: {got == own}; only zen {len(got - own)}, only yibao {len(own - got)}")
        for kind, difference in (("only zen", got - own), ("only yibao", own - got)):
            for sn, rule in sorted(difference)[:3]:
                print("  ", kind, sn, rule)


main()
