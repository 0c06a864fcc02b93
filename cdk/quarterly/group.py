"""The group that holds no instance, or one: started by the schedule, ended by the run, and by an alarm if need be."""

from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.access import Statement, acknowledge
from cdk.names import Names, arn
from cdk.schedule import Schedule
from cdk.settings import Settings


class RunGroup(Construct):
    """AWS replaces an instance that it took away, as long as the group wants one; the run then goes on by itself.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-mixed-instances-groups.html
    """

    def __init__(
        self, scope: Construct, name: str, settings: Settings, template: ec2.CfnLaunchTemplate, subnets: list[str]
    ) -> None:
        super().__init__(scope, name)
        self._settings, self._names = settings, Names(settings.prefix)
        self.group = autoscaling.CfnAutoScalingGroup(
            self,
            "Group",
            auto_scaling_group_name=self._names.topics_group,
            min_size="0",
            max_size="1",
            # The number of instances is left out: a deployment neither starts nor ends a run.
            vpc_zone_identifier=subnets,
            mixed_instances_policy=self._instances(template),
            health_check_type="EC2",
            metrics_collection=[
                autoscaling.CfnAutoScalingGroup.MetricsCollectionProperty(
                    granularity="1Minute", metrics=["GroupDesiredCapacity", "GroupInServiceInstances"]
                )
            ],
        )
        acknowledge(
            self.group, "AwsSolutions-AS3", "It starts one instance a quarter; the alarms tell of a run that fails."
        )
        acknowledge(
            self.group,
            "AwsSolutions-EC26",
            "The rule cannot follow the reference to the launch template, which encrypts the disk.",
        )
        self._end_after_hours()
        if settings.topics.schedule:
            self._start_on_schedule(settings.topics.schedule)

    def _instances(
        self, template: ec2.CfnLaunchTemplate
    ) -> autoscaling.CfnAutoScalingGroup.MixedInstancesPolicyProperty:
        topics, group = self._settings.topics, autoscaling.CfnAutoScalingGroup
        return group.MixedInstancesPolicyProperty(
            instances_distribution=group.InstancesDistributionProperty(
                on_demand_base_capacity=0,
                on_demand_percentage_above_base_capacity=100 if topics.purchase == "on_demand" else 0,
                on_demand_allocation_strategy="prioritized",
                spot_allocation_strategy="price-capacity-optimized",
            ),
            launch_template=group.LaunchTemplateProperty(
                launch_template_specification=group.LaunchTemplateSpecificationProperty(
                    launch_template_id=template.ref, version=template.attr_latest_version_number
                ),
                overrides=[group.LaunchTemplateOverridesProperty(instance_type=kind) for kind in topics.instance_types],
            ),
        )

    def _end_after_hours(self) -> None:
        """What the instance fails to do itself: wanting an instance for longer than a run may take ends the run.

        An alarm scales: no code of ours has to work for it. It counts hours in which an instance was wanted, so an
        instance that was replaced, or never came, does not begin anew.
        """
        names = self._names
        end = autoscaling.CfnScalingPolicy(
            self,
            "End",
            auto_scaling_group_name=self.group.ref,
            policy_type="SimpleScaling",
            adjustment_type="ExactCapacity",
            scaling_adjustment=0,
        )
        cloudwatch.CfnAlarm(
            self,
            "MaximumAge",
            alarm_name=f"{names.topics_group}-maximum-age",
            alarm_description=f"The quarterly run took more than {self._settings.topics.max_hours} hours and is ended. "
            "Read its log; to let it go on from where it stands, set the group to 1 again, and raise topics.max_hours "
            "if it needs them.",
            namespace="AWS/AutoScaling",
            metric_name="GroupDesiredCapacity",
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name="AutoScalingGroupName", value=names.topics_group)],
            statistic="Minimum",
            period=3600,
            # The instance's own timer comes first, and tells the log; this one tells of what it could not.
            evaluation_periods=self._settings.topics.max_hours + 1,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[end.ref, names.notices_arn],
        )

    def _start_on_schedule(self, expression: str) -> None:
        names = self._names
        Schedule(
            self,
            "Quarterly",
            expression=expression,
            time_zone=self._settings.rebuild.time_zone,
            action="autoscaling:setDesiredCapacity",
            arguments={"AutoScalingGroupName": names.topics_group, "DesiredCapacity": 1},
            statements=[
                Statement(
                    "StartRun",
                    "The schedule wants one instance of this group.",
                    ("autoscaling:SetDesiredCapacity",),
                    [arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{names.topics_group}")],
                )
            ],
            retries=20,
            dead_letters=sqs.Queue.from_queue_arn(self, "DeadLetters", arn("sqs", names.dead_letters)),
        )
