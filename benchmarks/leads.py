"""Scores of real leads against a gradient boosting on the same columns, on a fifth that nothing was tuned on.

`python -m benchmarks.leads [--data ../shared/data] [--splits 3]`. The columns that were filled in after the outcome are
left out; `Prospect ID` is the id, `Converted` the label.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from benchmarks.companies import run_leadgen

LEAKING = ("Tags", "Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity")
NUMBERS = ("TotalVisits", "Total Time Spent on Website", "Page Views Per Visit")
NO_FEATURES = ("Prospect ID", "Lead Number", "Converted")


def main() -> None:
    """Print a row a split."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--splits", type=int, default=3)
    options = parser.parse_args()
    path = options.data / "leads.parquet"
    if not path.exists():
        sys.exit(f"{path} is absent: give --data a folder with leads.parquet")
    leads = pd.read_parquet(path)
    names = ("boosting", "S_look", "contrast", "probability", "Brier", "base", "lift@10%", "P(p<=.05)")
    print("split" + "".join(f"{name:>12}" for name in names))
    figures = []
    for split in range(options.splits):
        figures.append(_split(leads, split))
        print(f"{split:<5}" + "".join(f"{figures[-1][name]:>12.4f}" for name in names), flush=True)
    means = pd.DataFrame(figures).mean()
    print("mean " + "".join(f"{means[name]:>12.4f}" for name in names))


def _split(leads: pd.DataFrame, seed: int) -> dict[str, float]:
    fitted, held = train_test_split(leads, test_size=0.2, random_state=seed, stratify=leads.Converted)
    leaking = {*LEAKING, *(c for c in leads if c.startswith("Asymmetrique"))}
    categories = [c for c in leads if c not in leaking and c not in NUMBERS and c not in NO_FEATURES]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        fitted.to_parquet(folder / "fitted.parquet")
        held.to_parquet(folder / "held.parquet")
        columns = ("--id-col", "Prospect ID", "--high-value", "Converted")
        run_leadgen(
            "indices", "--artifacts", folder / "artifacts", "--input-path", folder / "fitted.parquet", *columns,
            "--text-cols", "", "--cat-cols", ",".join(categories), "--num-cols", ",".join(NUMBERS),
        )  # fmt: skip
        report = folder / "report.json"
        run_leadgen(
            "evaluate", "--bundle", folder / "artifacts", "--input-path", folder / "held.parquet", *columns,
            "--json", report,
        )  # fmt: skip
        found = json.loads(report.read_text())["leads"]
    return {
        "boosting": _boosting(fitted, held, [*categories, *NUMBERS]),
        **{name: found["auc"][name] for name in ("S_look", "contrast", "probability")},
        "Brier": found["brier"],
        "base": found["brier_of_base_rate"],
        "lift@10%": found["lift_at_10_percent"],
        "P(p<=.05)": found["novelty_p_below_5_percent"],
    }


def _boosting(fitted: pd.DataFrame, held: pd.DataFrame, columns: list[str]) -> float:
    both = pd.concat([fitted, held])[columns].replace("Select", None)
    for column in columns:
        if column not in NUMBERS:
            both[column] = both[column].astype("category")
    model = HistGradientBoostingClassifier(learning_rate=0.05, max_iter=200, random_state=0)
    model.fit(both.iloc[: len(fitted)], fitted.Converted)
    return float(roc_auc_score(held.Converted, model.predict_proba(both.iloc[len(fitted) :])[:, 1]))


if __name__ == "__main__":
    main()
