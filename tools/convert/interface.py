#!/usr/bin/env python3
"""Build crates/gateway/fields/ from the collected facts about the national interface.

usage: interface.py FACTS_DIR [OUT_DIR]

FACTS_DIR holds transactions.json and dictionaries.json: facts read out of the published interface
documents (Hunan V1.1.27, Hunan V1.3, the XJ-K01-2020 baseline as printed by Jiangxi, Hubei V1.2.02
excerpts) and of the models of public clients. Facts only: names, labels, types, lengths, codes.
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

from common import clean, write

# Fields that one print declares "never empty" though live messages leave them empty.
MAY_BE_EMPTY = {
    # Null in a trial, set in a final settlement.
    **{(infno, "response", name): "a trial has neither settlement nor clearing office"
       for infno in ("2101", "2206", "2206A", "2303", "2303A") for name in ("setl_id", "setl_time", "clr_way", "clr_optins")},
    ("2203", "request", "dise_codg"): "an ordinary visit has no programme disease",
    ("2203A", "request", "dise_codg"): "an ordinary visit has no programme disease",
    ("5204", "response", "dosform_name"): "services have no dosage form",
    ("5201", "response", "endtime"): "a visit may still be open",
    ("4103", "response", "opsp_dise_code"): "most lists have no programme disease",
}
# Printed as required in one edition beside the envelope's own field of the same name.
MAY_BE_EMPTY.update({(infno, "request", name): "the envelope says it" for name in ("insuplc_admdvs", "mdtrtarea_admvs")
                     for infno in ("2303", "2303A", "2304", "2304A", "2401")})
MAY_BE_EMPTY.update({("1901", "request", name): "most dictionaries have no parent, and none differs by area"
                     for name in ("parent_value", "admdvs", "Vali_Flag", "date")})
# 3101 and 3102 are asked while a visit lasts; clients leave out what is not known yet (audit by 3660 and 3661 in Hainan).
AUDITS = ("3101", "3102", "3660", "3661")
MAY_BE_EMPTY.update({(infno, "request", name): "not known before the visit ends" for infno in AUDITS
                     for name in ("dscg_date", "dscg_main_dise_codg", "dscg_main_dise_name", "dscg_dept_codg", "dscg_dept_name",
                                  "drord_dr_profttl", "drord_bhvr", "hilist_lv", "hilist_pric", "setl_totlnum", "spec")})
MAY_BE_EMPTY["9101", "request", "in"] = "as multipart, the bytes stand beside the message"
MAY_BE_EMPTY["2401", "request", "cert_type"] = "other editions send psn_cert_type"
# Never empty in a final settlement though one print calls it optional: reconciliation needs it.
NEVER_EMPTY = {(infno, "response", "clr_optins") for infno in ("2102", "2207", "2207A", "2304", "2304A")}
# Longer than printed: 2601 must name 2207A and 100001; institution codes are 12, 14 or 30 characters.
LENGTHS = {("2601", "oinfno"): "6",
           # National codes of medicines have 23 characters, of consumables 27; numbers of prescriptions 40 (2204).
           **{(infno, name): length for infno in ("3101", "3102", "3660", "3661")
              for name, length in (("hilist_code", "50"), ("hilist_name", "200"), ("hosplist_code", "150"), ("hosplist_name", "200"),
                                   ("rxno", "40"), ("dias_srt_no", "4"), ("trig_scen", "30"))}}
LENGTHS_ANYWHERE = {"fixmedins_code": "30", "psn_name": "50", "certno": "50"}
# Serial numbers printed as numbers of 20 to 30 digits are names, not quantities.
SERIALS = {"feedetl_sn", "version", "sort"}
# Printed without decimals though they are prices, shares or amounts of blood.
DECIMALS = {("1318", "hilist_pric_uplmt_amt"): "16,6", ("1319", "selfpay_prop"): "5,4",
            ("4101", "bld_amt"): "8,2", ("4101A", "bld_amt"): "8,2", ("4103", "bld_amt"): "8,2"}
# Kind "number" printed where the document means something else.
KINDS = {("3604", "fund_cap"): ("number", "16,2"), ("3604", "over_fund_cap"): ("number", "16,2"),
         ("2305", "hifdm_pay"): ("number", "16,2"),
         # Printed as dates beside the format yyyy-MM-dd HH:mm:ss.
         **{(infno, name): ("datetime", "") for infno in ("3101", "3102", "3660", "3661")
            for name in ("adm_date", "dscg_date", "dise_date", "drord_begn_date", "drord_stop_date", "oprn_date")},
         ("9001", "sign_time"): ("datetime", ""), ("9002", "sign_time"): ("datetime", "")}
# Replies that come in pages carry these beside their rows (seen in clients; the prints say "no node").
PAGED = {"1304", "1312", "1316", "1317", "1318", "1319"}
PAGING = [("firstPage", "是否首页", "any"), ("lastPage", "是否末页", "any"), ("size", "本页行数", "number"),
          ("startRow", "起始行", "number"), ("pageSize", "每页行数", "number"), ("pageNum", "页码", "number"),
          ("recordCounts", "总行数", "number"), ("pages", "总页数", "number")]
# Hubei V1.2.02: traceability codes beside a settlement.
TRACE = [("feedetl_sn", "费用明细流水号", "30", ""), ("drug_trac_codg", "药品追溯码", "100", ""),
         ("trdn_flag", "拆零标志", "3", "trdn_flag"), ("min_prcunt_type", "最小包装类型", "6", "")]
# Fields of the same edition that its excerpts name.
ADDED = {
    ("2203", "diseinfo"): [("maindiag_flag", "主诊断标志", "string", "3", "maindiag_flag")],
    ("2203A", "diseinfo"): [("maindiag_flag", "主诊断标志", "string", "3", "maindiag_flag")],
    ("2201A", "data"): [("med_type", "医疗类别", "string", "6", "med_type")],
    **{(infno, "data"): [("minpacunt_drug_trac_cnt", "最小包装追溯码数量", "number", "10,0", ""),
                         ("mcs_trac_cnt", "耗材追溯码数量", "number", "10,0", "")] for infno in ("2207", "2207A", "2304", "2304A")},
}
# Forms that the same edition adds: the table of another transaction, with what ADDED says.
DERIVED = {"2201A": ("2201", "门诊挂号A"), "2102A": ("2102", "药店结算A"),
           "3660": ("3101", "明细审核事前分析服务（海南）"), "3661": ("3102", "明细审核事中分析服务（海南）")}
# 5101 prints the envelope in place of its request table.
EMPTY_REQUEST = {"5101"}
# An object in print, a list on the wire.
LISTS = {("4102", "data.stastinfo"), ("100001", "result")}
# Lists that must not be left out although they are not a transaction's first node.
NEEDED_LISTS = {("2101", "drugdetail"), ("2102", "drugdetail")}


def node_path(node):
    """Dotted path of a node under input or output; "" is input or output itself, "[]" an output that is a list."""
    name = node["node"].replace("#", ".")
    if name == "(unspecified)" and node["fields"][0]["name"] == "setlId":
        return "result"  # 100001: a row a policy item, in a node the document does not name
    if name in ("(none)", "(unspecified)"):
        return ""
    if name.startswith("(output itself"):
        return "[]"
    return re.sub(r"[^A-Za-z0-9_.]", "_", name)


def paths_of(nodes):
    """Every node's full path: parents are named by their last part."""
    full = {}
    for node in nodes:
        path, parent = node_path(node), node.get("parent", "")
        if parent and not parent.startswith("(top"):
            head, _, tail = parent.partition(".")
            path = ".".join(filter(None, [full.get(head, head), tail or path]))
        full[node_path(node).split(".")[-1]] = path
        yield path, node


def length_of(infno, field, dictionaries):
    lengths = [str(field["len"] or "")] + [str(v["len"]) for v in field.get("variants", []) if v.get("len")]
    if (infno, field["name"]) in LENGTHS:
        return LENGTHS[infno, field["name"]]
    if (infno, field["name"]) in DECIMALS:
        return DECIMALS[infno, field["name"]]
    if field["name"] in LENGTHS_ANYWHERE:
        return LENGTHS_ANYWHERE[field["name"]]
    # Prices of split packs and counted quantities have these decimals wherever they stand (settlement arithmetic).
    if field["type"] == "number" and field["name"] in ("pric", "hilist_pric"):
        return "16,6"
    if field["type"] == "number" and field["name"] == "cnt":
        return "16,4"
    if field["type"] in ("number", "integer"):
        length = max(lengths, key=lambda one: [int(part) for part in re.findall(r"\d+", one)])
        return length if "," in length or not length else length + ",0"
    sizes = [int(one) for one in lengths if one.isdigit()]
    codes = dictionaries.get(field.get("dict") or "", {})
    # A table length is sometimes shorter than the codes of its own dictionary: the dictionary wins.
    return str(max(sizes + [len(code) for code in codes])) if sizes else ""


def field_rows(infno, side, path, node, nested, dictionaries):
    for field in node["fields"] + [dict(f, required=False) for f in node.get("fields_only_in_other_editions", [])]:
        kind = field["type"]
        where = f"{path}.{field['name']}" if path else field["name"]
        if where in nested and kind in ("list", "object", "unspecified"):
            continue  # the node's own rows say it
        name = field["name"]
        kind, length = KINDS.get((infno, name), (kind, None))
        if length is None:
            length = length_of(infno, field, dictionaries)
        if kind == "number" and name in SERIALS and int(length.split(",")[0] or 0) >= 20:
            kind, length = "string", length.split(",")[0]
        if kind == "date" and length == "20":
            kind = "datetime"
        if kind in ("date", "datetime"):
            length = ""
        if name.lower() in ("exp_content", "expcontent"):
            kind = "any"  # free extension: a JSON text or an object
        kind = {"integer": "number", "list": "any", "object": "any", "unspecified": "any", "boolean": "any"}.get(kind, kind)
        # One edition that lets a field be empty is enough: a server serves them all.
        required = field["required"] and not any(v.get("required") is False for v in field.get("variants", []))
        if (infno, side, name) in MAY_BE_EMPTY or name.lower() in ("exp_content", "expcontent"):
            required = False
        if (infno, side, name) in NEVER_EMPTY:
            required = True
        dictionary = field.get("dict") or ""
        yield [infno, side, path, node["kind"], name, clean(field["label_zh"]), kind, length,
               "required" if required else "", "" if dictionary.startswith("?") else dictionary]


def transaction_rows(transaction, dictionaries):
    infno = transaction["infno"]
    for side in ("request", "response"):
        nodes = [] if (infno, side) in {(one, "request") for one in EMPTY_REQUEST} else transaction[side]
        nodes = list(paths_of(nodes))
        nested = {path for path, _ in nodes}
        for index, (path, node) in enumerate(nodes):
            kind = {"object_or_list": "list"}.get(node["kind"], node["kind"])
            kind = "list" if (infno, path) in LISTS else kind
            node = dict(node, kind=kind)
            rows = list(field_rows(infno, side, path, node, nested, dictionaries))
            # A node must be there when something in it must be; a list behind the first is an addition.
            needed = any(row[8] for row in rows) and side == "request" and (
                kind == "object" or index == 0 or "." in path or (infno, path) in NEEDED_LISTS)
            if infno in (*AUDITS, "2102") and path.endswith(("extend_order_map", "fsi_operation_dtos", "durg_trac_info",
                                                             "fsi_order_dtos", "fsi_diagnose_dtos")):
                needed = False  # at a registration there are neither orders nor diagnoses
            if path.endswith(("drugtracinfo", "purc_invo_file_List")):
                needed = False
            if side == "request":
                for name, label, type_, length, dictionary in ADDED.get((infno, path), []):
                    rows.append([infno, side, path, kind, name, label, type_, length, "", dictionary])
            for row in rows:
                row.insert(4, "required" if needed else "")
                yield row
        if side == "response" and infno in PAGED:
            for name, label, kind in PAGING:
                yield [infno, side, "", "object", "", name, label, kind, "10,0" if kind == "number" else "", "", ""]
        if side == "request" and infno in ("2102", "2102A", "2207", "2207A", "2304", "2304A"):
            for name, label, length, dictionary in TRACE:
                yield [infno, side, "drug_trac_info", "list", "", name, label, "string", length, "", dictionary]


def dictionary_codes(facts):
    """{dictionary: {code: (label, edition)}}; other editions add codes, never change a label."""
    tables = {}
    for name, table in facts["dictionaries"].items():
        codes = {}
        for edition, values in [("primary", table["values"])] + [("other", v.get("values", {})) for v in table.get("variants", [])]:
            for code, label in values.items():
                if re.fullmatch(r"[A-Za-z0-9.\-]+", code):  # a few prints run code and text together
                    codes.setdefault(code, (clean(label), edition))
        tables[name] = codes
    return tables


def main():
    facts = Path(sys.argv[1])
    out = Path(sys.argv[2] if len(sys.argv) > 2 else Path(__file__).parents[2] / "crates/gateway/fields")
    transactions = json.loads((facts / "transactions.json").read_text(encoding="utf-8"))
    codes = dictionary_codes(json.loads((facts / "dictionaries.json").read_text(encoding="utf-8")))

    by_number = {transaction["infno"]: transaction for transaction in transactions}
    for infno, (base, name) in DERIVED.items():
        after = transactions.index(by_number[base]) + 1
        transactions.insert(after, dict(by_number[base], infno=infno, name_zh=name, service_path={}))

    families, used, paths, files = defaultdict(list), set(), [], []
    for transaction in transactions:
        infno = transaction["infno"]
        rows = list(transaction_rows(transaction, codes))
        families[infno[:2]].extend(rows)
        used |= {row[10] for row in rows if row[10]}
        services = {re.sub(r"^(/ebus/rio_fsi)?(/fsi/api)?", "", path) for path in transaction.get("service_path", {}).values()}
        paths.append([infno, clean(transaction["name_zh"]), " ".join(sorted(services))])
        for node in transaction["response"]:
            for column in node.get("file_columns", []):
                files.append([infno, column["no"], clean(column["label_zh"])])
    header = ["infno", "side", "node", "kind", "node_required", "name", "label", "type", "length", "required", "dictionary"]
    total = sum(write(out / f"{family}.csv", header, rows) for family, rows in sorted(families.items()))
    write(out / "transactions.csv", ["infno", "name", "services"], paths)
    write(out / "files.csv", ["infno", "column", "label"], files)
    rows = [[name, code, label, edition] for name in sorted(used) for code, (label, edition) in codes.get(name, {}).items()]
    write(out / "dictionaries.csv", ["dictionary", "code", "label", "edition"], rows)
    print(f"{len(paths)} transactions, {total} fields, {len(rows)} codes, {len(files)} file columns")


if __name__ == "__main__":
    main()
