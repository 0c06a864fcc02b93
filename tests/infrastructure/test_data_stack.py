"""What is kept: how it is protected, how long it stays, and what a capability that is off leaves out."""

import json

import pytest
from leadgen.duplicates import online

from cdk.app import read_context
from cdk.documents.policies import synthesise
from cdk.settings import read_settings
from cdk.stacks.data import DELETED_BUNDLE_DAYS

LARGEST = 63


@pytest.fixture
def default(deployment_of):
    return deployment_of("default")


def data_bucket(deployment):
    (bucket,) = [b for _, _, b in deployment.of("AWS::S3::Bucket") if "VersioningConfiguration" in b]
    return bucket


def test_objects_can_be_restored_for_a_month_and_accesses_are_logged(default):
    bucket = data_bucket(default)
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert any(rule.get("NoncurrentVersionExpiration") == {"NoncurrentDays": 30} for rule in rules)
    (deleted_bundles,) = [rule for rule in rules if rule.get("Prefix") == "artifacts/"]
    assert deleted_bundles["NoncurrentVersionExpiration"]["NoncurrentDays"] == DELETED_BUNDLE_DAYS
    assert not any("ExpirationInDays" in rule and rule.get("Prefix") != "reports/" for rule in rules)
    assert bucket["LoggingConfiguration"]["DestinationBucketName"]["Ref"].startswith("AccessLogs")


def test_images_cannot_be_moved_and_none_expires_by_age(default):
    repository = default.one("AWS::ECR::Repository")
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    # A rule of the registry's could delete the image of a version in service.
    assert "LifecyclePolicy" not in repository


def test_lambda_alone_may_pull_images_and_only_for_functions_of_this_deployment(default):
    (statement,) = default.one("AWS::ECR::Repository")["RepositoryPolicyText"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert "function:leadgen-dev-*" in json.dumps(statement["Condition"]["ArnLike"]["aws:SourceArn"])


def test_the_table_of_duplicates_is_what_the_application_writes_to(default):
    table = default.one("AWS::DynamoDB::Table")
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert "`pk`" in online.__doc__
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert "`expires_at`" in online.__doc__
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_digest_key_is_made_by_aws_and_known_to_no_template(default):
    secret = default.one("AWS::SecretsManager::Secret")
    assert secret["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in secret


def test_cloudformation_creates_the_parameters_that_builds_and_rollouts_write(default):
    values = {p["Name"]: p["Value"] for _, _, p in default.of("AWS::SSM::Parameter")}
    assert values == {
        "/leadgen-dev/release": "none",
        "/leadgen-dev/rollout": "{}",
        "/leadgen-dev/in-service/digest": "none",
        "/leadgen-dev/in-service/bundle": "none",
    }


def test_a_change_of_tags_does_not_write_the_first_values_over_what_is_in_service(tmp_path):
    context = read_context()
    context["environments"]["dev"]["tags"] = {"cost-centre": "42"}
    templates = {template.part: template for template in synthesise(read_settings(context, "dev"), tmp_path)}
    for bucket in templates["data"].resources("AWS::S3::Bucket").values():
        assert {"Key": "cost-centre", "Value": "42"} in bucket["Properties"]["Tags"]
    for parameter in templates["data"].resources("AWS::SSM::Parameter").values():
        assert "Tags" not in parameter["Properties"]
    for artifact in json.loads((tmp_path / "manifest.json").read_text())["artifacts"].values():
        if artifact["type"] == "aws:cloudformation:stack":
            assert artifact["properties"]["tags"] == {"leadgen:deployment": "leadgen-dev"}


def test_the_database_is_private_encrypted_and_speaks_tls_to_clients_with_iam_tokens(deployment_of):
    deployment = deployment_of("topics")
    database = deployment.one("AWS::RDS::DBInstance")
    assert database["PubliclyAccessible"] is False
    assert database["StorageEncrypted"] is True
    assert database["EnableIAMDatabaseAuthentication"] is True
    assert database["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in database
    assert deployment.one("AWS::RDS::DBParameterGroup")["Parameters"] == {"rds.force_ssl": "1"}
    subnets = deployment.one("AWS::RDS::DBSubnetGroup")["SubnetIds"]
    assert all("private" in subnet["Ref"] for subnet in subnets)


def test_a_database_that_rests_is_stopped_every_day_without_a_function(deployment_of):
    deployment = deployment_of("topics")
    stops = [s for _, _, s in deployment.of("AWS::Scheduler::Schedule") if "rds:stopDBInstance" in json.dumps(s)]
    (stop,) = stops
    identifier = deployment.one("AWS::RDS::DBInstance")["DBInstanceIdentifier"]
    assert json.loads(stop["Target"]["Input"]) == {"DbInstanceIdentifier": identifier}


def test_the_network_reaches_s3_and_dynamodb_without_charge_and_logs_its_flows(deployment_of):
    deployment = deployment_of("topics")
    endpoints = [e for _, _, e in deployment.of("AWS::EC2::VPCEndpoint")]
    assert {e.get("VpcEndpointType", "Gateway") for e in endpoints} == {"Gateway"}
    assert len(endpoints) == 2
    assert deployment.of("AWS::EC2::FlowLog")


def test_no_way_leads_from_the_database_to_the_internet(deployment_of):
    """The public subnets are the quarterly run's alone."""
    data = deployment_of("topics").stacks["data"]
    out = {route["Properties"]["RouteTableId"]["Ref"] for route in data.resources("AWS::EC2::Route").values()}
    tables = {
        association["Properties"]["SubnetId"]["Ref"]: association["Properties"]["RouteTableId"]["Ref"]
        for association in data.resources("AWS::EC2::SubnetRouteTableAssociation").values()
    }
    (group,) = data.resources("AWS::RDS::DBSubnetGroup").values()
    subnets = [subnet["Ref"] for subnet in group["Properties"]["SubnetIds"]]
    assert out
    assert subnets
    assert not out & {tables[subnet] for subnet in subnets}


def test_without_topics_there_is_no_network_and_no_database(default):
    assert not [kind for kind in default.kinds() if kind.startswith(("AWS::EC2::", "AWS::RDS::"))]


def test_an_own_key_encrypts_whatever_holds_data(deployment_of):
    deployment = deployment_of("own key")
    (rule,) = data_bucket(deployment)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert deployment.one("AWS::ECR::Repository")["EncryptionConfiguration"]["EncryptionType"] == "KMS"
    assert deployment.one("AWS::DynamoDB::Table")["SSESpecification"]["SSEType"] == "KMS"
    assert deployment.one("AWS::SecretsManager::Secret")["KmsKeyId"]
    assert deployment.one("AWS::RDS::DBInstance")["KmsKeyId"]
    assert all(group["KmsKeyId"] for _, _, group in deployment.of("AWS::Logs::LogGroup"))


def test_production_keeps_its_data_and_cannot_be_deleted_by_mistake(deployment_of):
    production = deployment_of("prod")
    for kind in ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::ECR::Repository", "AWS::SecretsManager::Secret"):
        for resource in production.stacks["data"].resources(kind).values():
            # A first deployment that fails may take them away again, or the next could not make them.
            assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
            assert resource["UpdateReplacePolicy"] == "Retain"
    assert production.settings.data.database.deletion_protection is True


def test_names_of_buckets_fit_s3_in_the_region_with_the_longest_name(default):
    for _, _, bucket in default.of("AWS::S3::Bucket"):
        parts = bucket["BucketName"]["Fn::Join"][1]
        longest = {"AWS::AccountId": "1" * 12, "AWS::Region": "ap-southeast-1"}
        name = "".join(longest[part["Ref"]] if isinstance(part, dict) else part for part in parts)
        # The longest name of a product and of an environment that the settings accept.
        assert len(name) - len("leadgen-dev") + 16 + 1 + 10 <= LARGEST
