"""What tells whether a firm is as it was when it was processed before."""

import hashlib
import json

from build_artifacts.topics.firm import FirmSentences


def input_hash(firm: FirmSentences) -> str:
    """SHA-256, in hex, over the firm's id, ticker and name, and its sentences in order.

    Of a sentence it is document, speaker type, text, and why it was kept out. The name decides on keywords and on what
    the language model is asked.
    """
    parts = [firm.company_id, firm.ticker, firm.name, firm.documents, firm.speaker_types, firm.texts, firm.kept_out]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()
