"""Precision and recall of the person keys on Febrl's records, and the speed of the duplicate tables.

`python benchmarks/duplicates.py [folder of dataset1.csv..dataset3.csv]`; the folder is ../shared/data/febrl
unless given. Febrl has no e-mail and no company, so the place a person lives at stands for the company: the
keys are scoped by postcode, suburb and street, as customers' are by domain and company name. A pair of
records is found by a rule when they share one of its keys; the truth is the number in `rec_id`.
"""

import csv
import sys
import tempfile
import time
from collections import defaultdict
from itertools import combinations
from pathlib import Path

from leadgen.duplicates import DuplicateMatcher, DuplicateWriter
from leadgen.duplicates.folding import words
from leadgen.duplicates.person import person_keys

Pairs = set[tuple[int, int]]
PERSON = ("name_company", "name_company_sound", "name_company_initial")
PLACES = ("postcode", "suburb", "address_1")
KEY = "a secret for the benchmark"
CUSTOMERS = 100_000
LOOKUPS = 2_000


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [{name.strip(): value.strip() for name, value in row.items()} for row in csv.DictReader(file)]


def pairs_within(groups: dict[str, list[int]]) -> Pairs:
    return {pair for group in groups.values() for pair in combinations(sorted(set(group)), 2)}


def pairs_by_rule(records: list[dict[str, str]]) -> dict[str, Pairs]:
    groups: dict[str, dict[str, list[int]]] = {rule: defaultdict(list) for rule in PERSON}
    for row, record in enumerate(records):
        scopes = [f"{place}:{''.join(words(record[place]))}" for place in PLACES if record[place]]
        for rule, key in person_keys(f"{record['given_name']} {record['surname']}", scopes):
            groups[rule][key].append(row)
    return {rule: pairs_within(found) for rule, found in groups.items()}


def true_pairs(records: list[dict[str, str]]) -> Pairs:
    people: dict[str, list[int]] = defaultdict(list)
    for row, record in enumerate(records):
        people[record["rec_id"].split("-")[1]].append(row)
    return pairs_within(people)


def print_febrl(folder: Path) -> None:
    print(f"{'data':<14}{'rule':<24}{'pairs':>8}{'precision':>11}{'recall':>8}")
    for path in sorted(folder.glob("dataset*.csv")):
        records = read(path)
        truth = true_pairs(records)
        by_rule = pairs_by_rule(records)
        for rule, found in {**by_rule, "any of them": set().union(*by_rule.values())}.items():
            right = len(found & truth)
            precision, recall = right / max(len(found), 1), right / len(truth)
            print(f"{path.stem:<14}{rule:<24}{len(found):>8}{precision:>11.3f}{recall:>8.3f}")


def print_speed() -> None:
    emails = [f"user{row}@firm{row // 3}.example" for row in range(CUSTOMERS)]
    names = [f"Given{row % 977} Family{row % 4093}" for row in range(CUSTOMERS)]
    companies = [f"Firm {row // 3} GmbH" for row in range(CUSTOMERS)]
    countries = ["Germany"] * CUSTOMERS
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        writer = DuplicateWriter(Path(folder), KEY)
        writer.append(range(CUSTOMERS), emails=emails, names=names, companies=companies, countries=countries)
        writer.finish()
        rate = CUSTOMERS / (time.perf_counter() - started)
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / CUSTOMERS
        matcher = DuplicateMatcher.open(Path(folder), KEY)
        started = time.perf_counter()
        for row in range(LOOKUPS):
            matcher.match(emails[row], names[row], companies[row], countries[row])
        lookup = (time.perf_counter() - started) / LOOKUPS
    print(f"\n{CUSTOMERS:,} customers: {rate:,.0f} rows/s written, {size:.0f} bytes a row")
    print(f"{lookup * 1e6:.0f} µs a lookup")


if __name__ == "__main__":
    febrl = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "shared/data/febrl"
    if febrl.is_dir():
        print_febrl(febrl)
    else:
        print(f"{febrl} is absent: precision and recall are skipped")
    print_speed()
