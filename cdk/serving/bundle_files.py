"""Bundles on EFS: a network, a file system that the API mounts, and the function that copies bundles to it."""

from collections.abc import Iterator

from aws_cdk import CustomResource, Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, DependencyGroup

from cdk.access import Statement
from cdk.function import ZipFunction
from cdk.names import Names
from cdk.settings import Settings
from cdk.storing.network import Network

MOUNT = "/mnt/bundles"


class BundleFiles(Construct):
    """`vpc_config` and `mount` of the function that serves; it must wait for `ready`, when the bundle is there.

    The network has no way out, so the digest key comes by an interface endpoint, which AWS charges by the hour.
    """

    def __init__(
        self, scope: Construct, name: str, settings: Settings, digest: str, bundle: str, key: kms.IKey | None
    ) -> None:
        super().__init__(scope, name)
        self._settings, self._names, self._key = settings, Names(settings.prefix), key
        self._vpc = Network(self, "Network", log_days=settings.api.log_days, key=key).vpc
        self._clients = ec2.SecurityGroup(
            self, "Clients", vpc=self._vpc, description="Functions that mount the bundles"
        )
        self._vpc.add_interface_endpoint(
            "Secrets",
            service=ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
            subnets=ec2.SubnetSelection(subnets=[self._vpc.isolated_subnets[0]]),
            security_groups=[self._members("Endpoint", 443)],
            open=False,
        )
        self._point = self._access_point(self._members("Mounts", 2049))
        self.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
            security_group_ids=[self._clients.security_group_id],
            subnet_ids=[subnet.subnet_id for subnet in self._vpc.isolated_subnets],
        )
        self.mount = lambda_.CfnFunction.FileSystemConfigProperty(
            arn=self._point.access_point_arn, local_mount_path=MOUNT
        )
        self.ready = DependencyGroup(self._copy(digest, bundle), self._files.mount_targets_available)

    def _members(self, name: str, port: int) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self, name, vpc=self._vpc, description=f"Port {port} for the functions", allow_all_outbound=False
        )
        group.add_ingress_rule(self._clients, ec2.Port.tcp(port), "The functions")
        return group

    def _access_point(self, members: ec2.SecurityGroup) -> efs.AccessPoint:
        """Bundles can be made again from the bucket, so the files go with the stack, and need no backup."""
        self._files = efs.FileSystem(
            self,
            "Bundles",
            vpc=self._vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_group=members,
            encrypted=True,
            kms_key=self._key,
            file_system_policy=self._tls_only(),
            throughput_mode=efs.ThroughputMode.ELASTIC,
            removal_policy=RemovalPolicy.DESTROY,
        )
        owner = efs.PosixUser(uid="10001", gid="10001")
        acl = efs.Acl(owner_uid="10001", owner_gid="10001", permissions="755")
        return self._files.add_access_point("Point", path="/bundles", posix_user=owner, create_acl=acl)

    @staticmethod
    def _tls_only() -> iam.PolicyDocument:
        """A policy that allows nobody anything: only roles that are allowed to can mount, and only over TLS.

        https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
        """
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    sid="OnlyTls",
                    effect=iam.Effect.DENY,
                    principals=[iam.AnyPrincipal()],
                    actions=[f"elasticfilesystem:Client{action}" for action in ("Mount", "Write", "RootAccess")],
                    conditions={"Bool": {"aws:SecureTransport": "false"}},
                )
            ]
        )

    def _copy(self, digest: str, bundle: str) -> CustomResource:
        names = self._names
        statements = [
            Statement("ReadBundle", "Copies the bundle in service.", ("s3:GetObject",), names.objects("artifacts/*")),
            self._mounting("WriteBundles", "Puts bundles on the file system.", "ClientMount", "ClientWrite"),
            network_interfaces(),
        ]
        if self._key:
            statements.append(
                Statement(
                    "UseKey", "Bundles are encrypted with the deployment's key.", ("kms:Decrypt",), [self._key.key_arn]
                )
            )
        function = ZipFunction(
            self,
            "Copy",
            folder="copy_bundle",
            function_name=names.function("copy-bundle"),
            statements=statements,
            environment={"LEADGEN_DATA_BUCKET": names.bucket, "LEADGEN_MOUNT": MOUNT},
            log_days=self._settings.api.log_days,
            key=self._key,
            timeout=Duration.minutes(15),
            memory_mb=1024,
            network=self.vpc_config,
            mount=self.mount,
        ).function
        function.node.add_dependency(self._files.mount_targets_available)
        return CustomResource(
            self,
            "Bundle",
            resource_type="Custom::Bundle",
            service_token=function.function_arn,
            service_timeout=Duration.minutes(20),
            properties={"Digest": digest, "Bundle": bundle},
        )

    def _mounting(self, sid: str, reason: str, *actions: str) -> Statement:
        return Statement(
            sid,
            reason,
            tuple(f"elasticfilesystem:{action}" for action in actions),
            [self._files.file_system_arn],
            {"StringEquals": {"elasticfilesystem:AccessPointArn": self._point.access_point_arn}},
        )

    def reading(self) -> Iterator[Statement]:
        """What the function that serves needs to read bundles here."""
        yield self._mounting("ReadBundles", "Reads bundles from the file system; it can change none.", "ClientMount")
        yield network_interfaces()


def network_interfaces() -> Statement:
    """What Lambda itself does, under the function's role, to put a function into a network.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    """
    return Statement(
        "JoinNetwork",
        "Lambda makes the function's network interfaces under its role; no narrower resource exists before they do.",
        (
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ),
        ["*"],
    )
