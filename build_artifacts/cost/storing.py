"""What is kept: inputs, bundles, images, claims, secrets, the database."""

from build_artifacts.cost import prices
from build_artifacts.cost.line import Line
from build_artifacts.cost.options import Deployment, Use

# Measured on the sample's bundle with MiniLM at fp32: model 90.9 MB, 10.4 MB for 5,000 customers, 6.25 for 2,000
# companies; its cache 163 MB of compiled model and embeddings.
_MODEL_GB, _CUSTOMER_GB, _COMPANY_GB, _CACHE_GB = 0.091, 2.1e-6, 3.1e-6, 0.16
_EMBEDDING_GB = 384 * 4e-9
_INPUT_GB = 0.5e-6
# Python, ONNX Runtime, FAISS and the rest, compressed as a registry stores them (assumed).
_RUNTIME_GB = 0.25
_CLAIM_GB = 0.2e-6


def storing_lines(deployment: Deployment, use: Use) -> list[Line]:
    """Storage, and the writes that fill the table of duplicates."""
    bundle = bundle_gb(use)
    rows = use.customers + use.companies
    built = deployment.bundles_kept * bundle + _CACHE_GB + rows * _EMBEDDING_GB
    kept = built + deployment.inputs_kept * rows * _INPUT_GB
    claims = use.requests * use.claim_share
    claimed = claims * use.claim_months * _CLAIM_GB
    secrets = deployment.secrets + (deployment.home != "lambda")
    shared = bundle * 2 if deployment.bundle_source == "efs" else 0.0
    return [
        Line("S3", "inputs, bundles, caches", kept, prices.S3_STORED),
        Line("ECR", "images", deployment.images_kept * (_RUNTIME_GB + bundle), prices.ECR_STORED),
        Line("EFS", "bundles", shared, prices.EFS_STORED),
        Line("DynamoDB", "claims", claims, prices.DYNAMODB_WRITE, "requests"),
        Line("DynamoDB", "claims kept", claimed, prices.DYNAMODB_STORED, "requests"),
        Line("DynamoDB", "recovery", claimed * deployment.recovery, prices.DYNAMODB_RECOVERY, "requests"),
        Line("Secrets Manager", "secrets", secrets, prices.SECRET),
        Line("Secrets Manager", "reads", use.requests * use.cold_share, prices.SECRET_READ, "requests"),
        Line("KMS", "keys", deployment.keys, prices.KEY),
        *_database(deployment),
    ]


def bundle_gb(use: Use) -> float:
    """Size of a bundle with the default text model."""
    return _MODEL_GB + use.customers * _CUSTOMER_GB + use.companies * _COMPANY_GB


def _database(deployment: Deployment) -> list[Line]:
    if not deployment.database:
        return []
    zones = deployment.database_zones
    return [
        Line("RDS", "db.t4g.micro", deployment.database_hours * zones, prices.RDS_T4G_MICRO),
        Line("RDS", "storage", deployment.database_gb * zones, prices.RDS_STORED),
        Line("Secrets Manager", "password that RDS keeps", 1, prices.SECRET),
    ]
