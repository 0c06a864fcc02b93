"""Tokens that RDS takes in place of a password."""

from leadgen.errors import ConfigurationError

_SECONDS = 900


def authentication_token(host: str, port: int, user: str, region: str | None = None) -> str:
    """A token for one user of one RDS server, signed here with the process's AWS credentials; valid 15 minutes.

    A query signed by Signature Version 4 for the service `rds-db`, without its scheme, see
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html. A client of the RDS
    API would sign the same and read a megabyte of that API's description first, at each cold start.

    Raises ConfigurationError where there are no credentials or no region.
    """
    import boto3
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import BotoCoreError

    session = boto3.Session()
    region = region or session.region_name
    try:
        credentials = session.get_credentials()
        if credentials is None or region is None:
            what = "AWS credentials" if credentials is None else "a region: add ?region=… to LEADGEN_DATABASE_URL"
            raise ConfigurationError(f"the database's IAM authentication needs {what}")
        request = AWSRequest("GET", f"https://{host}:{port}/", params={"Action": "connect", "DBUser": user})
        SigV4QueryAuth(credentials, "rds-db", region, expires=_SECONDS).add_auth(request)
    except BotoCoreError as error:
        raise ConfigurationError(f"the database's IAM authentication has no usable AWS credentials: {error}") from error
    return str(request.url).removeprefix("https://")
