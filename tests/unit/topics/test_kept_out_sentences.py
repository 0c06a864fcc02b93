"""What is kept out of clustering, and what must not be."""

import numpy as np
import pyarrow as pa
import pytest

from build_artifacts.topics.reading.keeping_out import REASONS, common_digests, judge
from build_artifacts.topics.reading.phrases import is_framing

EMPTY = ["...", "2021.", "Yes.", "Okay, great.", "Got it.", "That makes sense.", "[Indiscernible]"]
COURTESIES = [
    "Thank you.",
    "Thanks, Ann.",
    "Good morning, everyone.",
    "Hey guys, good afternoon.",
    "Bo, thank you very much for the question.",
    "That's very helpful, I appreciate it.",
]
FRAME = [
    "Our next question comes from the line of Bo Hu with Acme Securities.",
    "Please go ahead, your line is open.",
    "I will now turn the call over to Ann Lee.",
    "With that, I'd like to hand it back to Bo for closing remarks.",
    "We will now open the call for questions.",
    "This concludes my prepared remarks.",
    "Today's remarks contain forward-looking statements within the meaning of the law.",
    "Actual results may differ materially from what we expect today.",
    "We undertake no obligation to update these statements.",
    "Please see the risk factors in our Form 10-K.",
    "A reconciliation of these non-GAAP measures is in our press release.",
    "A replay of this call will be available on our website until May.",
    "The slides are posted on the Investor Relations section of our website.",
    "Joining me on the call today are Ann Lee, our CEO, and Bo Hu, our CFO.",
    "Good morning, and welcome to our third quarter earnings call.",
    "Thank you for joining us today.",
    "Turning to slide 7.",
    "Now let's turn to the balance sheet.",
    "Have a great day, everyone.",
]
CONTENT = [
    "Sales of power tools grew 12% in Europe.",
    "Our balance sheet remains strong.",
    "Robust order growth.",
    "Non-GAAP gross margin was 56.3%, up 120 basis points.",
    "Traffic to our website rose, and more visitors bought.",
    "We pass higher freight costs on to our customers.",
    "Inventories turn over faster than they did a year ago.",
    "Turning to taxes, our rate was 21% in the quarter.",
    "Given the risks and uncertainties in the Middle East, we cut production there.",
    "The harbor of Rotterdam is safe again, and ships are moving.",
    "Customers question whether the new tariff will last.",
    "Before I turn the call over to Bo, I want to say how inflation in wages and freight hurt our margin.",
    "We launched a replay button for the streaming app.",
    "The next slide of prices hit our polymer business hardest, and we closed two plants.",
    "Margen, Rendite and Umsatz are the three funds that we launched in Germany.",
    "We are looking forward to opening the plant in Ohio next spring.",
    "Thanks to lower rates, refinancing doubled in the second half.",
    "China is good for demand in copper.",
]
FOREIGN = [
    "Wir haben im vergangenen Quartal mehr Kunden gewonnen als in jedem anderen Quartal zuvor.",
    "La demande pour nos produits reste forte en Europe, mais les coûts de transport ont augmenté.",
    "Los costos de transporte subieron, pero logramos aumentar los precios sin perder clientes.",
    "De omzet in het derde kwartaal is gestegen door de sterke vraag van onze klanten.",
    "Выручка за квартал выросла благодаря спросу со стороны клиентов.",
    "当社は今期も増収増益を達成しました。",
]


def reasons(texts: list[str]) -> list[str | None]:
    """As a firm's sentences are judged, before other firms are looked at."""
    judged, _ = judge(texts, [None] * len(texts))
    framed = is_framing(pa.array(texts, pa.large_string()))
    return [
        "boilerplate" if frame and REASONS[reason] != "empty" else REASONS[reason]
        for reason, frame in zip(judged, framed, strict=True)
    ]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [(EMPTY, "empty"), (COURTESIES, "boilerplate"), (FRAME, "boilerplate"), (FOREIGN, "foreign"), (CONTENT, None)],
    ids=["empty", "courtesies", "frame", "foreign", "content"],
)
def test_each_sentence_has_its_reason(texts: list[str], expected: str | None) -> None:
    assert dict(zip(texts, reasons(texts), strict=True)) == dict.fromkeys(texts, expected)


def test_what_is_said_again_is_kept_out_and_the_first_stays() -> None:
    texts = ["Demand was strong in Asia.", "Costs fell 3%.", "Demand  was strong, in ASIA!", "Costs fell 4%."]

    assert reasons(texts) == [None, None, "repeated", None]


def test_the_operators_words_are_boilerplate_and_do_not_make_a_repetition_of_anothers() -> None:
    judged, _ = judge(["Demand was strong in Asia.", "Demand was strong in Asia."], ["operator", "executive"])

    assert [REASONS[reason] for reason in judged] == ["boilerplate", None]


def test_sentences_of_many_firms_are_common_however_they_are_ordered() -> None:
    digests = np.array([7, 7, 7, 7, 7, 9, 9, 9, 9, 9, 0, 0, 0, 0, 0, 0], dtype=np.uint64)
    firms = np.array([0, 1, 2, 3, 4, 0, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5], dtype=np.int32)
    shuffled = np.random.default_rng(0).permutation(len(digests))

    assert common_digests(digests, firms, 6).tolist() == [7]
    assert common_digests(digests[shuffled], firms[shuffled], 6).tolist() == [7]
    assert common_digests(digests, firms, 1000).tolist() == []


def test_a_sentence_with_a_figure_is_never_common() -> None:
    assert judge(["Our margin was 21% again."], [None])[1].tolist() == [0]
    assert judge(["Our margin was fine again."], [None])[1].tolist() != [0]
