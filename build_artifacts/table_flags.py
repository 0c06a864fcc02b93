"""The flags that describe tables, their twins in the environment, and the defaults that fit the sample."""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from leadgen.bundle import Manifest, TableManifest
from leadgen.cores import usable_cores
from leadgen.errors import ConfigurationError
from leadgen.features import ColumnPlan
from leadgen.index import Kind

from build_artifacts.indices.options import BuildOptions, TableOptions


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag of a table: its name without prefix, what it means, and the defaults for the sample's two tables."""

    name: str
    help: str
    customers: str | None = None
    companies: str | None = None
    many: bool = False


FLAGS = (
    Flag("input-path", "parquet or CSV: a file, a folder, or s3://…"),
    Flag("id-col", "unique id of a row", "customer_id", "company_id"),
    Flag("text-cols", "columns joined into the text that is embedded", "job_title,bio", "description", many=True),
    Flag("cat-cols", "category columns", "industry,company_size,country", "", many=True),
    Flag("num-cols", "number columns", "web_activity_score,email_engagement_score", "", many=True),
    Flag("email-col", "e-mail address, for duplicates only; never stored or shown", "email"),
    Flag("name-col", "name of the person (customers) or the company (companies)", "name", "name"),
    Flag("company-col", "company a person works for", "company"),
    Flag("website-col", "website, for duplicates and for excluding domains", "website", "website"),
    Flag("city-col", "city", "city", "city"),
    Flag("country-col", "country", "country", "country"),
    Flag("current-col", "true for the current version of a row; the others are left out", "is_current", "is_current"),
    Flag("high-value", "which customers are high value: a column, or `annual_spend >= 50000`", "annual_spend >= 50000"),
    Flag("filter-cols", "columns to filter by", "", "industry,sector,country,city,employees", many=True),
    Flag("show-cols", "columns to show", "", "name,industry,sector,country,city,employees,website", many=True),
    Flag("mask-cols", "columns whose values its text loses", "", "name,short_name,city,state,country", many=True),
    Flag("similar-by", "learn similarity from a column, or from a file of pairs of ids", None, None),
    Flag("missing-values", "texts that mean “no value”, besides the usual ones", "", "", many=True),
    Flag("max-rejected-share", "stop when more of the rows than this cannot be used", "0.2", "0.2"),
)  # fmt: skip
_COMPANY_PREFIX = "companies-"
_CUSTOMERS_ONLY = frozenset({"email-col", "company-col", "high-value"})
_COMPANIES_ONLY = frozenset({"similar-by"})


def variable(flag: str) -> str:
    """The environment's name of a flag: `--text-cols` is LEADGEN_TEXT_COLS."""
    return "LEADGEN_" + flag.replace("-", "_").upper()


def add_build_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of `leadgen indices`."""
    _add_tables(parser)
    _add(parser, "artifacts", "folder or s3:// that bundles are put into", "artifacts")
    _add(parser, "cache", "folder of compiled text models and embeddings", "artifacts/cache")
    _add(
        parser,
        "text-model",
        "auto, hashing, a folder, s3://…, or a Hugging Face id such as intfloat/e5-small-v2",
        "auto",
    )
    _add(parser, "index-kind", "auto, flat-fp16, flat-int8 or ivf-int8", "auto")
    _add(parser, "band-precisions", "bands of leads and the precision each must have", "hot=0.7,warm=0.4")
    _add(parser, "threads", "cores to use", str(usable_cores()))
    _add(parser, "seed", "for everything drawn at random", "0")


def add_evaluate_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of `leadgen evaluate`; columns that are not named are those the bundle was built with."""
    _add_tables(parser)
    _add(parser, "bundle", "the bundle, or the folder of bundles", "artifacts")
    _add(parser, "threads", "cores to use", str(usable_cores()))
    parser.add_argument("--json", type=Path, help="write the report to this file as well")


def _add_tables(parser: argparse.ArgumentParser) -> None:
    for flag in FLAGS:
        if flag.name not in _COMPANIES_ONLY:
            _add(parser, flag.name, f"customers: {flag.help}", flag.customers, show=True)
    for flag in FLAGS:
        if flag.name not in _CUSTOMERS_ONLY:
            _add(parser, _COMPANY_PREFIX + flag.name, f"companies: {flag.help}", flag.companies, show=True)


def _add(parser: argparse.ArgumentParser, name: str, text: str, default: str | None, *, show: bool = False) -> None:
    shown = f" (default: {default})" if default else ""
    parser.add_argument(
        f"--{name}",
        default=os.environ.get(variable(name), None if show else default),
        help=(text + shown).replace("%", "%%"),
    )


def build_options(options: argparse.Namespace) -> BuildOptions:
    """What `leadgen indices` was told; raises ConfigurationError naming the flag at fault."""
    given = vars(options)
    customers, companies = _table(given, "", "customers"), _table(given, _COMPANY_PREFIX, "companies")
    return BuildOptions(
        artifacts=options.artifacts,
        cache=options.cache,
        text_model=options.text_model,
        customers=customers,
        companies=companies,
        seed=int(_number("seed", options.seed)),
        threads=threads(options),
        band_precisions=_bands(options.band_precisions),
        index_kind=_kind(options.index_kind),
    )


def sample_tables(customers: str, companies: str) -> tuple[TableOptions, TableOptions]:
    """The sample's two tables, whatever flags and the environment say of the user's own."""
    tables = (
        _table({"input_path": customers}, "", "customers"),
        _table({"companies_input_path": companies, "companies_similar_by": "industry"}, _COMPANY_PREFIX, "companies"),
    )
    return cast(tuple[TableOptions, TableOptions], tables)


def threads(options: argparse.Namespace) -> int:
    """How many cores to use; raises ConfigurationError for less than one."""
    number = int(_number("threads", options.threads))
    if number < 1:
        raise ConfigurationError(f"--threads is {options.threads!r}; at least one core is needed")
    return number


def evaluated_tables(
    options: argparse.Namespace, manifest: Manifest
) -> tuple[TableOptions | None, TableOptions | None]:
    """The tables to judge, read as the bundle's own were."""
    given = vars(options)
    leads = _table(given, "", "customers", manifest.customers)
    companies = _table(given, _COMPANY_PREFIX, "companies", manifest.companies)
    if leads is None and companies is None:
        raise ConfigurationError("nothing to judge: give --input-path, --companies-input-path, or both")
    if leads is not None and not leads.high_value and manifest.customers:
        leads = replace(leads, high_value=manifest.customers.high_value)
    return leads, companies


def _table(
    given: Mapping[str, Any], prefix: str, table: str, built: TableManifest | None = None
) -> TableOptions | None:
    def cell(flag: Flag) -> str | None:
        value = given.get((prefix + flag.name).replace("-", "_"))
        return getattr(flag, table) if value is None else str(value)

    values: dict[str, Any] = {}
    for flag in FLAGS:
        text = cell(flag)
        field = flag.name.replace("-", "_")
        if flag.many:
            values[field] = tuple(part.strip() for part in (text or "").split(",") if part.strip())
        else:
            values[field] = text or None
    if values["input_path"] is None:
        return None
    values["named"] = _named(given, prefix)
    values["max_rejected_share"] = _number(f"{prefix}max-rejected-share", values["max_rejected_share"])
    values["missing_values"] = (
        *ColumnPlan().missing_values,
        *values["missing_values"],
    )
    if built is not None:
        values |= {
            "id_col": given.get((prefix + "id-col").replace("-", "_")) or built.id_column,
            "text_cols": built.plan.text,
            "cat_cols": built.plan.categories,
            "num_cols": built.plan.numbers,
            "mask_cols": built.plan.mask,
            "missing_values": built.plan.missing_values,
            "high_value": given.get("high_value") or built.high_value,
        }
    if prefix:
        values["lead_sentence"] = True
        values |= {"email_col": None, "company_col": None, "high_value": None}
    return TableOptions(**values)


def _named(given: Mapping[str, Any], prefix: str) -> frozenset[str]:
    """The columns that a flag or the environment names, rather than a default."""
    flags = [(prefix + f.name).replace("-", "_") for f in FLAGS if f.name.endswith(("-col", "-cols"))]
    return frozenset(part.strip() for flag in flags for part in str(given.get(flag) or "").split(","))


def _number(flag: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise ConfigurationError(f"--{flag} is {text!r}, which is no number") from error
    if not 0 <= number < float("inf"):
        raise ConfigurationError(f"--{flag} is {text!r}; 0 or more is wanted")
    return number


def _bands(text: str) -> dict[str, float]:
    try:
        pairs = [part.split("=", 1) for part in text.split(",") if part]
        bands = {pair[0].strip(): float(pair[1]) for pair in pairs}
    except (ValueError, IndexError) as error:
        raise ConfigurationError(f"--band-precisions is {text!r}; write it like hot=0.7,warm=0.4") from error
    if not all(0 < value <= 1 for value in bands.values()):
        raise ConfigurationError(f"--band-precisions is {text!r}; every precision lies between 0 and 1")
    return bands


def _kind(text: str) -> Kind | Literal["auto"]:
    if text == "auto":
        return "auto"
    for kind in get_args(Kind):
        if text == kind:
            return cast(Kind, kind)
    raise ConfigurationError(f"--index-kind is {text!r}; it is auto or one of {', '.join(get_args(Kind))}")


def flags_table() -> str:
    """The flags of a table as Markdown, for README."""
    lines = ["| flag | what it names | customers' default | companies' default |", "|---|---|---|---|"]
    for flag in FLAGS:
        customers = "—" if flag.name in _COMPANIES_ONLY else _shown_default(flag.customers)
        companies = "—" if flag.name in _CUSTOMERS_ONLY else _shown_default(flag.companies)
        lines.append(f"| `--{flag.name}` | {flag.help} | {customers} | {companies} |")
    return "\n".join(lines)


def _shown_default(default: str | None) -> str:
    return f"`{default}`" if default else ""
