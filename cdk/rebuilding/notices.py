"""The topic that tells people: failed builds, roll-backs, alarms."""

from collections.abc import Iterable

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from cdk.access import Statement

_ALARMS = iam.ServicePrincipal("cloudwatch.amazonaws.com")
_IN_ACCOUNT = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}


class Notices(Construct):
    """`topic`, encrypted by a key of its own: CloudWatch's alarms cannot use the one that AWS keeps for SNS.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    """

    def __init__(self, scope: Construct, name: str, topic_name: str, emails: Iterable[str]) -> None:
        super().__init__(scope, name)
        self.key = kms.Key(
            self,
            "Key",
            description=f"{topic_name}: messages at rest",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,
            pending_window=Duration.days(7),
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Alarms",
                principals=[_ALARMS],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
                conditions=_IN_ACCOUNT,
            )
        )
        self.topic = sns.Topic(self, "Topic", topic_name=topic_name, master_key=self.key, enforce_ssl=True)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Alarms",
                principals=[_ALARMS],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions=_IN_ACCOUNT,
            )
        )
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def admit_events(self) -> None:
        """Let rules of EventBridge publish here; SNS evaluates no source account for them on an encrypted topic.

        https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        """
        events = iam.ServicePrincipal("events.amazonaws.com")
        encrypt, topic = ["kms:Decrypt", "kms:GenerateDataKey"], self.topic.topic_arn
        self.key.add_to_resource_policy(
            iam.PolicyStatement(sid="Events", principals=[events], actions=encrypt, resources=["*"])
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(sid="Events", principals=[events], actions=["sns:Publish"], resources=[topic])
        )

    def publish(self) -> list[Statement]:
        """What a role needs to publish here."""
        return [
            Statement("Notify", "Tells people by the topic of notices.", ("sns:Publish",), [self.topic.topic_arn]),
            Statement(
                "EncryptNotices",
                "SNS encrypts a message with the topic's key in the name of who publishes.",
                ("kms:Decrypt", "kms:GenerateDataKey"),
                [self.key.key_arn],
            ),
        ]
