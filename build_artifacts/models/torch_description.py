"""What the pickle in a `pytorch_model.bin` says about tensors, learnt without running it.

A pickle is a program that may call anything. Its opcodes are read here as `pickletools` lists them, and only those that
torch.save writes for a dictionary of tensors are understood; anything else is refused.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

_STORAGES: dict[str, Any] = {
    "torch FloatStorage": np.dtype("<f4"),
    "torch HalfStorage": np.dtype("<f2"),
    "torch DoubleStorage": np.dtype("<f8"),
    "torch BFloat16Storage": np.dtype(ml_dtypes.bfloat16),
    "torch LongStorage": np.dtype("<i8"),
    "torch IntStorage": np.dtype("<i4"),
    "torch BoolStorage": np.dtype("?"),
}
_MARK = object()
_ARGUMENTS = {"BINUNICODE", "BININT", "BININT1", "BININT2", "LONG1", "GLOBAL", "NONE"}
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "MARK": lambda: _MARK,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
}


@dataclass(frozen=True, slots=True)
class TensorPlace:
    """Where a tensor's values lie: in which storage, from which value on, and how far apart along each axis."""

    storage: str
    dtype: Any
    offset: int = 0
    shape: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()


def described_tensors(pickle: bytes) -> dict[str, TensorPlace]:
    """The tensors of a pickled state dictionary by their names.

    Raises:
        ValueError: the pickle is damaged, or does more than describe tensors.
    """
    machine = _Machine()
    for opcode, argument, _ in pickletools.genops(pickle):
        try:
            machine.step(opcode.name, argument)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise ValueError(f"its description uses {opcode.name} {argument or ''} in an unknown way") from error
    match machine.stack:
        case [dict() as described]:
            return {name: place for name, place in described.items() if isinstance(place, TensorPlace)}
    raise ValueError("its description is no dictionary")


class _Machine:
    """The part of the pickle machine that builds dictionaries, tuples and places of tensors."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._memory: dict[int, Any] = {}

    def step(self, opcode: str, argument: Any) -> None:
        """Carry out one opcode; raises TypeError for one that has no business in a description of tensors."""
        if opcode in _ARGUMENTS:
            self.stack.append(argument)
        elif opcode in _CONSTANTS:
            self.stack.append(_CONSTANTS[opcode]())
        elif opcode in ("BINPUT", "LONG_BINPUT"):
            self._memory[argument] = self.stack[-1]
        elif opcode in ("BINGET", "LONG_BINGET"):
            self.stack.append(self._memory[argument])
        elif opcode not in ("PROTO", "STOP"):
            self._combine(opcode)

    def _combine(self, opcode: str) -> None:
        match opcode:
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                self.stack.append(tuple(self._taken(int(opcode[-1]))))
            case "TUPLE":
                self.stack.append(tuple(self._marked()))
            case "SETITEM":
                self._set(self._taken(2))
            case "SETITEMS":
                self._set(self._marked())
            case "BINPERSID":
                self.stack.append(_storage(*self.stack.pop()))
            case "REDUCE":
                self.stack.append(_called(*self._taken(2)))
            case "BUILD":  # attributes of the dictionary (its `_metadata`) say nothing about tensors
                self.stack.pop()
            case _:
                raise TypeError

    def _taken(self, number: int) -> list[Any]:
        taken = self.stack[len(self.stack) - number :]
        del self.stack[len(self.stack) - number :]
        return taken

    def _marked(self) -> list[Any]:
        """Everything above the last mark, which goes too."""
        above = self.stack[::-1].index(_MARK)
        return self._taken(above + 1)[1:]

    def _set(self, items: list[Any]) -> None:
        self.stack[-1].update(zip(items[::2], items[1::2], strict=True))


def _storage(kind: str, storage: str, key: str, *_: Any) -> TensorPlace:
    if kind != "storage":
        raise TypeError
    return TensorPlace(str(key), _STORAGES[storage])


def _called(function: str, arguments: tuple[Any, ...]) -> Any:
    match function, arguments:
        case "collections OrderedDict", ():
            return {}
        case "torch._utils _rebuild_tensor_v2", (TensorPlace() as place, int() as offset, shape, strides, *_):
            return TensorPlace(place.storage, place.dtype, offset, tuple(shape), tuple(strides))
        case "torch._utils _rebuild_parameter", (TensorPlace() as place, *_):
            return place
    raise TypeError
