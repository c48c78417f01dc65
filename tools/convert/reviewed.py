#!/usr/bin/env python3
"""Writes knowledge/reviewed/*.csv and knowledge/assumed/*.csv: the item lists of the catalogued rules.

The lists are reviewed by hand. Here they are written by the nine-digit numbers of the price book; the tables hold the
codes that claims carry. A number stands for the national item `00` + number + `0000` and for a local code that stands
for no single national one; `number*` for every sub-item too, save surcharges (加收) and extensions (延时); a number with
a letter for that sub-item alone. `drug:NAME` is every code of a generic. Everything else is taken as it is
(`prefix:XB05ZA`, `named:头孢曲松`, made-up codes).

Run from the root of the repository: `python3 tools/convert/reviewed.py`.
"""

import csv
import pathlib
from collections import defaultdict

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLUMNS = ["code", "name", "predicate", "partner_code", "valid_from", "valid_until", "basis"]
REGULATION = "2021-05-01"


def rows(name):
    with open(ROOT / "catalog" / name, encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Book:
    """The price book and the drug list, by what is written in the lists."""

    def __init__(self):
        self.nationals = defaultdict(list)
        self.of_local = defaultdict(list)
        for row in rows("service_crosswalk.csv"):
            self.nationals[row["national_code"][2:11]].append(row)
            if row["local_code"]:
                self.of_local[row["local_code"]].append(row["national_code"])
        self.locals = defaultdict(list)
        self.names = {}
        for row in rows("service_items_shaanxi_2021.csv"):
            self.locals[row["code"][:9]].append(row["code"])
            self.names[row["code"]] = row["name"]
        self.drugs = defaultdict(list)
        for row in rows("drug_codes.csv"):
            self.drugs[row["generic_name"]].append(row["code"])

    def local(self, code):
        """A local code answers through its national one where there is exactly one."""
        national = self.of_local[code]
        return national if len(national) == 1 else [*national, code]

    def codes(self, text):
        if text.startswith("drug:"):
            found = self.drugs[text[5:]]
        elif text[:9].isdigit() and text.endswith("*"):
            number = text[:9]
            plain = [row for row in self.nationals[number] if row["national_code"][11:13] != "00" or
                     row["national_code"].endswith("0000")]
            whole = lambda name: "加收" not in name and "延时" not in name
            found = [row["national_code"] for row in plain if whole(row["name"])]
            for code in self.locals[number]:
                if whole(self.names[code]) and len(self.of_local[code]) != 1:
                    found.append(code)
        elif text[:9].isdigit() and len(text) in (9, 10):
            if text not in self.names:
                raise SystemExit(f"{text} is not in the price book")
            found = self.local(text)
        else:
            found = [text]
        if not found:
            raise SystemExit(f"nothing behind {text}")
        return found

    def joined(self, texts):
        seen = dict.fromkeys(code for text in texts.split() for code in self.codes(text))
        return ";".join(seen)


def main():
    from reviewed_lists import ASSUMED, REVIEWED

    book = Book()
    for folder, tables in (("reviewed", REVIEWED), ("assumed", ASSUMED)):
        (ROOT / "knowledge" / folder).mkdir(exist_ok=True)
        for rule, points in sorted(tables.items()):
            path = ROOT / "knowledge" / folder / f"{rule}.csv"
            with open(path, "w", encoding="utf-8", newline="") as file:
                out = csv.writer(file, lineterminator="\n")
                out.writerow(COLUMNS)
                for point in points:
                    name, subjects, predicate, partners, basis = point[:5]
                    begins = point[5] if len(point) > 5 else REGULATION
                    out.writerow([book.joined(subjects), name, predicate, book.joined(partners), begins, "", basis])


if __name__ == "__main__":
    main()
