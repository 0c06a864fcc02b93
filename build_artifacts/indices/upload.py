"""Copy a bundle to s3://, its CURRENT last, so that a reader never sees half of one."""

from pathlib import Path

from leadgen.bundle import CURRENT


def upload(bundle: Path, current: Path, url: str) -> str:
    """Returns the bundle's address; objects of a bundle that is there already are written again, alike."""
    import boto3

    bucket, _, prefix = url.rstrip("/").removeprefix("s3://").partition("/")
    client = boto3.client("s3")
    base = f"{prefix}/" if prefix else ""
    for path in sorted(bundle.rglob("*")):
        if path.is_file():
            client.upload_file(str(path), bucket, f"{base}{bundle.name}/{path.relative_to(bundle).as_posix()}")
    client.put_object(Bucket=bucket, Key=f"{base}{CURRENT}", Body=current.read_bytes())
    return f"{url.rstrip('/')}/{bundle.name}"
