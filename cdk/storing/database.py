"""PostgreSQL with pgvector, reached from inside the network with IAM tokens over TLS."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct

from cdk.access import Statement, acknowledge
from cdk.names import Names, arn
from cdk.schedule import Schedule
from cdk.settings import Settings

PORT = 5432
NAME = "topics"
WRITER, READER = "leadgen_writer", "leadgen_reader"
"""Users that log in with IAM tokens; `leadgen database prepare` makes them."""


class Database(Construct):
    """`instance`, and the security group `clients` whose members may reach it."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        vpc: ec2.IVpc,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, name)
        self._settings = settings
        self.clients = ec2.SecurityGroup(self, "Clients", vpc=vpc, description="Who may reach the database")
        self.security_group = ec2.SecurityGroup(
            self, "Access", vpc=vpc, description="The database, for its clients alone", allow_all_outbound=False
        )
        self.security_group.add_ingress_rule(self.clients, ec2.Port.tcp(PORT), "PostgreSQL")
        self.identifier = Names(settings.prefix).database
        self.instance = self._instance(vpc, key)
        if settings.data.database.stopped_between_runs:
            self._stop_between_runs()

    def _instance(self, vpc: ec2.IVpc, key: kms.IKey | None) -> rds.CfnDBInstance:
        wanted = self._settings.data.database
        subnets = rds.CfnDBSubnetGroup(
            self,
            "Subnets",
            db_subnet_group_description=f"{self.identifier}: private subnets",
            subnet_ids=[subnet.subnet_id for subnet in vpc.isolated_subnets],
        )
        parameters = rds.CfnDBParameterGroup(
            self,
            "Parameters",
            family=f"postgres{wanted.version.split('.')[0]}",
            description=f"{self.identifier}: TLS only",
            parameters={"rds.force_ssl": "1"},
        )
        instance = rds.CfnDBInstance(
            self,
            "Instance",
            db_instance_identifier=self.identifier,
            db_instance_class=wanted.instance_class,
            engine="postgres",
            engine_version=wanted.version,
            db_name=NAME,
            allocated_storage=str(wanted.storage_gb),
            max_allocated_storage=2 * wanted.storage_gb,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=key.key_arn if key else None,
            # RDS makes and rotates this password; programs log in with IAM tokens instead.
            master_username="postgres",
            manage_master_user_password=True,
            master_user_secret=rds.CfnDBInstance.MasterUserSecretProperty(kms_key_id=key.key_arn) if key else None,
            enable_iam_database_authentication=True,
            publicly_accessible=False,
            multi_az=wanted.multi_az,
            vpc_security_groups=[self.security_group.security_group_id],
            db_subnet_group_name=subnets.ref,
            db_parameter_group_name=parameters.ref,
            backup_retention_period=wanted.backup_days,
            copy_tags_to_snapshot=True,
            deletion_protection=wanted.deletion_protection,
            auto_minor_version_upgrade=False,
            enable_cloudwatch_logs_exports=["postgresql", "upgrade"],
        )
        kept = self._settings.retain_data
        instance.apply_removal_policy(RemovalPolicy.SNAPSHOT if kept else RemovalPolicy.DESTROY)
        self._acknowledge(instance)
        return instance

    def _acknowledge(self, instance: rds.CfnDBInstance) -> None:
        wanted = self._settings.data.database
        acknowledge(
            instance, "AwsSolutions-RDS11", "The usual port; only the security group of its clients can reach it."
        )
        if not wanted.multi_az:
            acknowledge(instance, "AwsSolutions-RDS3", "By data.database.multi_az; a batch job can wait for a restore.")
        if not wanted.deletion_protection:
            acknowledge(instance, "AwsSolutions-RDS10", "By data.database.deletion_protection, for trials.")
        if not wanted.backup_days:
            acknowledge(instance, "AwsSolutions-RDS13", "By data.database.backup_days.")

    def _stop_between_runs(self) -> None:
        """RDS refuses the call for a database that is stopped already, which does no harm."""
        Schedule(
            self,
            "Stop",
            expression=self._settings.data.database.stop_schedule,
            time_zone=self._settings.rebuild.time_zone,
            action="rds:stopDBInstance",
            arguments={"DbInstanceIdentifier": self.identifier},
            statements=[
                Statement(
                    "StopDatabase",
                    "The database costs nothing but its storage while it is stopped.",
                    ("rds:StopDBInstance",),
                    [arn("rds", f"db:{self.identifier}")],
                )
            ],
        )
