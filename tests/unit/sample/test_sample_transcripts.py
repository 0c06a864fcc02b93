"""The sample's calls: themes of several firms that change between quarters, and the dirt of real transcripts."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from build_artifacts.sample import SamplePaths, write_sample
from build_artifacts.sample.transcripts import QUARTERS
from build_artifacts.topics.reading import QuarterSentences, TranscriptOptions, read_quarter


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> SamplePaths:
    return write_sample(tmp_path_factory.mktemp("calls"), customers=100, companies=80)


@pytest.fixture(scope="module")
def calls(paths: SamplePaths) -> pd.DataFrame:
    return pd.read_parquet(paths.transcripts)


@pytest.fixture(scope="module")
def quarters(paths: SamplePaths) -> list[QuarterSentences]:
    return [read_quarter(TranscriptOptions(str(paths.transcripts)), quarter) for quarter in QUARTERS]


def test_sixty_firms_of_the_companies_table_speak_in_both_quarters(paths: SamplePaths, calls: pd.DataFrame) -> None:
    companies = pd.read_parquet(paths.companies)["company_id"].tolist()
    assert calls.groupby("quarter")["companyid"].nunique().to_dict() == dict.fromkeys(QUARTERS, 60)
    assert set(calls["companyid"].dropna()) <= {f"comp-{number:06d}" for number in range(len(companies))}


def test_fewer_companies_give_fewer_calls(tmp_path: Path) -> None:
    found = pd.read_parquet(write_sample(tmp_path, customers=20, companies=3).transcripts)
    assert found["companyid"].nunique() == 3


def test_a_firms_sentences_are_mostly_content_and_every_reason_to_keep_out_is_there(
    quarters: list[QuarterSentences],
) -> None:
    for quarter in quarters:
        reasons = Counter(reason for firm in quarter for reason in firm.kept_out)
        assert set(reasons) == {None, "empty", "boilerplate", "repeated", "foreign"}
        assert 0.5 < reasons[None] / quarter.n_sentences < 0.7
        assert min(len(firm.clustered) for firm in quarter) >= 15
        assert min(quarter.counts[key] for key in ("without_company", "without_text", "duplicate_rows")) >= 1
        assert quarter.counts["without_quarter"] >= 1


def test_speakers_are_operators_executives_and_analysts(quarters: list[QuarterSentences]) -> None:
    speakers = Counter(kind for firm in quarters[0] for kind in firm.speaker_types)
    assert set(speakers) == {"operator", "executive", "analyst"}
    assert speakers["executive"] > speakers["analyst"] > 0


def test_topics_recur_across_firms_and_change_between_quarters(quarters: list[QuarterSentences]) -> None:
    def firms_that(say: Callable[[str], bool], quarter: QuarterSentences) -> int:
        return sum(any(say(firm.texts[row]) for row in firm.clustered) for firm in quarter)

    freight = [firms_that(lambda text: "freight" in text.lower(), quarter) for quarter in quarters]
    models = [firms_that(lambda text: "language models" in text, quarter) for quarter in quarters]
    assert freight[0] > 8
    assert freight[0] > 1.5 * freight[1]
    assert models[1] > 5
    assert models[1] > 1.5 * models[0]
