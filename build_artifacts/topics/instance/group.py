"""The Auto Scaling group that replaces this instance for as long as it wants one."""

import boto3
from botocore.config import Config


def want_no_instance(group: str) -> None:
    """Set the group to 0: AWS then ends this instance and starts no other. To say so twice does no harm."""
    client = boto3.client("autoscaling", config=Config(retries={"mode": "standard", "total_max_attempts": 8}))
    client.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=0, HonorCooldown=False)
