"""What tells whether a firm's sentences are those that were processed before."""

import hashlib
import json

from build_artifacts.topics.firm import FirmSentences


def input_hash(firm: FirmSentences) -> str:
    """SHA-256, in hex, over the firm's id and its sentences in order: document, speaker type, text, reason."""
    parts = [firm.company_id, firm.documents, firm.speaker_types, firm.texts, firm.kept_out]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()
