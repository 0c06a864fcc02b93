"""AWS WAF before a REST API."""

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

_RULE_SETS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
_REQUESTS_IN_FIVE_MINUTES = 3000


class Firewall(Construct):
    """Amazon's rules, and a limit of requests from one address."""

    def __init__(self, scope: Construct, name: str, prefix: str, stage_arn: str) -> None:
        super().__init__(scope, name)
        rules = [self._managed(rule_set, priority) for priority, rule_set in enumerate(_RULE_SETS)]
        acl = waf.CfnWebACL(
            self,
            "Acl",
            name=prefix,
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            rules=[*rules, self._rate(len(rules))],
            visibility_config=_visible(prefix),
        )
        waf.CfnWebACLAssociation(self, "Stage", resource_arn=stage_arn, web_acl_arn=acl.attr_arn)

    def _managed(self, rule_set: str, priority: int) -> waf.CfnWebACL.RuleProperty:
        # A batch of leads is longer than the 8 KB that this rule allows; API Gateway and the application have limits.
        counted = waf.CfnWebACL.RuleActionOverrideProperty(
            name="SizeRestrictions_BODY", action_to_use=waf.CfnWebACL.RuleActionProperty(count={})
        )
        common = rule_set == "AWSManagedRulesCommonRuleSet"
        return waf.CfnWebACL.RuleProperty(
            name=rule_set,
            priority=priority,
            override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
            statement=waf.CfnWebACL.StatementProperty(
                managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                    vendor_name="AWS", name=rule_set, rule_action_overrides=[counted] if common else None
                )
            ),
            visibility_config=_visible(rule_set),
        )

    def _rate(self, priority: int) -> waf.CfnWebACL.RuleProperty:
        return waf.CfnWebACL.RuleProperty(
            name="rate",
            priority=priority,
            action=waf.CfnWebACL.RuleActionProperty(block={}),
            statement=waf.CfnWebACL.StatementProperty(
                rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                    limit=_REQUESTS_IN_FIVE_MINUTES, aggregate_key_type="IP"
                )
            ),
            visibility_config=_visible("rate"),
        )


def _visible(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    """Counted, but without samples of requests, which hold persons."""
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
