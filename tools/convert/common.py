"""Shared helpers of the converters (Python 3, standard library only)."""

import csv
import re
import unicodedata
from pathlib import Path

# Kangxi radicals and the two "CJK radicals supplement" letters that NFKC folds.
_RADICALS = {
    c: unicodedata.normalize("NFKC", chr(c))
    for c in list(range(0x2F00, 0x2FE0)) + [0x2E9F, 0x2EF3]
    if unicodedata.normalize("NFKC", chr(c)) != chr(c)
}
_DROP = dict.fromkeys([0xFEFF, 0x200B, 0x200C, 0x200D, 0x2060, 0x00AD])


def clean(text):
    """Official text: radicals folded, line breaks to a space, ends trimmed; nothing else changed."""
    text = (text or "").translate(_RADICALS).translate(_DROP)
    text = re.sub(r"[\r\n\t\v\f]+", " ", text)
    text = re.sub(r"[\x00-\x1f\x7f\ue000-\uf8ff]", "", text)  # stray control and private-use characters
    return text.replace("\u00a0", " ").strip().strip("\u3000").strip()


def norm(name):
    """Comparison form of a name: NFKC, no blanks, one kind of quotes, lower case."""
    name = unicodedata.normalize("NFKC", clean(name))
    name = re.sub(r"\s+", "", name)
    for quote in "“”„‟″「」":
        name = name.replace(quote, '"')
    return name.lower()


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def write(path, header, rows):
    """Write rows (sequences in header order); returns the number of rows."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with open(path, "w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
        out.writerow(header)
        for row in rows:
            row = ["" if v is None else str(v) for v in row]
            if len(row) != len(header):
                raise ValueError(f"{path.name}: {len(row)} fields, expected {len(header)}: {row}")
            out.writerow(row)
            count += 1
    return count


def chapter(code):
    """First two digits of an ICD-9-CM-3 code."""
    return code[:2]
