"""The language of a text, by py3langid; a page's own declaration decides where the text is short or in doubt."""

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_SHORTEST = 60
_SURE = 0.9
_LONGEST = 4000


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(text: str, declared: str | None = None) -> str | None:
    """ISO 639-1, None where nobody knows."""
    if len(text) < _SHORTEST:
        return declared
    found, confidence = _identifier().classify(text[:_LONGEST].lower())
    return str(found) if confidence >= _SURE or declared is None else declared
