"""Where a database is, read from its URL: any server, RDS with IAM authentication, or an embedded one."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from leadgen.errors import ConfigurationError

_ENCRYPTED = ("require", "verify-ca", "verify-full")
_KINDS = (
    "postgresql://user:password@host:5432/database, rds-iam://user@host:5432/database?region=…&sslrootcert=… "
    "or embedded:FOLDER"
)


@dataclass(frozen=True)
class Address:
    """A database. `parameters` are libpq's, asked for anew before each connection: tokens expire, servers stop."""

    name: str
    """For messages: it holds no password."""
    parameters: Callable[[], dict[str, Any]]

    def __str__(self) -> str:
        return self.name


def read_address(url: str) -> Address:
    """The address that a URL names; raises ConfigurationError, which never repeats the URL: it may hold a password.

    - `postgresql://…` is any URL of libpq. A server on another machine must be asked over TLS: `sslmode` is `require`
      unless the URL says more, and `verify-full` where it names an `sslrootcert`.
    - `rds-iam://user@host:5432/database?region=…&sslrootcert=…` signs a token in place of a password; the certificate
      is always verified against `sslrootcert`, RDS's bundle. Without `region` it is that of the environment.
    - `embedded:FOLDER` is a server of this machine with its data in FOLDER, started when first used.
    """
    kind, _, rest = url.partition(":")
    if kind == "embedded" and rest:
        from .embedded import EmbeddedServer

        server = EmbeddedServer(Path(rest.removeprefix("//")))
        return Address(f"embedded:{server.folder}", server.parameters)
    if kind == "rds-iam":
        return _rds(url)
    if kind in ("postgresql", "postgres", "postgresql+psycopg"):
        return _server("postgresql:" + rest)
    raise ConfigurationError(f"LEADGEN_DATABASE_URL is of no known kind; give {_KINDS}")


def _server(url: str) -> Address:
    try:
        parameters = conninfo_to_dict(url)
    except psycopg.Error:
        # The parser's own words quote the place at fault, which may be a password that needs percent-encoding.
        raise ConfigurationError(
            f"LEADGEN_DATABASE_URL cannot be read; give {_KINDS}, special characters of the password percent-encoded"
        ) from None
    if not _is_local(parameters):
        parameters.setdefault("sslmode", "verify-full" if "sslrootcert" in parameters else "require")
        if parameters["sslmode"] not in _ENCRYPTED:
            raise ConfigurationError(
                f"LEADGEN_DATABASE_URL: sslmode={parameters['sslmode']} would send data of {_name(parameters)} in the "
                f"clear; use one of {', '.join(_ENCRYPTED)}"
            )
    return Address(_name(parameters), lambda: dict(parameters))


def _rds(url: str) -> Address:
    from .iam import authentication_token

    parts = urlsplit(url)
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if not parts.hostname or not parts.username or "sslrootcert" not in options or parts.password:
        raise ConfigurationError(
            "LEADGEN_DATABASE_URL: rds-iam:// needs a user, a host, no password, and sslrootcert, the path of "
            "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
        )
    host, port, user, region = parts.hostname, parts.port or 5432, unquote(parts.username), options.get("region")
    parameters = {
        "host": host, "port": port, "user": user, "dbname": unquote(parts.path.lstrip("/")) or "postgres",
        "sslmode": "verify-full", "sslrootcert": options["sslrootcert"],
    }  # fmt: skip
    return Address(
        _name(parameters), lambda: {**parameters, "password": authentication_token(host, port, user, region)}
    )


def _is_local(parameters: dict[str, Any]) -> bool:
    """Whether every host is a socket or this machine; no host means libpq's own default, a socket."""
    hosts = str(parameters.get("hostaddr") or parameters.get("host") or "/").split(",")
    return all(host == "localhost" or host.startswith(("/", "@")) or _is_loopback(host) for host in hosts)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name(parameters: dict[str, Any]) -> str:
    host = parameters.get("host") or parameters.get("hostaddr") or "local socket"
    return f"{parameters.get('dbname', '')} at {host}"
