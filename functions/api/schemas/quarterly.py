"""What runs, themes, topics, sentences and firms look like."""

from datetime import datetime

from pydantic import BaseModel, Field

from functions.api.schemas.scored import Answer

Keywords = list[tuple[str, float]]
_NEXT = "To ask for the next page with; null on the last one."
_SOURCE = "`llm`, `extractive`, or `pending`: extractive until the language model has answered."


class Run(Answer):
    """The run that an answer comes from."""

    run_id: int
    quarter: str
    text_model: str = Field(description="Embedded all texts of the run, and embeds searches in it.")
    text_model_sha256: str
    dimension: int = Field(description="Width of the run's vectors.")


class RunEntry(Run):
    """A run and how much it holds."""

    status: str = Field(description="`running` or `complete`; answers come from complete runs only.")
    started_at: datetime
    finished_at: datetime | None
    language_model: str | None = Field(description="Null where every summary is extractive.")
    code_version: str
    n_firms: int
    n_failed_firms: int
    n_sentences: int
    n_clustered: int = Field(description="Sentences that take part in topics; the others were kept out.")
    n_topics: int
    n_themes: int = Field(description="Of level 0.")


class Runs(Answer):
    """The newest quarter first, and in it the newest run."""

    runs: list[RunEntry]
    next_cursor: str | None = Field(description=_NEXT)


class Theme(Answer):
    """A theme as one run sees it; its id is the same in every run that has it."""

    theme_id: int
    level: int = Field(description="0 for themes of topics, 1 and more for those above.")
    parent_id: int | None = Field(description="The broader theme above.")
    name: str
    description: str
    description_source: str = Field(description=_SOURCE)
    keywords: Keywords
    n_topics: int
    n_firms: int
    n_sentences: int
    matched_run_id: int | None = Field(description="The earlier run that the id was taken over from.")
    matched_similarity: float | None


class Themes(Answer):
    """Themes of one level, the largest first."""

    run: Run
    themes: list[Theme]
    next_cursor: str | None = Field(description=_NEXT)


class ThemeQuarter(Answer):
    """A theme in the newest run of a quarter."""

    run_id: int
    quarter: str
    name: str
    n_topics: int
    n_firms: int
    n_sentences: int


class ThemeInTree(Answer):
    """A theme with the themes around it and its history, the oldest quarter first."""

    run: Run
    theme: Theme
    parent: Theme | None
    children: list[Theme]
    history: list[ThemeQuarter] = Field(description="The newest run of each quarter that has the theme.")


class Presence(Answer):
    """How much of a run a theme is; all 0 in a run that lacks it."""

    n_topics: int
    n_firms: int
    n_sentences: int
    share_of_firms: float = Field(description="Of the run's firms, 0 to 1.")
    share_of_sentences: float = Field(description="Of the run's clustered sentences, 0 to 1.")


class ThemeChange(Answer):
    """A theme in two runs."""

    theme_id: int
    name: str
    before: Presence
    after: Presence


class ThemeChanges(Answer):
    """Some of the themes that changed in the same way, the greatest change first."""

    count: int = Field(description="Of all that changed so.")
    themes: list[ThemeChange]


class Comparison(Answer):
    """Two quarters; a theme has grown if a greater share of the firms speaks of it."""

    run_before: Run
    run_after: Run
    new: ThemeChanges
    gone: ThemeChanges
    grown: ThemeChanges
    shrunk: ThemeChanges
    unchanged: ThemeChanges


class Topic(Answer):
    """A topic of one firm in one quarter."""

    topic_id: int
    company_id: str
    ticker: str | None
    firm: str | None
    local_id: int = Field(description="0 for the firm's largest topic, and so on.")
    title: str
    summary: str
    summary_source: str = Field(description=_SOURCE)
    keywords: Keywords
    n_sentences: int
    theme_id: int | None
    theme: str | None
    theme_similarity: float | None = Field(description="Cosine with the theme, -1 to 1.")


class Topics(Answer):
    """Topics of a theme or of a firm, the largest first."""

    run: Run
    topics: list[Topic]
    next_cursor: str | None = Field(description=_NEXT)


class OneTopic(Answer):
    """A topic and its run."""

    run: Run
    topic: Topic


class Sentence(Answer):
    """A sentence of a topic."""

    position: int = Field(description="Place among the firm's sentences of the quarter, from 0.")
    document: str | None = Field(description="The call that it was said in.")
    speaker_type: str | None
    text: str
    similarity: float | None = Field(description="Cosine with the topic's centre, -1 to 1; low for an outlier.")


class Sentences(Answer):
    """Sentences of a topic."""

    run: Run
    topic_id: int
    sentences: list[Sentence]
    next_cursor: str | None = Field(description=_NEXT)


class Firm(Answer):
    """A firm in one run."""

    company_id: str
    ticker: str | None
    name: str | None
    status: str = Field(description="`done`, or `failed`: then it has no topics in this run.")
    n_sentences: int
    n_clustered: int
    n_topics: int
    processed_at: datetime


class FirmQuarter(Answer):
    """A firm in the newest run of a quarter."""

    run_id: int
    quarter: str
    status: str
    n_sentences: int
    n_topics: int


class FirmInQuarters(Answer):
    """A firm and the quarters that have it, the oldest first."""

    run: Run
    firm: Firm
    history: list[FirmQuarter]


class _Found(Answer):
    similarity: float = Field(description="Cosine with the text, -1 to 1.")
    run_id: int
    quarter: str


class FoundTheme(_Found, Theme):
    """A theme that was found."""


class FoundTopic(_Found, Topic):
    """A topic that was found."""


class FoundSentence(_Found):
    """A sentence that was found, and the topic it is in."""

    company_id: str
    ticker: str | None
    firm: str | None
    position: int = Field(description="Place among the firm's sentences of the quarter, from 0.")
    document: str | None
    speaker_type: str | None
    text: str
    topic_id: int | None
    topic: str | None
    theme_id: int | None


class _FoundPage(Answer):
    runs: list[Run] = Field(description="The runs that were searched.")
    next_cursor: str | None = Field(description=_NEXT)
    text_truncated: bool = Field(description="Whether the text was longer than the text model reads.")


class FoundThemes(_FoundPage):
    """One page, most similar first."""

    themes: list[FoundTheme]


class FoundTopics(_FoundPage):
    """One page, most similar first."""

    topics: list[FoundTopic]


class FoundSentences(_FoundPage):
    """One page, most similar first."""

    sentences: list[FoundSentence]


ANSWERS: tuple[type[BaseModel], ...] = (
    Runs, Themes, ThemeInTree, Comparison, Topics, OneTopic, Sentences, FirmInQuarters, FoundThemes, FoundTopics,
    FoundSentences,
)  # fmt: skip
