"""Texts that are tokenised in parts have the tokens that they have at once."""

import random
from pathlib import Path

import pytest
from leadgen.text.spec import TextModelSpec
from leadgen.text.tokenization import TextTokenizer
from tokenizers import Tokenizer

MULTILINGUAL = Path(__file__).parents[2] / "fixtures" / "text" / "multilingual" / "xlm-roberta"
PIECES = [
    " ",
    "  ",
    "\n",
    " \t ",
    "é",
    "e\u0301 ",
    "東 京",
    "wind",
    "Turbine,",
    "<mask>",
    " [SEP] ",
    "😀",
    "blades ",
    "\u3000",
]


@pytest.fixture(params=["BERT", "SentencePiece"])
def folder(request):
    return request.getfixturevalue("minilm_folder") if request.param == "BERT" else MULTILINGUAL


@pytest.mark.parametrize("characters", [65_536, 65_537, 300_000])
def test_a_text_in_parts_has_the_tokens_of_the_whole(folder, characters):
    draw = random.Random(characters)
    text = "".join(draw.choices(PIECES, k=characters))[:characters]
    spec = TextModelSpec.model_construct(id="x", max_tokens=64, query_prefix="query: ", passage_prefix="")
    library = Tokenizer.from_file(str(folder / "tokenizer.json"))
    library.no_truncation()
    library.no_padding()
    ids = TextTokenizer(folder / "tokenizer.json", spec).tokenise([text, "wind"], "query", None).ids
    assert [row.tolist() for row in ids] == [library.encode("query: " + each).ids for each in (text, "wind")]


def test_a_long_text_without_a_space_is_read_to_its_end(minilm):
    tokenised = minilm.tokenise(["." * 1_000_000 + "x"], truncate="start")
    assert tokenised.cut.tolist() == [1_000_001 + 2 - 256]
    assert tokenised.ids[0][-2] == minilm.tokenise(["x"]).ids[0][1]
