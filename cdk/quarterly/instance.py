"""The machine of the quarterly run: image, disk, network, role, and what it is told."""

import json
from collections.abc import Sequence

from aws_cdk import Aws, Fn
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from cdk.access import Statement, service_role
from cdk.deployment_stack import TAG
from cdk.names import Names, arn
from cdk.quarterly.permissions import TEXT_MODEL
from cdk.quarterly.user_data import HOME, user_data
from cdk.settings import Settings
from cdk.storing.database import NAME, PORT, WRITER

_IMAGE = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id"
"""Amazon Linux 2023 with NVIDIA's driver, the AWS CLI and the agent of Session Manager; CUDA itself is in the lock.

https://docs.aws.amazon.com/dlami/latest/devguide/find-dlami-id.html
"""


class Instance(Construct):
    """`template` of an instance that nobody can connect to, and that reaches the database at `host`."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        source: assets.Asset,
        *,
        host: str,
        master_secret: str,
        clients: str,
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, name)
        self._settings, self._names, self._source = settings, Names(settings.prefix), source
        self._host, self._master_secret = host, master_secret
        role = service_role(self, "Role", "ec2.amazonaws.com", statements)
        profile = iam.CfnInstanceProfile(self, "Profile", roles=[role.role_name])
        image = ec2.MachineImage.from_ssm_parameter(_IMAGE).get_image(self).image_id
        data = ec2.CfnLaunchTemplate.LaunchTemplateDataProperty
        self.template = ec2.CfnLaunchTemplate(
            self,
            "Template",
            launch_template_name=self._names.topics_group,
            launch_template_data=data(
                image_id=image,
                iam_instance_profile=ec2.CfnLaunchTemplate.IamInstanceProfileProperty(arn=profile.attr_arn),
                user_data=Fn.base64(user_data(self._environment())),
                metadata_options=ec2.CfnLaunchTemplate.MetadataOptionsProperty(
                    http_tokens="required", http_put_response_hop_limit=1, http_endpoint="enabled"
                ),
                block_device_mappings=[self._disk()],
                network_interfaces=[
                    # The public address is the way out to the language model and the package index, without a NAT
                    # gateway; the group lets nothing in.
                    ec2.CfnLaunchTemplate.NetworkInterfaceProperty(
                        device_index=0, associate_public_ip_address=True, groups=[clients], delete_on_termination=True
                    )
                ],
                instance_initiated_shutdown_behavior="terminate",
                monitoring=ec2.CfnLaunchTemplate.MonitoringProperty(enabled=True),
                tag_specifications=[
                    ec2.CfnLaunchTemplate.TagSpecificationProperty(resource_type=kind, tags=self._tags())
                    for kind in ("instance", "volume")
                ],
            ),
        )

    def _disk(self) -> ec2.CfnLaunchTemplate.BlockDeviceMappingProperty:
        """Under AWS's own key: nothing outlives the run on it, and the group may use no other without a grant."""
        return ec2.CfnLaunchTemplate.BlockDeviceMappingProperty(
            device_name="/dev/xvda",
            ebs=ec2.CfnLaunchTemplate.EbsProperty(
                encrypted=True,
                volume_type="gp3",
                volume_size=self._settings.topics.disk_gb,
                throughput=250,
                delete_on_termination=True,
            ),
        )

    def _tags(self) -> list[dict[str, str]]:
        tags = {"Name": self._names.topics_group, TAG: self._settings.prefix, **self._settings.tags}
        return [{"key": name, "value": value} for name, value in tags.items()]

    def _environment(self) -> dict[str, str]:
        """What `build_artifacts.topics.instance` reads."""
        topics, names, source = self._settings.topics, self._names, self._source
        key = topics.llm_key_secret
        stopped = self._settings.data.database.stopped_between_runs
        options = f"region={Aws.REGION}&sslrootcert={HOME}/rds-ca.pem"
        variables = {
            "PATH": f"{HOME}/venv/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "PYTHONPATH": "layers/leadgen/python",
            "AWS_DEFAULT_REGION": Aws.REGION,
            "LEADGEN_CODE": f"s3://{source.s3_bucket_name}/{source.s3_object_key}",
            "LEADGEN_GROUP": names.topics_group,
            "LEADGEN_MAX_SECONDS": str(topics.max_hours * 3600),
            "LEADGEN_LOG_GROUP": names.topics_log,
            "LEADGEN_DATABASE_URL": f"rds-iam://{WRITER}@{self._host}:{PORT}/{NAME}?{options}",
            "LEADGEN_DATABASE_MASTER_SECRET": self._master_secret,
            "LEADGEN_DATABASE_INSTANCE": names.database if stopped else "",
            "LEADGEN_INPUT": f"s3://{names.bucket}/{topics.input_prefix}".rstrip("/"),
            "LEADGEN_QUARTER": topics.quarter or "",
            "LEADGEN_TEXT_MODEL": topics.text_model,
            "LEADGEN_TEXT_MODEL_OUTPUT": f"s3://{names.bucket}/{TEXT_MODEL}",
            "LEADGEN_FLAGS": json.dumps(dict(topics.flags)),
            # Without the six characters that AWS adds: it finds the secret by this as well.
            "LEADGEN_LLM_API_KEY_SECRET": arn("secretsmanager", f"secret:{key}") if key else "",
            "LEADGEN_LLM_BASE_URL": topics.llm_base_url,
            "LEADGEN_LLM_MODEL": topics.llm_model,
            "LEADGEN_LLM_MAX_USD": f"{topics.llm_max_usd:g}",
        }
        return {name: value for name, value in variables.items() if value}
