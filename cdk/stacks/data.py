"""What outlives every build and deployment: bucket, tables, images, secret, parameters and the database."""

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk.access import acknowledge
from cdk.deployment_stack import DeploymentStack
from cdk.logs import log_group
from cdk.names import arn
from cdk.quarterly import shared
from cdk.settings import Settings
from cdk.storing.database import Database
from cdk.storing.network import Network

DELETED_BUNDLE_DAYS = 7
"""Days, at most, that a bundle which the rollout deleted can be restored; the tables it was built from stay longer."""
REPLACED_CACHE_DAYS = 2
"""Days that a replaced cache can be restored; a run of descriptions replaces its own several times a minute."""
_USE_OF_KEY = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey")


class DataStack(DeploymentStack):
    """The deployment's data. `key` exists where the settings want one; `vpc` and `database` come with topics."""

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(scope, settings, "data", "data", termination_protection=settings.retain_data)
        self.key = self._key() if settings.encryption == "kms" else None
        self.bucket = self._bucket()
        self.vpc: ec2.Vpc | None = None
        self.database: Database | None = None
        if settings.capabilities.scoring:
            self._duplicates()
        if settings.has_api:
            self._repository()
            self._digest_key()
            self._parameters()
            # Here, because the first deployment of the builds' own stack would take the log of what failed with it.
            days, group = settings.rebuild.log_days, self.names.build_log
            self.build_log = log_group(self, "BuildLog", days, self.key, group)
        if settings.capabilities.topics:
            # The quarterly run needs a way out, which a public address gives it without a NAT gateway.
            network = Network(self, "Network", log_days=settings.rebuild.log_days, key=self.key, public=True)
            self.vpc = network.vpc
            self.database = Database(self, "Database", settings, self.vpc, self.key)
            shared.tell(self, self.names, self.vpc, self.database)

    def _key(self) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            alias=f"alias/{self.settings.prefix}",
            enable_key_rotation=True,
            removal_policy=self.kept,
            pending_window=Duration.days(7),
        )
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        groups = f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:*"
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="EncryptLogs",
                principals=[iam.ServicePrincipal(f"logs.{self.region}.amazonaws.com")],
                actions=[f"kms:{action}" for action in _USE_OF_KEY],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
            )
        )
        return key

    def _bucket(self) -> s3.Bucket:
        logs = s3.Bucket(
            self,
            "AccessLogs",
            bucket_name=self.names.access_logs,
            # Amazon delivers access logs to buckets under its own keys alone:
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(self.settings.data.log_days))],
            removal_policy=self.kept,
        )
        acknowledge(logs, "AwsSolutions-S1", "This bucket holds access logs; logging its own access would not end.")
        self._admit_log_writers(logs)
        data = self.settings.data
        return s3.Bucket(
            self,
            "Bucket",
            bucket_name=self.names.bucket,
            versioned=True,
            encryption=s3.BucketEncryption.KMS if self.key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=self.key,
            bucket_key_enabled=self.key is not None,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=logs,
            server_access_logs_prefix="data/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=Duration.days(data.noncurrent_days),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                    expired_object_delete_marker=True,
                ),
                # Of two rules the shorter counts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html
                s3.LifecycleRule(
                    prefix="artifacts/",
                    noncurrent_version_expiration=Duration.days(min(DELETED_BUNDLE_DAYS, data.noncurrent_days)),
                ),
                s3.LifecycleRule(
                    prefix="caches/",
                    noncurrent_version_expiration=Duration.days(min(REPLACED_CACHE_DAYS, data.noncurrent_days)),
                ),
                s3.LifecycleRule(prefix="reports/", expiration=Duration.days(data.report_days)),
            ],
            removal_policy=self.kept,
        )

    def _admit_log_writers(self, logs: s3.Bucket) -> None:
        """The load balancer and the bucket of deliveries are in other stacks, which cannot change this bucket's policy.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
        """
        balancers = arn("elasticloadbalancing", "loadbalancer/*")
        deliveries = f"arn:{self.partition}:s3:::{self.names.deliveries}"
        writers = []
        if self.settings.homes.fargate.enabled:
            writers.append(("logdelivery.elasticloadbalancing", "balancer", balancers))
        if self.settings.delivery.kind == "codepipeline":
            writers.append(("logging.s3", "delivery", deliveries))
        for service, prefix, source in writers:
            logs.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
                    actions=["s3:PutObject"],
                    resources=[logs.arn_for_objects(f"{prefix}/*")],
                    conditions={
                        "StringEquals": {"aws:SourceAccount": self.account},
                        "ArnLike": {"aws:SourceArn": source},
                    },
                )
            )

    def _repository(self) -> None:
        """Images by digest. A lifecycle rule cannot know which are in use: the rollout function deletes the others."""
        repository = ecr.Repository(
            self,
            "Images",
            repository_name=self.names.repository,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            image_scan_on_push=True,
            encryption=ecr.RepositoryEncryption.KMS if self.key else ecr.RepositoryEncryption.AES_256,
            encryption_key=self.key,
            removal_policy=self.kept,
            empty_on_delete=not self.settings.retain_data,
        )
        # https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions
        repository.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LambdaPullsImages",
                principals=[iam.ServicePrincipal("lambda.amazonaws.com")],
                actions=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                conditions={"ArnLike": {"aws:SourceArn": self.names.function_arn("*")}},
            )
        )

    def _duplicates(self) -> None:
        """Mailboxes entered since the last rebuild; the attributes are those of `leadgen.duplicates.online`."""
        dynamodb.Table(
            self,
            "Duplicates",
            table_name=self.names.duplicates,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            time_to_live_attribute="expires_at",
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if self.key else dynamodb.TableEncryption.DEFAULT,
            encryption_key=self.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=self.kept,
        )

    def _digest_key(self) -> None:
        secret = secretsmanager.Secret(
            self,
            "DigestKey",
            secret_name=self.names.digest_key,
            description="Key of the e-mail digests in bundles and in the table of duplicates.",
            encryption_key=self.key,
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=self.kept,
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "Another key fits no digest that was made before: bundle and table of duplicates would go blind until the "
            "next rebuild. Whoever wants another key replaces it and rebuilds.",
        )

    def _parameters(self) -> None:
        """CloudFormation creates them; builds and rollouts change their values.

        A change of anything here, a description or a tag included, would write the first values over what is in
        service.
        """
        meanings = {
            "release": ("none", "Candidate: digest and bundle of the last accepted build."),
            "rollout": ("{}", "State of the rollout."),
            "in-service/digest": ("none", "Digest of the image that the API's stack deploys."),
            "in-service/bundle": ("none", "Bundle of that image."),
        }
        for name, (value, meaning) in meanings.items():
            ssm.StringParameter(
                self,
                "".join(part.title() for part in name.replace("/", "-").split("-")),
                parameter_name=self.names.parameter(name),
                string_value=value,
                description=meaning,
            )
