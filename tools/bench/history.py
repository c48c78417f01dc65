"""Ten rules about a person's history for DuckDB, as an expert would write them.

Each gives (findings, money). Visits are few beside lines, so candidates are found among visits by windows over a person's
time, and only their lines are summed; item rules filter lines by code before anything else. Greedy rules (counting starts
anew after a finding) walk their few candidates with a recursive query.
"""
import csv

SETTING = """CASE WHEN i.fixmedins_type = '2' THEN 'pharmacy' WHEN left(v.med_type,2) = '13' THEN 'emergency'
    WHEN left(v.med_type,2) IN ('21','22','23','24','25','26','27','28','29','52') THEN 'inpatient'
    WHEN left(v.med_type,2) IN ('41','93') THEN 'pharmacy' WHEN left(v.med_type,2) = '71' THEN 'homebed' ELSE 'outpatient' END"""
# Visits that stand, with their setting.
VISITS = f"""v AS (SELECT v.mdtrt_id, v.psn_no, v.fixmedins_code, v.med_type, v.begntime, v.endtime, i.admdvs, i.internet_flag, {SETTING} AS setting
    FROM visits v JOIN institutions i USING (fixmedins_code) WHERE coalesce(v.refd_setl_flag, '0') <> '1')"""
# What visits cost.
SUM = "SELECT (SELECT count(*) FROM hit), (SELECT sum(det_item_fee_sumamt) FROM lines SEMI JOIN hit USING (mdtrt_id))"


def diagnosed(prefixes):
    """Visits with a diagnosis that begins so."""
    tests = " OR ".join(f"starts_with(diag_code, '{prefix}')" for prefix in prefixes)
    return f"(SELECT mdtrt_id FROM diagnoses WHERE {tests})"


def frequent(settings, most, exempt):
    """The visit that passes a limit of a calendar month."""
    without = f"AND mdtrt_id NOT IN {diagnosed(exempt)}" if exempt else ""
    return f"""WITH {VISITS}, hit AS (SELECT mdtrt_id FROM v WHERE setting IN {settings} {without}
        QUALIFY row_number() OVER (PARTITION BY psn_no, date_trunc('month', begntime) ORDER BY begntime, mdtrt_id) = {most + 1}) {SUM}"""


def rules(points, root="knowledge"):
    """Name, tables to fill, SQL."""
    yield "overlapping-stays", [], f"""WITH {VISITS}, w AS (SELECT mdtrt_id, begntime, endtime, max(endtime) OVER
        (PARTITION BY psn_no ORDER BY begntime, mdtrt_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM v WHERE setting = 'inpatient' AND endtime IS NOT NULL),
      hit AS (SELECT mdtrt_id FROM w WHERE before IS NOT NULL AND least(before, endtime) - begntime > INTERVAL 24 HOUR) {SUM}"""

    yield "outpatient-during-stay", [], f"""WITH {VISITS}, s AS (SELECT psn_no, begntime::DATE AS since, endtime::DATE AS until FROM v
        WHERE setting = 'inpatient' AND endtime::DATE - begntime::DATE > 1),
      hit AS (SELECT DISTINCT o.mdtrt_id FROM v o JOIN s ON o.psn_no = s.psn_no AND o.begntime::DATE > s.since AND o.begntime::DATE < s.until
        WHERE o.setting IN ('outpatient', 'pharmacy') AND NOT starts_with(o.med_type, '13') AND o.mdtrt_id NOT IN {diagnosed(['Z49', 'Z51'])}) {SUM}"""

    yield "split-admission", [], f"""WITH {VISITS}, d AS (SELECT mdtrt_id, left(min(diag_code), 3) AS category FROM diagnoses
        WHERE maindiag_flag = '1' AND coalesce(diag_type, '1') = '1' GROUP BY mdtrt_id),
      s AS (SELECT v.*, d.category FROM v LEFT JOIN d USING (mdtrt_id) WHERE setting = 'inpatient'),
      w AS (SELECT *, lag(endtime) OVER p AS before, lag(fixmedins_code) OVER p AS place, lag(category) OVER p AS disease
        FROM s WINDOW p AS (PARTITION BY psn_no ORDER BY begntime, mdtrt_id)),
      hit AS (SELECT mdtrt_id FROM w WHERE begntime::DATE - before::DATE BETWEEN 0 AND 7 AND place = fixmedins_code AND disease = category
        AND mdtrt_id NOT IN {diagnosed(['Z51', 'Z49', 'O', 'C', 'F2'])}) {SUM}"""

    yield "frequent-outpatient", [], frequent("('outpatient', 'emergency')", 15, ["N18", "Z49", "Z51"])
    yield "frequent-drug-purchase", [], frequent("('pharmacy')", 10, [])

    yield "frequent-admission", [], f"""WITH RECURSIVE {VISITS}, w AS (SELECT mdtrt_id, psn_no,
        row_number() OVER p AS nth, begntime::DATE - lag(begntime::DATE, 3) OVER p AS span
        FROM v WHERE setting = 'inpatient' AND mdtrt_id NOT IN {diagnosed(['N18', 'Z49', 'Z51', 'C'])}
        WINDOW p AS (PARTITION BY psn_no ORDER BY begntime, mdtrt_id)),
      c AS (SELECT * FROM w WHERE span < 90),
      kept AS (SELECT psn_no, min(nth) AS nth FROM c GROUP BY psn_no
        UNION ALL SELECT k.psn_no, (SELECT min(nth) FROM c WHERE c.psn_no = k.psn_no AND c.nth >= k.nth + 4) FROM kept k WHERE k.nth IS NOT NULL),
      hit AS (SELECT c.mdtrt_id FROM c JOIN kept k ON k.psn_no = c.psn_no AND k.nth = c.nth) {SUM}"""

    yield "after-death-service", [], f"""WITH {VISITS}, hit AS (SELECT v.mdtrt_id FROM v JOIN persons p USING (psn_no)
        WHERE v.begntime::DATE - p.dth_date > 1) {SUM}"""

    yield "impossible-travel", [], f"""WITH {VISITS}, w AS (SELECT mdtrt_id, begntime, fixmedins_code, left(admdvs, 4) AS city,
        lag(begntime) OVER p AS before, lag(fixmedins_code) OVER p AS place, lag(left(admdvs, 4)) OVER p AS city_before
        FROM v WHERE setting IN ('outpatient', 'emergency', 'inpatient') AND coalesce(internet_flag, '0') <> '1' AND begntime <> date_trunc('day', begntime)
        WINDOW p AS (PARTITION BY psn_no ORDER BY begntime, mdtrt_id)),
      hit AS (SELECT mdtrt_id FROM w WHERE place <> fixmedins_code
        AND begntime - before < CASE WHEN city = city_before THEN INTERVAL 30 MINUTE ELSE INTERVAL 120 MINUTE END) {SUM}"""

    net = """l AS (SELECT l.psn_no, l.mdtrt_id, l.feedetl_sn, l.med_list_codg, l.fee_ocur_time, k.kind, k.days, l.cnt, l.det_item_fee_sumamt AS amount
        FROM lines l JOIN k ON l.med_list_codg = k.code WHERE l.cnt > 0),
      r AS (SELECT mdtrt_id, init_feedetl_sn AS sn, sum(cnt) AS cnt, sum(det_item_fee_sumamt) AS amount FROM lines WHERE cnt < 0 GROUP BY ALL),
      n AS (SELECT l.* EXCLUDE (cnt, amount), l.cnt + coalesce(r.cnt, 0) AS cnt, l.amount + coalesce(r.amount, 0) AS amount, v.fixmedins_code, v.med_type
        FROM l LEFT JOIN r ON r.mdtrt_id = l.mdtrt_id AND r.sn = l.feedetl_sn JOIN v ON v.mdtrt_id = l.mdtrt_id WHERE l.cnt + coalesce(r.cnt, 0) > 0)"""
    kinds = "code VARCHAR, kind VARCHAR, days INTEGER"

    def days(predicate):
        return next((int(term.split("=")[1]) for term in predicate.split() if term.startswith("period_days=")), None)

    with open(f"{root}/assumed/repeat-exam-short-interval.csv", encoding="utf-8") as file:
        # Rows of one name and window are one kind of examination.
        exams = [(row["code"], row["predicate"] + row["name"], days(row["predicate"])) for row in csv.DictReader(file)]
    yield "repeat-exam-short-interval", [("k", kinds, exams)], f"""WITH {VISITS}, {net},
      w AS (SELECT *, lag(fee_ocur_time) OVER p AS before, lag(mdtrt_id) OVER p AS visit, lag(fixmedins_code) OVER p AS place
        FROM n WINDOW p AS (PARTITION BY psn_no, kind ORDER BY fee_ocur_time, mdtrt_id, feedetl_sn))
      SELECT count(*), sum(amount) FROM w WHERE fee_ocur_time::DATE - before::DATE < days AND visit <> mdtrt_id AND place <> fixmedins_code
        AND NOT starts_with(med_type, '13') AND mdtrt_id NOT IN {diagnosed(['C', 'S', 'T', 'I21', 'I60', 'I61', 'I63', 'O'])}"""

    periods = [(code, code, int(terms["period_days"])) for _, _, terms, _, _, codes in points("service-period-frequency") for code in codes if terms.get("period_days")]
    yield "service-period-frequency", [("k", kinds, periods)], f"""WITH RECURSIVE {VISITS}, {net},
      o AS (SELECT *, row_number() OVER (PARTITION BY psn_no, kind ORDER BY fee_ocur_time, mdtrt_id, feedetl_sn) AS nth FROM n),
      kept AS (SELECT psn_no, kind, fee_ocur_time::DATE AS day, nth FROM o WHERE nth = 1
        UNION ALL SELECT k.psn_no, k.kind, f.day, f.nth FROM kept k, LATERAL (SELECT fee_ocur_time::DATE AS day, nth FROM o
          WHERE o.psn_no = k.psn_no AND o.kind = k.kind AND o.nth > k.nth AND o.fee_ocur_time::DATE - k.day >= o.days ORDER BY nth LIMIT 1) f)
      SELECT count(*), sum(amount) FROM o ANTI JOIN kept USING (psn_no, kind, nth)"""
