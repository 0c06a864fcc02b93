"""Checkpoints from the Hugging Face hub, or any host that speaks its download protocol.

Protocol: https://huggingface.co/docs/hub/models-downloading. A file lies at
`{endpoint}/{id}/resolve/{revision}/{file}`. The first answer names the commit (`X-Repo-Commit`) and the
content (`X-Linked-ETag`: the SHA-256 of a large file; `ETag`: the git blob SHA-1 of a small one), and may
redirect to where the content lies.
"""

import hashlib
import http.client
import os
import re
import shutil
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path
from typing import IO
from urllib.parse import quote

from leadgen.errors import ConfigurationError, ModelError

_CHUNK = 1 << 20


class HubUnreachableError(ModelError):
    """The hub does not answer, or stopped answering."""


class HubFiles:
    """Files of one model at one revision.

    Args:
        model_id: `owner/name`.
        revision: a branch, tag or commit.
        endpoint: base address; `HF_ENDPOINT` or the public hub by default.
    """

    def __init__(self, model_id: str, revision: str = "main", endpoint: str | None = None) -> None:
        self.model_id = model_id
        self.revision = revision
        self._endpoint = (endpoint or os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
        if not self._endpoint.startswith(("https://", "http://")):
            raise ConfigurationError(f"HF_ENDPOINT is {self._endpoint!r}, not an http or https address")

    def address(self, file: str) -> str:
        """Where the file is downloaded from."""
        return f"{self._endpoint}/{self.model_id}/resolve/{quote(self.revision, safe='')}/{file}"

    def download(self, file: str, target: Path, timeout: float = 60.0) -> str | None:
        """Download one file, checked against the digest and length that the hub announces.

        Args:
            timeout: seconds to connect, and to wait for each piece.

        Returns:
            The commit it belongs to; None when the model has no such file.

        Raises:
            HubUnreachableError: no connection, or it broke.
            ModelError: the model does not exist or is not public, or the content is not what was announced.
        """
        redirects = _FirstAnswer()
        opener = urllib.request.build_opener(redirects)
        try:
            with opener.open(self.address(file), timeout=timeout) as response, target.open("wb") as out:
                shutil.copyfileobj(response, out, _CHUNK)
                last = response.headers
        except urllib.error.HTTPError as error:
            error.close()
            if _is_absent_file(error):
                return None
            raise self._refusal(file, error) from error
        except (OSError, http.client.HTTPException) as error:
            raise HubUnreachableError(f"{self.address(file)} cannot be downloaded: {error}") from error
        first = redirects.headers or last
        _check_content(target, first, last, self.address(file))
        commit = first.get("X-Repo-Commit")
        if not commit or not re.fullmatch(r"[0-9a-f]{40}", commit):
            raise ModelError(f"{self.address(file)}: the answer names no commit, so this is not a model hub")
        return commit

    def _refusal(self, file: str, error: urllib.error.HTTPError) -> ModelError:
        if error.code in (401, 403, 404):
            return ModelError(f"{self.address(file)}: {self.model_id} does not exist or is not public")
        return HubUnreachableError(f"{self.address(file)} answers {error.code} {error.reason}")


def _is_absent_file(error: urllib.error.HTTPError) -> bool:
    return error.code == 404 and error.headers.get("X-Error-Code") in (None, "EntryNotFound")


class _FirstAnswer(urllib.request.HTTPRedirectHandler):
    """Keeps the headers of the answer before any redirect, and never follows one from https to plain http."""

    headers: Message | None = None

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        self.headers = self.headers or headers
        if req.full_url.startswith("https://") and not newurl.startswith("https://"):
            raise ModelError(f"{req.full_url} redirects to {newurl}, which is not encrypted")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_content(path: Path, first: Message, last: Message, address: str) -> None:
    size = path.stat().st_size
    announced = first.get("X-Linked-Size") or last.get("Content-Length")
    if announced and size != int(announced):
        raise HubUnreachableError(f"{address}: {size} of {announced} bytes arrived")
    tag = (first.get("X-Linked-ETag") or first.get("ETag") or "").removeprefix("W/").strip('"')
    if re.fullmatch(r"[0-9a-f]{64}", tag):
        actual = _digest(path, hashlib.sha256())
    elif re.fullmatch(r"[0-9a-f]{40}", tag):
        actual = _digest(path, hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False))
    else:
        return
    if actual != tag:
        raise ModelError(f"{address}: the content has digest {actual}, the hub announced {tag}")


def _digest(path: Path, digest: "hashlib._Hash") -> str:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
