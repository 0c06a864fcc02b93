"""What is kept between deployments."""

from pydantic import Field

from cdk.settings.section import CRON, Section


class Database(Section):
    """PostgreSQL with pgvector; created only where the capability `topics` is on."""

    instance_class: str = Field(
        default="db.t4g.micro",
        pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$",
        description="Instance class. The smallest is for trials: the index over 2 M sentences wants 8 GB of memory.",
    )
    storage_gb: int = Field(default=20, ge=20, le=65536, description="Storage (gp3), GB; grows on its own to twice.")
    version: str = Field(default="18.3", pattern=r"^1[5-9]\.\d+$", description="PostgreSQL minor version.")
    backup_days: int = Field(default=7, ge=0, le=35, description="Days that automatic backups are kept; 0 takes none.")
    deletion_protection: bool = Field(default=True, description="Refuse to delete the database.")
    multi_az: bool = Field(default=False, description="A standby in a second zone; doubles the price.")
    stopped_between_runs: bool = Field(
        default=False, description="Stop the database on `stop_schedule`; whoever needs it starts it."
    )
    stop_schedule: str = Field(
        default="cron(0 6 * * ? *)",
        pattern=CRON,
        description="When to stop it, in `rebuild.time_zone`. Daily: RDS starts a stopped database after seven days.",
    )


class Data(Section):
    """What is kept between deployments."""

    noncurrent_days: int = Field(
        default=30, ge=1, le=3650, description="Days that replaced objects can be restored; bundles 7 at most."
    )
    report_days: int = Field(default=365, ge=1, le=3650, description="Days that reports of builds are kept.")
    log_days: int = Field(default=90, ge=1, le=3650, description="Days that access logs of the bucket are kept.")
    database: Database = Database()
