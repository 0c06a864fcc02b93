"""Who speaks: operator, executive, analyst or other.

Taken in this order, for a speaker of a call: the name says it ("Operator"); the role column; the list of participants;
they take part in the prepared remarks, which only the company gives; or, in the questions and answers, the operator
has just announced a question of theirs by name, or they thank for taking their question or speak for an absent
colleague. Anybody else is `other`: asking alone makes nobody an analyst.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from leadgen.errors import InputError

from build_artifacts.jobs.reading import open_source
from build_artifacts.topics.firm import SpeakerType
from build_artifacts.topics.reading.options import TranscriptOptions
from build_artifacts.topics.reading.people import Name, name_words, same_person, type_of_role

PARTICIPANT = "participant"
Participants = Mapping[str, Mapping[Name, SpeakerType]]
"""People of each document."""
_QUESTIONS = re.compile(r"q[\W_]{0,3}(and|n)?[\W_]{0,3}a\b|question")
_ANNOUNCED = re.compile(r"\bquestions?\b|\bline of\b|\bnext (is|we have|up|caller)\b|\bcomes? from\b")
_FIRST_QUESTION = re.compile(r"\bfirst question\b|\bquestion (is|comes|will come) from\b")
_ASKS = re.compile(r"\bfor taking (my|our|the) question|\b(this is|it's) [^.?!]{3,30} on (the line )?for\b")
_UNNAMED = frozenset({"unidentified", "unknown"})


@dataclass(frozen=True, slots=True)
class Speech:
    """One row of a call: who says what, in which section."""

    speaker: str | None
    role: str | None
    section: str | None
    text: str


def read_participants(options: TranscriptOptions, document_column: str | None) -> Participants:
    """The people of each call; raises InputError where the table lacks the document's or the participant's column."""
    if options.participants_path is None:
        return {}
    if document_column is None:
        raise InputError("--participants-path needs a document column in the transcripts (--document-col)")
    source = open_source(options.participants_path, on_bad_line=lambda _: None)
    for column in (document_column, PARTICIPANT):
        if column not in source.columns:
            raise InputError(
                f"{options.participants_path} has no column {column!r}; it has {', '.join(source.columns)}"
            )
    people: dict[str, dict[Name, SpeakerType]] = {}
    for batch in source.batches([document_column, PARTICIPANT]):
        for document, text in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            name, _, role = str(text or "").partition("--")
            if document is not None and (kind := type_of_role(role)):
                people.setdefault(str(document).strip(), {})[name_words(name)] = kind
    return people


def speaker_types(call: Sequence[Speech], known: Mapping[Name, SpeakerType]) -> list[SpeakerType | None]:
    """The type of each row's speaker; None where no speaker is given."""
    start = _start_of_questions(call)
    presenting = {speech.speaker for speech in call[:start] if speech.speaker}
    announced = set(_announced(call[start:]))
    types: dict[tuple[str | None, str | None], SpeakerType | None] = {}
    for speech in call:
        key = speech.speaker, speech.role
        if key not in types:
            types[key] = _type(speech, known, presenting, announced)
    return [types[speech.speaker, speech.role] for speech in call]


def _type(
    speech: Speech, known: Mapping[Name, SpeakerType], presenting: set[str], announced: set[str]
) -> SpeakerType | None:
    if stated := type_of_role(speech.role or ""):
        return stated
    if speech.speaker is None:
        return None
    name = name_words(speech.speaker)
    if _UNNAMED.intersection(name) or len(name) < 2:
        return type_of_role(speech.speaker) or known.get(name, "other")
    if found := type_of_role(speech.speaker) or same_person(name, known):
        return found
    if speech.speaker in presenting:
        return "executive"
    return "analyst" if speech.speaker in announced else "other"


def _start_of_questions(call: Sequence[Speech]) -> int:
    """Index of the first row of the questions: where the section changes to them, or the operator announces one."""
    sections = [_QUESTIONS.search((speech.section or "").lower()) is not None for speech in call]
    if any(speech.section for speech in call):
        return sections.index(True) if any(sections) else len(call)
    asked = (_says(speech, _FIRST_QUESTION) and _is_operator(speech) for speech in call)
    # Without a section and an operator who announces, nothing tells the remarks from the questions.
    return next((row for row, found in enumerate(asked) if found), 0)


def _announced(questions: Sequence[Speech]) -> Iterator[str]:
    """Speakers whose last name the operator said, with word of a question, right before they spoke; or who say it."""
    words: tuple[str, ...] = ()
    for speech in questions:
        if _is_operator(speech):
            words += name_words(speech.text) if _says(speech, _ANNOUNCED) else ()
        elif speech.speaker:
            name = name_words(speech.speaker)
            if (name and name[-1] in words) or _says(speech, _ASKS):
                yield speech.speaker
            words = ()


def _is_operator(speech: Speech) -> bool:
    return type_of_role(speech.speaker or "") == "operator" or type_of_role(speech.role or "") == "operator"


def _says(speech: Speech, pattern: re.Pattern[str]) -> bool:
    return pattern.search(speech.text.lower()) is not None
