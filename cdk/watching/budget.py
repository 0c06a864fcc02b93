"""A budget of the deployment's own costs."""

from collections.abc import Sequence

from aws_cdk import aws_budgets as budgets
from constructs import Construct


def add_budget(scope: Construct, prefix: str, usd: float, emails: Sequence[str]) -> None:
    """Tells at 80 % spent and when the month is forecast to go over; without a reader it is only shown.

    It counts what carries the tag `leadgen:deployment`, once that is activated as a cost allocation tag:
    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html
    """
    readers = [budgets.CfnBudget.SubscriberProperty(subscription_type="EMAIL", address=email) for email in emails]
    told = [
        budgets.CfnBudget.NotificationWithSubscribersProperty(
            notification=budgets.CfnBudget.NotificationProperty(
                comparison_operator="GREATER_THAN",
                notification_type=kind,
                threshold=percent,
                threshold_type="PERCENTAGE",
            ),
            subscribers=readers,
        )
        for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
    ]
    budgets.CfnBudget(
        scope,
        "Budget",
        budget=budgets.CfnBudget.BudgetDataProperty(
            budget_name=prefix,
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=budgets.CfnBudget.SpendProperty(amount=usd, unit="USD"),
            cost_filters={"TagKeyValue": [f"user:leadgen:deployment${prefix}"]},
        ),
        notifications_with_subscribers=told if readers else None,
    )
