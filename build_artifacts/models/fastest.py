"""The form of a model that embeds fastest on this machine and keeps a floor of fidelity on the user's texts."""

import hashlib
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from leadgen.errors import ModelError
from leadgen.text import TextModel, TextModelSpec, load_text_model
from leadgen.text.avx512.library import unfit_processor
from leadgen.text.spec import Fidelity

from build_artifacts.models.checkpoint import Checkpoint
from build_artifacts.models.compiler import compile_checkpoint, publish
from build_artifacts.models.fidelity import measured_fidelity
from build_artifacts.models.form import FP32, Form
from build_artifacts.models.monarch_architecture import is_monarch

DEFAULT_FLOOR = 0.98
_LEAST_TEXTS, _MOST_TEXTS, _TIMED_TEXTS, _ROUNDS = 50, 500, 32, 3
# From the fastest to the most exact.
_FORMS = (*(Form("int8", "avx512", group) for group in (128, 64, 32)), Form("fp32", "avx512"))

_logger = logging.getLogger(__name__)


def compile_fastest(checkpoint: Checkpoint, cache: Path, texts: Sequence[str], floor: float = DEFAULT_FLOOR) -> Path:
    """Compile forms of a checkpoint from the fastest to the most exact, and take the first that will do.

    It does if its top-10 overlap with fp32 on a sample of `texts` is at least `floor`, and it embeds faster than
    onnxruntime in fp32, which is taken otherwise. The log says why a form is passed over.

    Returns:
        A folder for `load_text_model`; its specification tells the fidelity that was measured.

    Raises:
        ModelError: there are fewer than 50 different texts to judge by, or the checkpoint cannot be compiled.
    """
    exact_folder = compile_checkpoint(checkpoint, cache, FP32)
    unfit = "M2-BERT has one form" if is_monarch(checkpoint.folder) else unfit_processor()
    if unfit:
        _logger.info("precision fp32: %s", unfit)
        return exact_folder
    sample = _sample(texts)
    exact = load_text_model(exact_folder)
    for folder, form in _compiled(checkpoint, cache):
        model = load_text_model(folder)
        measured = measured_fidelity(exact, model, sample)
        if _will_do(form, measured, floor, exact, model, sample):
            return _with_fidelity(folder, cache, measured)
    _logger.info("precision %s: no faster form keeps the floor of %s", FP32, floor)
    return exact_folder


def _sample(texts: Sequence[str]) -> list[str]:
    distinct = list(dict.fromkeys(text for text in texts if text.strip()))
    if len(distinct) < _LEAST_TEXTS:
        raise ModelError(
            f"the precision auto is chosen by a sample of at least {_LEAST_TEXTS} different texts, "
            f"not {len(distinct)}: give more, or a precision"
        )
    return distinct[:: max(1, len(distinct) // _MOST_TEXTS)][:_MOST_TEXTS]


def _compiled(checkpoint: Checkpoint, cache: Path) -> Iterator[tuple[Path, Form]]:
    for form in _FORMS:
        try:
            yield compile_checkpoint(checkpoint, cache, form), form
        except ModelError as error:
            _logger.info("not %s: %s", form, error)


def _will_do(
    form: Form, measured: Fidelity, floor: float, exact: TextModel, model: TextModel, sample: Sequence[str]
) -> bool:
    if measured.top10_overlap < floor:
        reason = "not %s: top-10 overlap %.3f with fp32 on %d texts is below the floor of %s"
        _logger.info(reason, form, measured.top10_overlap, measured.texts, floor)
        return False
    ratio = _speed(exact, model, sample[:_TIMED_TEXTS])
    said = "precision %s: %.1f times as fast as %s here, top-10 overlap %.3f on %d texts"
    _logger.info(said if ratio > 1 else f"not {said[10:]}", form, ratio, FP32, measured.top10_overlap, measured.texts)
    return ratio > 1


def _speed(exact: TextModel, model: TextModel, texts: Sequence[str]) -> float:
    """How many times as fast as the exact one a model is: least times of turns."""
    times: dict[TextModel, list[float]] = {exact: [], model: []}
    for _ in range(_ROUNDS):
        for each, found in times.items():
            start = time.perf_counter()
            each.encode(texts, "passage")
            found.append(time.perf_counter() - start)
    return min(times[exact]) / min(times[model])


def _with_fidelity(folder: Path, cache: Path, measured: Fidelity) -> Path:
    """A copy of a compiled model whose specification tells a fidelity; the digest stays, for so do the embeddings."""
    spec = TextModelSpec.read(folder).model_copy(update={"fidelity": measured})
    target = cache / f"{folder.name}-{hashlib.sha256(spec.model_dump_json().encode()).hexdigest()[:8]}"
    if not target.is_dir():
        with tempfile.TemporaryDirectory(dir=cache, prefix=".compiling-", ignore_cleanup_errors=True) as work:
            copy = Path(shutil.copytree(folder, Path(work) / target.name))
            spec.write(copy)
            publish(copy, target)
    return target
