"""How numbers and names are compared that people write in many ways."""

import re
import unicodedata

# What people, scanners and other alphabets put for a sign that looks the same.
_LOOK_ALIKE = str.maketrans("OILАВЕКМНОРСТХУΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "011ABEKMH0PCTXYABEZH1KMN0PTYX")


def normalise_number(text: str) -> str:
    """An invoice number without what people add, drop or mistake: case, spaces, signs, zeros in front, O for 0.

    For comparing only. A number without any letter or digit stays itself.

    >>> normalise_number("F-2026/0012 ") == normalise_number("f2026 OO12")
    True
    >>> normalise_number("000 47l1")
    '4711'
    """
    settled = unicodedata.normalize("NFKC", text).upper()
    kept = "".join(c for c in settled if c.isalnum()).translate(_LOOK_ALIKE)
    return kept.lstrip("0") or kept or settled.strip()


def natural(code: str) -> tuple[tuple[int, int, str], ...]:
    """The order in which people look for codes: numbers by their size, so 2 before 10, and digits before letters.

    >>> sorted(["10", "0", "2A", "1", "2", "A3"], key=natural)
    ['0', '1', '2', '2A', '10', 'A3']
    """
    parts = re.findall(r"[0-9]+|[^0-9]+", code)
    return tuple((0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts)


LEGAL_FORMS = re.compile(
    r"\b(?:b\.?\s?v\.?(?:\s?b\.?\s?a\.?)?|n\.?\s?v\.?|v\.?\s?o\.?\s?f\.?|c\.?\s?v\.?|u\.?\s?a\.?|gmbh|ltd|limited|"
    r"inc|bvba|sprl|s\.?a\.?r\.?l\.?|eenmanszaak)(?=\W|$)",
    re.I,
)


def plain_name(name: str) -> str:
    """A company's name without what people write in many ways: legal form, case, accents and punctuation.

    «Drukkerij Van Dam B.V.» and «DRUKKERIJ VAN DAM BV» are one name.
    """
    folded = unicodedata.normalize("NFKD", name.replace("&", " en "))
    bare = LEGAL_FORMS.sub(" ", "".join(c for c in folded if not unicodedata.combining(c)))
    return " ".join("".join(c if c.isalnum() else " " for c in bare.lower()).split())
