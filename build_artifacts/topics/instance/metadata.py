"""What EC2 tells an instance about itself, by its metadata service in the second version.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
"""

import http.client
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

_ADDRESS = "http://169.254.169.254"
_TOKEN_SECONDS = 21_600
_TIMEOUT_SECONDS = 2.0


class Metadata:
    """Reads paths such as `instance-id`.

    AWS_EC2_METADATA_SERVICE_ENDPOINT names another address, as it does to boto3.
    """

    def __init__(self) -> None:
        address = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or _ADDRESS
        self._host = urlsplit(address).netloc
        self._token = ""

    def read(self, path: str) -> str | None:
        """The value, or None where there is none or the service does not answer."""
        status, value = self._get(path)
        if status == http.client.UNAUTHORIZED:
            self._token = self._new_token()
            status, value = self._get(path)
        return value if status == http.client.OK else None

    def _get(self, path: str) -> tuple[int, str]:
        return self._ask("GET", f"/latest/meta-data/{path}", {"X-aws-ec2-metadata-token": self._token})

    def _new_token(self) -> str:
        lasting = {"X-aws-ec2-metadata-token-ttl-seconds": str(_TOKEN_SECONDS)}
        status, token = self._ask("PUT", "/latest/api/token", lasting)
        # Anything else that answers at this address may send a page.
        return token if status == http.client.OK and token.isascii() and token.isprintable() else ""

    def _ask(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self._host, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request(method, path, headers=dict(headers))
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace").strip()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()
