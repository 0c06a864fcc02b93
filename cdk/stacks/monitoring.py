"""Dashboard, alarms and budget of what the settings create, and of nothing else."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk.deployment_stack import DeploymentStack
from cdk.settings import Settings
from cdk.watching import dashboard
from cdk.watching.alarms import Watch, add_alarm, api_watches, database_watches, rebuild_watches, topics_watches
from cdk.watching.budget import add_budget
from cdk.watching.build_log import count_embeddings
from cdk.watching.descriptions import count_descriptions, descriptions_row, descriptions_watches
from cdk.watching.run_log import count_run


class MonitoringStack(DeploymentStack):
    """Alarms of a home outside Lambda are in that home's own stack, which knows its load balancer."""

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(scope, settings, "monitoring", "dashboard, alarms and budget")
        self._database = self.names.database if settings.capabilities.topics else None
        if settings.capabilities.scoring:
            count_embeddings(self, self.names)
        if settings.capabilities.descriptions:
            count_descriptions(self, self.names)
        if settings.capabilities.topics:
            count_run(self, self.names)
        alarms = [add_alarm(self, self.names, watch) for watch in self._watches()]
        rows = [dashboard.heading(settings, alarms), *self._rows()]
        cloudwatch.Dashboard(self, "Dashboard", dashboard_name=settings.prefix, widgets=rows)
        monitoring = settings.monitoring
        if monitoring.budget_usd:
            emails = {monitoring.alarm_email, settings.rebuild.notices_email} - {None}
            add_budget(self, settings.prefix, monitoring.budget_usd, sorted(str(email) for email in emails))

    def _watches(self) -> list[Watch]:
        watches = []
        if self.settings.capabilities.scoring:
            watches += api_watches(self.names, self.settings)
        if self.settings.has_api:
            watches += rebuild_watches(self.names, self.settings)
        if self.settings.capabilities.descriptions:
            watches += descriptions_watches(self.names, self.settings)
        if self._database:
            watches += [*topics_watches(self.names, self.settings), *database_watches(self._database, self.settings)]
        return watches

    def _rows(self) -> list[list[cloudwatch.IWidget]]:
        homes, names = self.settings.homes, self.names
        rows = []
        if self.settings.capabilities.scoring:
            rows += [*dashboard.service_rows(names.prefix), dashboard.lambda_row(names), dashboard.rebuild_row(names)]
        if self.settings.capabilities.descriptions:
            rows.append(descriptions_row(names))
        if homes.fargate.enabled:
            rows += [*dashboard.service_rows(names.home("fargate")), dashboard.fargate_row(names.home("fargate"))]
        if homes.app_runner.enabled:
            rows += dashboard.service_rows(names.home("app-runner"))
        if self._database:
            rows += [*dashboard.service_rows(names.function("themes")), *dashboard.run_rows(names)]
            rows.append(dashboard.database_row(self._database))
        return rows
