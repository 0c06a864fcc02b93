"""The many ways to write a quarter, as one: 2021Q3."""

import re

_YEAR_FIRST = re.compile(r"(?:fy)?(\d{4})[\s_./-]*q([1-4])")
_QUARTER_FIRST = re.compile(r"(?:q([1-4])|([1-4])q)[\s_./'-]*(?:fy)?(\d{4})")
_DATE = re.compile(r"(\d{4})-(\d{1,2})(?:-\d.*)?")
_QUARTER = re.compile(r"q?([1-4])(?:\.0)?q?")
_YEAR = re.compile(r"(\d{4})(?:\.0)?")


def quarter_name(value: str, year: str | None = None) -> str | None:
    """A quarter as "2021Q3", or None where it cannot be told.

    Understood are 2021Q3, 2021-Q3, Q3 2021, 3Q2021, a date in ISO 8601 (as the calendar quarter it lies in), and 3 or
    Q3 together with a year.
    """
    text = value.strip().lower()
    if match := _YEAR_FIRST.fullmatch(text):
        return f"{match[1]}Q{match[2]}"
    if match := _QUARTER_FIRST.fullmatch(text):
        return f"{match[3]}Q{match[1] or match[2]}"
    if (match := _DATE.fullmatch(text)) and 1 <= int(match[2]) <= 12:
        return f"{match[1]}Q{(int(match[2]) + 2) // 3}"
    if year is not None and (match := _QUARTER.fullmatch(text)) and (of := _YEAR.fullmatch(year.strip())):
        return f"{of[1]}Q{match[1]}"
    return None
