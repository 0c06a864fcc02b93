"""The JSON beside an index that says what its files are, to check them before FAISS reads them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from leadgen.errors import BundleError

Kind = Literal["flat-fp16", "flat-int8", "ivf-int8"]
PartName = Literal["high", "rest"]

FORMAT = 1
SPEC_FILE = "index.json"
ORDER_FILE = "order.npy"
POSITIONS_FILE = "positions.npy"


@dataclass(frozen=True, slots=True)
class PartSpec:
    """One FAISS index over the high-value rows, or over the rest.

    `lists` and `probes` are IVF's number of lists and of lists visited (0 for flat kinds), `recall` the
    recall@20 measured when building, `bytes` the size of the FAISS file.
    """

    name: PartName
    kind: Kind
    rows: int
    bytes: int
    recall: float
    lists: int = 0
    probes: int = 0

    @property
    def faiss_file(self) -> str:
        """The FAISS index, its rows in the order of the part."""
        return f"{self.name}.faiss"

    @property
    def vectors_file(self) -> str:
        """float16 [rows, dimension], only beside kinds whose codes are lossy."""
        return f"{self.name}.vectors.npy"


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """A whole index: its rows are split into at most two parts, the high-value ones first."""

    rows: int
    dimension: int
    parts: tuple[PartSpec, ...]

    @property
    def kind(self) -> str:
        """The kinds in use, such as `flat-fp16+ivf-int8`."""
        return "+".join(dict.fromkeys(part.kind for part in self.parts))

    def write(self, folder: Path) -> None:
        """Write `index.json` into `folder`."""
        document = {"format": FORMAT, **asdict(self)}
        (folder / SPEC_FILE).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "IndexSpec":
        """Read `index.json`; raises BundleError when it is absent, unreadable, or contradicts itself."""
        path = folder / SPEC_FILE
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document.pop("format") != FORMAT:
                raise BundleError(f"{path} has another format than {FORMAT}; build the bundle again")
            parts = tuple(PartSpec(**part) for part in document.pop("parts"))
            spec = cls(parts=parts, **document)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BundleError(f"{path} cannot be read as an index description: {error}") from error
        if not spec._consistent():
            raise BundleError(f"{path} contradicts itself; build the bundle again")
        return spec

    def _consistent(self) -> bool:
        names = [part.name for part in self.parts]
        return (
            names in (["high"], ["rest"], ["high", "rest"])
            and all(type(part.rows) is int and part.rows > 0 for part in self.parts)
            and all(part.kind in get_args(Kind) for part in self.parts)
            and all(type(part.probes) is int and type(part.lists) is int for part in self.parts)
            and all((part.kind == "ivf-int8") == (0 < part.probes <= part.lists) for part in self.parts)
            and type(self.dimension) is int
            and self.dimension > 0
            and self.rows == sum(part.rows for part in self.parts)
        )
