"""The scoring chosen on the customers themselves: learned where that helps, honest where there is nothing to learn."""

import numpy as np
import pytest
from leadgen.duplicates import EntityCodes
from leadgen.features import ColumnPlan

from build_artifacts.indices.choose_scoring import Evidence, choose_scoring, common_length
from build_artifacts.indices.encode_table import plain_blocks
from build_artifacts.indices.fit_space import fit_space
from build_artifacts.indices.leave_one_out import same_entity
from build_artifacts.indices.staging import Batch

NOISE = tuple("bcdefghijklm")
PLAN = ColumnPlan(categories=("segment", "colour", "region"), numbers=("a", *NOISE))


def table(count, seed=0):
    rng = np.random.default_rng(seed)
    return [
        {
            "segment": str(rng.choice(["x", "y", "z"])),
            "colour": int(rng.integers(12)),
            "region": int(rng.integers(8)),
            "a": float(rng.random()),
        }
        | {column: float(rng.normal()) for column in NOISE}
        for _ in range(count)
    ]


def chance(rows):
    """Probability of high value: what segment and `a` say."""
    logit = np.array([3.5 * (row["segment"] == "x") + 4 * row["a"] for row in rows])
    return 1 / (1 + np.exp(-(logit - np.quantile(logit, 0.8))))


def choose(rows, labels, own=None, seed=0):
    passages = [""] * len(rows)
    space = fit_space(rows, passages, None, PLAN, 8, seed)
    blocks, length = common_length(space, plain_blocks(space, Batch(0, rows, passages), None, 1.0))
    judged = np.arange(len(rows))
    return choose_scoring(space, Evidence(blocks, length, labels, judged, own or [np.array([i]) for i in judged]), seed)


@pytest.fixture(scope="module")
def learnable():
    rows = table(500)
    return rows, np.random.default_rng(1).random(500) < chance(rows)


def test_a_learned_metric_wins_where_a_few_columns_matter(learnable):
    rows, labels = learnable
    choice = choose(rows, labels)
    assert choice.trial.metric.learned is not None
    plain = max(max(aucs.values()) for name, aucs in choice.tried.items() if name.startswith("text"))
    assert choice.trial.auc > plain + 0.02
    assert choice.trial.auc > 0.75


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_labels_that_are_noise_teach_nothing(seed):
    rows = table(400, seed)
    labels = np.random.default_rng(seed + 10).random(400) < 0.3
    choice = choose(rows, labels, seed=seed)
    assert choice.trial.metric.learned is None
    assert choice.trial.auc == pytest.approx(0.5, abs=0.1)
    learned = [aucs["blend"] for name, aucs in choice.tried.items() if name.startswith("learned")]
    assert np.mean(learned) == pytest.approx(0.5, abs=0.1)


def test_permuted_labels_cannot_be_predicted_out_of_fold(learnable):
    rows, labels = learnable
    permuted = np.random.default_rng(5).permutation(labels)
    choice = choose(rows, permuted)
    for aucs in choice.tried.values():
        assert all(value < 0.62 for value in aucs.values())


def test_fifty_high_value_customers_are_enough():
    rows = table(800, 3)
    p = chance(rows)
    labels = np.zeros(800, bool)
    labels[np.random.default_rng(4).choice(800, 50, replace=False, p=p / p.sum())] = True
    choice = choose(rows, labels)
    assert choice.trial.auc > 0.6
    assert choice.trial.hood.base_rate == pytest.approx(50 / 800)
    assert np.isfinite(choice.trial.scores[choice.trial.scorer]).all()


@pytest.mark.parametrize("positives", [1, 4, 396, 399])
def test_too_few_of_a_kind_to_split_are_scored_without_learning(positives):
    rows = table(400, 6)
    choice = choose(rows, np.arange(400) < positives)
    assert choice.trial.metric.learned is None
    assert not any(name.startswith("learned") for name in choice.tried)


def test_duplicated_customers_do_not_give_the_answer_away():
    unique = table(150, 7)
    labels = np.random.default_rng(8).random(150) < 0.4
    rows, twice = unique + unique, np.tile(labels, 2)
    numbers = np.tile(np.arange(150), 2)
    own = same_entity(EntityCodes(numbers, np.full(300, -1)), np.arange(300))
    careless, careful = choose(rows, twice), choose(rows, twice, own)
    assert careless.trial.auc > 0.8
    assert careful.trial.auc < 0.66


def test_customers_of_one_company_have_no_neighbours_and_still_a_choice():
    rows = table(60, 9)
    choice = choose(rows, np.arange(60) % 3 == 0, [np.arange(60)] * 60)
    assert choice.trial.auc == pytest.approx(0.5, abs=0.2)


def test_the_same_seed_chooses_the_same(learnable):
    one, two = choose(*learnable), choose(*learnable)
    assert one.tried == two.tried
    assert one.trial.metric == two.trial.metric
