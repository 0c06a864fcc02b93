"""Ids in paths: of companies any characters, slashes and line breaks included; of rows what is no operation."""

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


class RowIdConvertor(IdentifierConvertor):
    """Matches all but the name of the operation beside the ids: `GET` of it is a wrong method, not a wrong id."""

    regex = r"(?!search$)[^/]+"


def register_identifier() -> None:
    """Make `{name:identifier}` and `{name:row}` known to Starlette."""
    register_url_convertor("identifier", IdentifierConvertor())
    register_url_convertor("row", RowIdConvertor())
