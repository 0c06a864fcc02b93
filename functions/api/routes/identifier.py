"""Ids in paths: any characters, slashes and line breaks included."""

from starlette.convertors import Convertor, register_url_convertor


class IdentifierConvertor(Convertor[str]):
    """Matches everything; Starlette's `path` stops at a line break."""

    regex = r"[\s\S]+"

    def convert(self, value: str) -> str:
        """The id is the text itself."""
        return value

    def to_string(self, value: str) -> str:
        """The text itself is the id."""
        return value


def register_identifier() -> None:
    """Make `{name:identifier}` known to Starlette."""
    register_url_convertor("identifier", IdentifierConvertor())
