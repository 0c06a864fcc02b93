"""The service on ECS Fargate: tasks in the private network, as many as the load asks for."""

from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk.access import acknowledge, service_role, write_logs
from cdk.homes.container import HEALTH, PORT, Container
from cdk.homes.load_balancer import LoadBalancer
from cdk.logs import log_group
from cdk.settings import Settings

_ASKS_ITSELF = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{PORT}{HEALTH}', timeout=3)"
_BUSY_PERCENT = 60


class FargateService(Construct):
    """Starts no task that is not healthy, and goes back to the image before where one is not."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        service: str,
        settings: Settings,
        vpc: ec2.IVpc,
        balancer: LoadBalancer,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, name)
        self._settings, self._key, self._vpc = settings, key, vpc
        self.container = Container(self, "Container", service, settings, key)
        self._tasks = ec2.SecurityGroup(self, "Tasks", vpc=vpc, description="Tasks", allow_all_outbound=False)
        self._tasks.add_egress_rule(
            ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS, by endpoints: there is no other way out"
        )
        endpoints = self._reach_aws()
        cluster = ecs.Cluster(self, "Cluster", cluster_name=service, vpc=vpc)
        acknowledge(
            cluster,
            "AwsSolutions-ECS4",
            "ECS gives CPU and memory of a service free of charge, and the application writes the rest; Container "
            "Insights would add about 8 USD a month.",
        )
        self._service = ecs.FargateService(
            self,
            "Service",
            service_name=service,
            cluster=cluster,
            task_definition=self._definition(service),
            assign_public_ip=False,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[self._tasks],
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            min_healthy_percent=100,
            max_healthy_percent=200,
            health_check_grace_period=Duration.seconds(60),
            enable_execute_command=False,
        )
        # The first tasks would find no way to their image.
        self._service.node.add_dependency(*endpoints)
        self._service.attach_to_application_target_group(balancer.targets)
        self._tasks.add_ingress_rule(balancer.security_group, ec2.Port.tcp(PORT), "The load balancer")
        balancer.security_group.add_egress_rule(self._tasks, ec2.Port.tcp(PORT), "The tasks")
        self._scale()

    def _reach_aws(self) -> list[ec2.InterfaceVpcEndpoint]:
        """The registry, logs and secrets by interface endpoints; S3 and DynamoDB by the network's gateways."""
        group = ec2.SecurityGroup(
            self, "Endpoints", vpc=self._vpc, description="Endpoints of AWS for the tasks", allow_all_outbound=False
        )
        group.add_ingress_rule(self._tasks, ec2.Port.tcp(443), "The tasks")
        services = ec2.InterfaceVpcEndpointAwsService
        wanted = {
            "Registry": services.ECR,
            "Images": services.ECR_DOCKER,
            "Logs": services.CLOUDWATCH_LOGS,
            "Secrets": services.SECRETS_MANAGER,
        }
        return [
            self._vpc.add_interface_endpoint(name, service=service, security_groups=[group], open=False)
            for name, service in wanted.items()
        ]

    def _definition(self, service: str) -> ecs.FargateTaskDefinition:
        wanted = self._settings.homes.fargate
        group = log_group(self, "Log", self._settings.api.log_days, self._key, f"/ecs/{service}")
        starting = [*self.container.pulling(), *self.container.reading_secrets(), write_logs(group.log_group_arn)]
        ecs_tasks = "ecs-tasks.amazonaws.com"
        definition = ecs.FargateTaskDefinition(
            self,
            "Definition",
            family=service,
            cpu=wanted.cpu,
            memory_limit_mib=wanted.memory_mb,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.of(self._settings.rebuild.architecture.upper()),
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
            execution_role=service_role(self, "StartRole", ecs_tasks, starting, only_from_account=True),
            task_role=service_role(self, "Role", ecs_tasks, self.container.running(), only_from_account=True),
        )
        self._add_container(definition, ecs.LogDrivers.aws_logs(stream_prefix="api", log_group=group))
        acknowledge(definition, "AwsSolutions-ECS2", "Names and addresses alone; secrets come from Secrets Manager.")
        return definition

    def _add_container(self, definition: ecs.FargateTaskDefinition, log: ecs.LogDriver) -> None:
        # By their ARNs, so that the library adds no permission to the key of another stack.
        secrets = {
            name: secretsmanager.Secret.from_secret_attributes(self, name, secret_partial_arn=value)
            for name, value in self.container.secret_arns().items()
        }
        definition.add_container(
            "api",
            image=ecs.ContainerImage.from_registry(self.container.image),
            environment=self.container.environment,
            secrets={name: ecs.Secret.from_secrets_manager(secret) for name, secret in secrets.items()},
            port_mappings=[ecs.PortMapping(container_port=PORT)],
            user="10001",
            # A bundle from S3 is copied to /tmp; one in the image needs no place to write.
            readonly_root_filesystem=self._settings.api.bundle_source == "baked",
            privileged=False,
            logging=log,
            stop_timeout=Duration.seconds(20),
            health_check=ecs.HealthCheck(
                command=["CMD", "python", "-c", _ASKS_ITSELF],
                interval=Duration.seconds(15),
                start_period=Duration.seconds(60),
            ),
        )

    def _scale(self) -> None:
        wanted = self._settings.homes.fargate
        # An update would set it back to the least, whatever the load.
        cast(ecs.CfnService, self._service.node.default_child).add_property_deletion_override("DesiredCount")
        scaling = self._service.auto_scale_task_count(min_capacity=wanted.min_tasks, max_capacity=wanted.max_tasks)
        scaling.scale_on_cpu_utilization(
            "Cpu",
            target_utilization_percent=_BUSY_PERCENT,
            scale_out_cooldown=Duration.seconds(30),
            scale_in_cooldown=Duration.minutes(5),
        )
