"""The ways from the VPC to S3 and DynamoDB."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct


class GatewayEndpoints(Construct):
    """Gateway endpoints cost nothing. Their policies let out only what functions in the VPC ask of our own stores."""

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc) -> None:
        super().__init__(scope, construct_id)
        self._s3 = self._endpoint("S3", ec2.GatewayVpcEndpointAwsService.S3, vpc)
        self._dynamodb = self._endpoint("DynamoDB", ec2.GatewayVpcEndpointAwsService.DYNAMODB, vpc)

    def allow_table(self, table_arn: str, actions: Sequence[str]) -> None:
        self._dynamodb.add_to_policy(self._ours([f"dynamodb:{action}" for action in actions], [table_arn]))

    def allow_bucket(self, bucket_arn: str) -> None:
        """Objects may be read and written; a missing object is told from a forbidden one."""
        self._s3.add_to_policy(self._ours(["s3:GetObject", "s3:PutObject"], [f"{bucket_arn}/*"]))
        self._s3.add_to_policy(self._ours(["s3:ListBucket"], [bucket_arn]))

    def allow_answers_to_cloudformation(self) -> None:
        """A custom resource in the VPC answers at an address that CloudFormation signed, in a bucket of its own.

        Source of the buckets' names: CloudFormation User Guide, "Setting up VPC endpoints for CloudFormation".
        """
        self._s3.add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["s3:PutObject"],
                resources=[
                    cdk.Stack.of(self).format_arn(
                        service="s3",
                        region="",
                        account="",
                        resource="cloudformation-custom-resource-response-*",
                        resource_name="*",
                    )
                ],
            )
        )

    def _endpoint(self, name: str, service: ec2.GatewayVpcEndpointAwsService, vpc: ec2.IVpc) -> ec2.GatewayVpcEndpoint:
        return ec2.GatewayVpcEndpoint(self, name, vpc=vpc, service=service)

    def _ours(self, actions: list[str], resources: list[str]) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            principals=[iam.AnyPrincipal()],
            actions=actions,
            resources=resources,
            conditions={"StringEquals": {"aws:PrincipalAccount": cdk.Stack.of(self).account}},
        )
