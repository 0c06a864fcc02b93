"""The small functions: a folder of `functions/`, zipped; boto3 of the runtime is all they need."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from aws_cdk import Duration, IgnoreMode
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.access import Statement, service_role, write_logs
from cdk.logs import log_group

FUNCTIONS = Path(__file__).resolve().parents[1] / "functions"
FOLDER = "leadgen:folder"
"""Key of a function's metadata: its folder in `functions/`."""


class ZipFunction(Construct):
    """`function` runs `functions/{folder}/handler.py` under a role that may do what the statements say, and log."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        folder: str,
        function_name: str,
        statements: Sequence[Statement],
        environment: Mapping[str, str],
        log_days: int,
        key: kms.IKey | None,
        timeout: Duration | None = None,
        memory_mb: int = 256,
        network: lambda_.CfnFunction.VpcConfigProperty | None = None,
        mount: lambda_.CfnFunction.FileSystemConfigProperty | None = None,
    ) -> None:
        super().__init__(scope, name)
        group = log_group(self, "Log", log_days, key, f"/aws/lambda/{function_name}")
        role = service_role(self, "Role", "lambda.amazonaws.com", [write_logs(group.log_group_arn), *statements])
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            # The folder stays a package, so that its modules find each other here and there.
            code=lambda_.Code.from_asset(
                str(FUNCTIONS), exclude=["/*", f"!/{folder}", "__pycache__"], ignore_mode=IgnoreMode.GIT
            ),
            handler=f"{folder}.handler.handler",
            role=role,
            environment=dict(environment),
            log_group=group,
            logging_format=lambda_.LoggingFormat.JSON,
            timeout=timeout or Duration.minutes(1),
            memory_size=memory_mb,
        )
        resource = cast(lambda_.CfnFunction, self.function.node.default_child)
        resource.add_metadata(FOLDER, folder)
        # The library repeats the role as a dependency; the function's properties name it already.
        resource.add_deletion_override("DependsOn")
        resource.vpc_config = network
        resource.file_system_configs = [mount] if mount else None
