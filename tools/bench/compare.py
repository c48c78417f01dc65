"""Times a bare scan, the full library, and twenty of its rules in DuckDB; compares findings by count and money.

Ten rules about lines and visits stand here, ten about a person's history in `history.py`. Rules about institutions and groups
are left out (`yibao audit --without-population`): they are SQL themselves.

CPU seconds and peak memory come from the kernel's accounting of each child process, so every contender runs in a
process of its own. Each DuckDB rule is written as an expert would: small tables joined, candidate lines filtered
by code first, refunds netted only for candidates.
"""
import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time

import history


def measured(command, **options):
    """Runs a command alone; wall seconds, CPU seconds, peak MiB, output."""
    started = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    return {
        "wall_seconds": round(wall, 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mib": usage.ru_maxrss // 1024,
        "exit": child.returncode,
    }, output.decode()


def points(rule, root="knowledge"):
    """Executable points of a rule: id, predicate terms, span, codes."""
    codes = {}
    with open(f"{root}/codes.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            codes.setdefault(row["point_id"], []).append(row["code"])
    # A province's own code means its national item.
    with open("catalog/service_crosswalk.csv", encoding="utf-8") as file:
        local = {row["national_code"]: row["local_code"] for row in csv.DictReader(file) if row["local_code"]}
    for listed in codes.values():
        listed.extend([local[code] for code in listed if code in local])
    with open(f"{root}/points.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["rule_id"] == rule and row["predicate"]:
                terms = {}
                for term in row["predicate"].split():
                    for sign in (">=", "="):
                        if sign in term:
                            key, value = term.split(sign, 1)
                            terms[key] = value
                            break
                yield row["point_id"], row["name"], terms, row["valid_from"], row["valid_until"] or "9999-01-01", codes.get(row["point_id"], [])


LEVEL = "CASE WHEN i.hosp_lv IN ('1','2','3','4','12') THEN 3 WHEN i.hosp_lv IN ('5','6','7','13') THEN 2 WHEN i.hosp_lv IN ('8','9','10','14') THEN 1 WHEN i.hosp_lv = '11' THEN 0 END"
SETTING = """CASE WHEN i.fixmedins_type = '2' THEN 'pharmacy' WHEN left(v.med_type,2) = '13' THEN 'emergency'
    WHEN left(v.med_type,2) IN ('21','22','23','24','25','26','27','28','29','52') THEN 'inpatient'
    WHEN left(v.med_type,2) IN ('41','93') THEN 'pharmacy' WHEN left(v.med_type,2) = '71' THEN 'homebed' ELSE 'outpatient' END"""
# Lines of limited items, net of their refunds.
NET = """WITH c AS (SELECT l.*, k.* EXCLUDE (code) FROM lines l JOIN {table} k ON l.med_list_codg = k.code
    AND l.fee_ocur_time >= k.valid_from AND l.fee_ocur_time < k.valid_until WHERE l.cnt > 0),
  r AS (SELECT mdtrt_id, init_feedetl_sn AS sn, sum(cnt) AS cnt, sum(det_item_fee_sumamt) AS amount
        FROM lines WHERE cnt < 0 GROUP BY ALL),
  n AS (SELECT c.*, c.cnt + coalesce(r.cnt, 0) AS net_cnt, c.det_item_fee_sumamt + coalesce(r.amount, 0) AS net_amount
        FROM c LEFT JOIN r ON c.mdtrt_id = r.mdtrt_id AND c.feedetl_sn = r.sn)
"""
LIMIT = NET + "SELECT count(DISTINCT (n.mdtrt_id, n.feedetl_sn)), sum(net_amount) FROM (SELECT DISTINCT ON (n.mdtrt_id, n.feedetl_sn) n.* FROM n {joins} WHERE net_cnt > 0 AND {fault}) n"


def rules():
    """Ten rules: name, tables to fill, SQL that gives (count, money)."""
    def limit(rule, column, value, joins, fault, kind="VARCHAR"):
        rows = [(code, value(terms), since, until) for _, _, terms, since, until, codes in points(rule) for code in codes if value(terms) is not None]
        return rule, [("k", f"code VARCHAR, {column} {kind}, valid_from DATE, valid_until DATE", rows)], LIMIT.format(table="k", joins=joins, fault=fault)

    person = "JOIN persons p ON n.psn_no = p.psn_no"
    visit = "JOIN visits v ON n.mdtrt_id = v.mdtrt_id"
    place = visit + " JOIN institutions i ON v.fixmedins_code = i.fixmedins_code"
    exempt = "AND NOT EXISTS (SELECT 1 FROM diagnoses d WHERE d.mdtrt_id = n.mdtrt_id AND (left(d.diag_code,3) IN ('E25','Q56','Q96','Q97','Q98') OR left(d.diag_code,5) IN ('E34.5','Q50.0','Q55.0','Q99.0','Q99.1')))"
    sex = lambda terms: {"M": "1", "F": "2"}.get(terms.get("sex"))
    wrong_sex = f"p.gend IN ('1','2') AND p.gend <> n.sex {exempt}"
    yield limit("drug-sex-specific", "sex", sex, person, wrong_sex)
    yield limit("service-sex-specific", "sex", sex, person, wrong_sex)
    child = lambda terms: 18 if terms.get("age", "").endswith("child") else None
    yield limit("drug-child-exclusive", "until_years", child, person, "date_diff('month', p.brdy, n.fee_ocur_time::DATE) - CASE WHEN day(n.fee_ocur_time) < day(p.brdy) THEN 1 ELSE 0 END >= 12 * n.until_years", "INTEGER")
    yield limit("drug-institution-level", "least", lambda terms: terms.get("level"), place, f"{LEVEL} < n.least", "INTEGER")
    yield limit("drug-care-setting", "allowed", lambda terms: terms.get("setting"), place, f"NOT list_contains(string_split(n.allowed, '|'), {SETTING})")
    yield limit("internet-hospital-drug-scope", "channel", lambda terms: terms.get("channel"), place, "i.internet_flag = '1'")

    day_limits = [(code, float(terms["max_qty"]), since, until) for _, _, terms, since, until, codes in points("service-frequency-limit") for code in codes]
    yield "service-frequency-limit", [("k", "code VARCHAR, most DECIMAL(16,4), valid_from DATE, valid_until DATE", day_limits)], NET.format(table="k") + """,
      w AS (SELECT *, sum(net_cnt) OVER (PARTITION BY mdtrt_id, med_list_codg, fee_ocur_time::DATE ORDER BY fee_ocur_time, feedetl_sn ROWS UNBOUNDED PRECEDING) AS used FROM n WHERE net_cnt > 0)
      SELECT count(*), sum(round(net_amount * least(net_cnt, used - most) / net_cnt, 2)) FROM w WHERE used > most"""

    pairs = []
    for point, _, terms, since, until, codes in points("service-duplicate-charge"):
        codes = [code for code in codes if len(code) == 15]  # national items
        if len(codes) == 2 and terms.get("window") in ("day", "visit"):
            pairs.append((codes[0], codes[1], terms["window"], since, until))
    yield "service-duplicate-charge (day and visit pairs)", [("pairs", "a VARCHAR, b VARCHAR, span VARCHAR, valid_from DATE, valid_until DATE", pairs),
        ("k", "code VARCHAR, valid_from DATE, valid_until DATE", [(code, "1900-01-01", "9999-01-01") for code in sorted({c for p in pairs for c in p[:2]})])], NET.format(table="k") + """
      , d AS (SELECT DISTINCT mdtrt_id, med_list_codg FROM lines SEMI JOIN k ON med_list_codg = k.code WHERE cnt > 0),
      t AS (SELECT x.mdtrt_id, q.a, q.b, q.span, q.valid_from, q.valid_until FROM pairs q
        JOIN d x ON x.med_list_codg = q.b JOIN d y ON y.mdtrt_id = x.mdtrt_id AND y.med_list_codg = q.a)
      SELECT count(*), sum(net_amount) FROM (SELECT DISTINCT ON (b.mdtrt_id, b.feedetl_sn) b.* FROM t
        JOIN n b ON b.mdtrt_id = t.mdtrt_id AND b.med_list_codg = t.b
        JOIN n a ON a.mdtrt_id = t.mdtrt_id AND a.med_list_codg = t.a AND (t.span = 'visit' OR a.fee_ocur_time::DATE = b.fee_ocur_time::DATE)
        WHERE a.net_cnt > 0 AND b.net_cnt > 0 AND b.fee_ocur_time >= t.valid_from AND b.fee_ocur_time < t.valid_until)"""

    courses = [(code, name, int(terms["max_days"]), since, until) for _, name, terms, since, until, codes in points("drug-paid-course-limit") if terms.get("max_days") for code in codes]
    yield "drug-paid-course-limit", [("k", "code VARCHAR, generic VARCHAR, most INTEGER, valid_from DATE, valid_until DATE", courses)], NET.format(table="k") + """,
      w AS (SELECT *, dense_rank() OVER (PARTITION BY mdtrt_id, generic ORDER BY fee_ocur_time::DATE) AS nth FROM n WHERE net_cnt > 0)
      SELECT count(*), sum(net_amount) FROM w WHERE nth > most"""

    yield "charge-date-outside-stay", [], """WITH r AS (SELECT mdtrt_id, init_feedetl_sn AS sn, sum(cnt) AS cnt, sum(det_item_fee_sumamt) AS amount FROM lines WHERE cnt < 0 GROUP BY ALL),
      c AS (SELECT l.* FROM lines l JOIN (SELECT v.* FROM visits v JOIN institutions i USING (fixmedins_code) WHERE i.fixmedins_type <> '2'
        AND left(v.med_type,2) IN ('21','22','23','24','25','26','27','28','29','52')) v ON l.mdtrt_id = v.mdtrt_id
        WHERE l.cnt > 0 AND (l.fee_ocur_time::DATE < v.begntime::DATE OR l.fee_ocur_time::DATE > v.endtime::DATE))
      SELECT count(*), sum(c.det_item_fee_sumamt + coalesce(r.amount, 0)) FROM c LEFT JOIN r ON c.mdtrt_id = r.mdtrt_id AND c.feedetl_sn = r.sn WHERE c.cnt + coalesce(r.cnt, 0) > 0"""


def duck(city, threads, which):
    """Ten rules in one DuckDB process; prints a JSON line a rule."""
    import duckdb
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    for name, table in [("lines", "charge_lines"), ("visits", "visits"), ("persons", "persons"), ("institutions", "institutions"), ("diagnoses", "diagnoses")]:
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{city}/{table}.parquet')")
    for name, tables, sql in history.rules(points) if which == "history" else rules():
        for table, columns, rows in tables:
            connection.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
            path = f"/tmp/yibao-bench-{os.getpid()}.csv"
            with open(path, "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(rows)
            connection.execute(f"COPY {table} FROM '{path}' (HEADER false)")
            os.unlink(path)
        before = resource.getrusage(resource.RUSAGE_SELF)
        started = time.monotonic()
        count, money = connection.execute(sql).fetchone()
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(json.dumps({"rule": name, "count": count, "fen": round(float(money or 0) * 100), "wall_seconds": round(time.monotonic() - started, 2), "cpu_seconds": round(cpu, 2)}), flush=True)


def ours(out):
    """Count and money by rule, from findings.csv."""
    found = {}
    with open(f"{out}/findings.csv", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            entry = found.setdefault(row["rule_id"], [0, 0])
            entry[0] += 1
            entry[1] += int(row["amount_fen"])
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--city", required=True)
    parser.add_argument("--yibao")
    parser.add_argument("--scan")
    parser.add_argument("--out")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--duck", choices=["lines", "history"])
    arguments = parser.parse_args()
    if arguments.duck:
        return duck(arguments.city, arguments.threads, arguments.duck)
    scan, printed = measured([arguments.scan, arguments.city, str(arguments.threads)])
    rows = int(printed.split()[0])
    out = f"{arguments.out}/audit"
    audit, _ = measured([arguments.yibao, "audit", arguments.city, "--without-population", "--out", out, "--threads", str(arguments.threads)])
    print(f"charge lines {rows:,}, threads {arguments.threads}")

    def show(name, figures):
        rate = rows / figures["cpu_seconds"] / 1e6
        print(f"{name:42} wall {figures['wall_seconds']:8.2f} s  cpu {figures['cpu_seconds']:8.2f} s  peak {figures['peak_mib']:6d} MiB  {rate:6.2f} M lines/s/core", flush=True)

    show("bare scan of the columns used", scan)
    show("yibao, all line, visit and person rules", audit)
    summary = json.load(open(f"{out}/summary.json", encoding="utf-8"))
    found = ours(out)
    result = {"rows": rows, "scan": scan, "audit": audit, "rules": [], "run": summary.get("run")}
    for which, name in [("lines", "DuckDB, ten rules on lines and visits"), ("history", "DuckDB, ten rules on a person's history")]:
        peer, lines = measured([sys.executable, __file__, "--duck", which, "--city", arguments.city, "--threads", str(arguments.threads)])
        result[which] = peer
        show(name, peer)
        same = True
        for line in lines.splitlines():
            row = json.loads(line)
            mine = found.get(row["rule"].split(" ")[0], [0, 0])
            row["yibao_count"], row["yibao_fen"] = mine
            equal = mine == [row["count"], row["fen"]]
            same = same and equal
            result["rules"].append(row)
            print(f"  {row['rule']:48} duckdb {row['count']:8d} {row['fen']:14d} fen  cpu {row['cpu_seconds']:6.2f}  yibao {mine[0]:8d} {mine[1]:14d}  {'same' if equal else 'DIFFERENT'}")
        print(f"  findings {'equal' if same else 'NOT equal'}; cpu DuckDB / yibao with all its rules {peer['cpu_seconds'] / audit['cpu_seconds']:.2f}", flush=True)
    print(f"ratio to bare scan: wall {audit['wall_seconds'] / scan['wall_seconds']:.2f}, cpu {audit['cpu_seconds'] / scan['cpu_seconds']:.2f}")
    json.dump(result, open(f"{arguments.out}/result.json", "w"), indent=1)


if __name__ == "__main__":
    main()
