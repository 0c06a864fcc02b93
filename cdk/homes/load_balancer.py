"""An Application Load Balancer that speaks HTTPS alone."""

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from cdk.access import acknowledge
from cdk.homes.container import HEALTH, PORT
from cdk.names import Names
from cdk.serving.firewall import Firewall
from cdk.settings import Settings

_EVERYBODY = frozenset({"0.0.0.0/0", "::/0"})


class LoadBalancer(Construct):
    """`targets` of the healthy copies; TLS 1.2 or 1.3 before it, the private network behind it."""

    def __init__(self, scope: Construct, name: str, service: str, settings: Settings, vpc: ec2.IVpc) -> None:
        super().__init__(scope, name)
        self._settings, self._names, wanted = settings, Names(settings.prefix), settings.homes.fargate
        self.security_group = self._callers(vpc)
        kind = ec2.SubnetType.PRIVATE_ISOLATED if wanted.internal else ec2.SubnetType.PUBLIC
        self.balancer = elb.ApplicationLoadBalancer(
            self,
            "Balancer",
            load_balancer_name=service[:32].rstrip("-"),
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=kind),
            internet_facing=not wanted.internal,
            security_group=self.security_group,
            drop_invalid_header_fields=True,
            idle_timeout=Duration.seconds(60),
        )
        self._keep_access_logs()
        self.targets = self._targets(vpc)
        self.balancer.add_listener(
            "Https",
            port=443,
            protocol=elb.ApplicationProtocol.HTTPS,
            ssl_policy=elb.SslPolicy.RECOMMENDED_TLS,
            certificates=[elb.ListenerCertificate.from_arn(str(wanted.certificate_arn))],
            default_target_groups=[self.targets],
            open=False,
        )
        if wanted.waf:
            Firewall(self, "Firewall", service, self.balancer.load_balancer_arn)

    def _callers(self, vpc: ec2.IVpc) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self, "Callers", vpc=vpc, description="Who may call the API", allow_all_outbound=False
        )
        for network in self._settings.homes.fargate.allowed_cidrs:
            peer = ec2.Peer.ipv6(network) if ":" in network else ec2.Peer.ipv4(network)
            group.add_ingress_rule(peer, ec2.Port.tcp(443), "By homes.fargate.allowed_cidrs")
        if _EVERYBODY & set(self._settings.homes.fargate.allowed_cidrs):
            acknowledge(group, "AwsSolutions-EC23", "By homes.fargate.allowed_cidrs; the application asks for a key.")
        return group

    def _keep_access_logs(self) -> None:
        """By attributes: the library's own way wants the region before it is known."""
        self.balancer.set_attribute("access_logs.s3.enabled", "true")
        self.balancer.set_attribute("access_logs.s3.bucket", self._names.access_logs)
        self.balancer.set_attribute("access_logs.s3.prefix", "balancer")

    def _targets(self, vpc: ec2.IVpc) -> elb.ApplicationTargetGroup:
        return elb.ApplicationTargetGroup(
            self,
            "Targets",
            vpc=vpc,
            port=PORT,
            protocol=elb.ApplicationProtocol.HTTP,
            target_type=elb.TargetType.IP,
            deregistration_delay=Duration.seconds(15),
            load_balancing_algorithm_type=elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
            health_check=elb.HealthCheck(
                path=HEALTH,
                interval=Duration.seconds(10),
                timeout=Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=3,
                healthy_http_codes="200",
            ),
        )
