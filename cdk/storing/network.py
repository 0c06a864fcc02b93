"""A private network without NAT: what runs in it reaches S3 and DynamoDB by gateway, and nothing else."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.access import Statement, service_role
from cdk.logs import log_group


class Network(Construct):
    """`vpc` with isolated subnets in two zones and, where `public` is set, public ones for a load balancer."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        log_days: int,
        key: kms.IKey | None = None,
        public: bool = False,
    ) -> None:
        super().__init__(scope, name)
        subnets = [ec2.SubnetConfiguration(name="private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=22)]
        if public:
            subnets.append(
                ec2.SubnetConfiguration(
                    name="public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=26, map_public_ip_on_launch=False
                )
            )
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=0,
            subnet_configuration=subnets,
            # The library would empty it by a function with wide rights; nothing here is in the default group.
            restrict_default_security_group=False,
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
                "DynamoDb": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            },
        )
        self._log_flows(log_group(self, "FlowLog", log_days, key))

    def _log_flows(self, group: logs.LogGroup) -> None:
        role = service_role(
            self,
            "FlowLogRole",
            "vpc-flow-logs.amazonaws.com",
            [
                Statement(
                    "WriteFlowLog",
                    "Records of rejected and accepted connections go to the network's own log group.",
                    ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"),
                    [group.log_group_arn],
                )
            ],
            only_from_account=True,
        )
        ec2.CfnFlowLog(
            self,
            "Flows",
            resource_id=self.vpc.vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            deliver_logs_permission_arn=role.role_arn,
            log_group_name=group.log_group_name,
        )
