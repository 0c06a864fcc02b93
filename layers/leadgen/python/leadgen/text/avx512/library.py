"""The C library of the encoder: whether it can run here, compiling it, loading it."""

import ctypes
import hashlib
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from leadgen.errors import ModelError

_SOURCES = Path(__file__).parent
# The baseline of the x86-64 level 4 (AVX-512 F, BW, CD, DQ, VL) and the dot products of bytes.
_FLAGS = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx512_vnni", "avx2", "bmi2", "fma"}
_COMPILE = ("-O3", "-march=x86-64-v4", "-mavx512vnni", "-mprefer-vector-width=512", "-shared", "-fPIC")
_HINT = "compile the text model for the engine onnxruntime instead"


@cache
def unfit_processor() -> str | None:
    """Why this processor cannot run the library; None where it can. Only Linux tells what a processor can do."""
    if platform.machine() != "x86_64":
        return f"it needs an x86-64 processor, not {platform.machine()}"
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return "it needs Linux"
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    missing = sorted(_FLAGS - set(flags))
    return f"the processor has no {', '.join(missing)}" if missing else None


def library_path() -> Path:
    """Where the compiled library lies; its name changes with its source, so that an old one is never loaded."""
    digest = hashlib.sha256(b"".join((_SOURCES / name).read_bytes() for name in ("kernels.h", "encoder.c")))
    return _SOURCES / f"encoder-{digest.hexdigest()[:12]}.so"


def compile_library() -> Path:
    """Compile the library beside its source, unless it is there.

    Raises:
        ModelError: it cannot run on this kind of processor, there is no C compiler, or the folder is read-only.
    """
    target = library_path()
    if target.is_file():
        return target
    if platform.machine() != "x86_64":
        raise ModelError(f"the AVX-512 encoder cannot be compiled: {unfit_processor()}; {_HINT}")
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise ModelError(f"the AVX-512 encoder cannot be compiled: install a C compiler such as gcc, or {_HINT}")
    try:
        with tempfile.TemporaryDirectory(dir=_SOURCES, prefix=".compiling-") as work:
            made = Path(work) / target.name
            subprocess.run(  # noqa: S603
                [compiler, *_COMPILE, "-o", str(made), str(_SOURCES / "encoder.c"), "-lm"],
                check=True,
                capture_output=True,
                text=True,
            )
            made.replace(target)
    except subprocess.CalledProcessError as error:
        raise ModelError(f"{compiler} cannot compile the AVX-512 encoder: {error.stderr.strip()[-500:]}") from error
    except OSError as error:
        raise ModelError(f"{_SOURCES} cannot be written ({error.strerror}): compile when the image is built") from error
    return target


@cache
def load_library() -> ctypes.CDLL:
    """The loaded library; its calls release Python's lock.

    Raises:
        ModelError: it is not compiled, or cannot run on this processor.
    """
    unfit = unfit_processor()
    if unfit:
        raise ModelError(f"the AVX-512 encoder cannot run here: {unfit}; {_HINT}")
    path = library_path()
    if not path.is_file():
        raise ModelError(f"the AVX-512 encoder is not compiled: run `python -m leadgen.text.avx512`, or {_HINT}")
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise ModelError(f"{path} cannot be loaded ({error}): run `python -m leadgen.text.avx512` again") from error
    library.embed.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
    library.embed.restype = ctypes.c_int
    return library
