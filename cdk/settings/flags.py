"""Flags of the command line and limits of the quality gate that settings may name, as tests compare with the code."""

TABLE_FLAGS = frozenset(
    {
        *("input-path", "id-col", "text-cols", "cat-cols", "num-cols", "email-col", "name-col", "company-col"),
        *("website-col", "city-col", "country-col", "current-col", "high-value", "filter-cols", "show-cols"),
        *("mask-cols", "missing-values", "max-rejected-share"),
    }
)
"""Flags of `leadgen indices` that describe the customers' table; with `companies-` before them the companies'."""
GATE_LIMITS = frozenset(
    {
        *("min_auc", "auc_drop", "min_recall", "precision_drop", "rows_drop", "rows_rise", "high_value_change"),
        *("rejected_rise", "label_agreement", "novel_share", "novelty_distance", "rank_correlation"),
        *("neighbor_overlap", "golden_share", "sample"),
    }
)
"""Limits of `build_artifacts.rebuild.gate_settings`."""
BUILD_FLAGS = frozenset({"text-model", "index-kind", "band-precisions", "threads", "seed"})
_LLM_FLAGS = frozenset(
    {
        *("llm-concurrency", "llm-requests-per-minute", "llm-tokens-per-minute", "llm-timeout"),
        *("llm-prompt-usd", "llm-completion-usd", "llm-cached-usd"),
    }
)
TOPICS_FLAGS = _LLM_FLAGS | frozenset(
    {
        *("participants-path", "text-unit", "text-col", "company-col", "name-col", "ticker-col", "quarter-col"),
        *("year-col", "document-col", "turn-col", "position-col", "section-col", "speaker-col", "role-col"),
        *("clusterer", "seed", "processes", "threads", "max-failed-share"),
    }
)
"""Flags of `leadgen topics`, without those that the deployment gives it from other settings."""
DESCRIBE_FLAGS = _LLM_FLAGS | frozenset(
    {
        *("id-col", "name-col", "website-col", "description-col", "industry-cols", "current-col"),
        *("user-agent", "pause", "sites", "processes"),
    }
)
"""Flags of `leadgen describe`, without those that the deployment gives it from other settings."""
