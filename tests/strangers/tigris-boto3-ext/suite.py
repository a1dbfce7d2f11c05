"""Tigris' own extension of boto3 against the embedded Tigris. Prints `ok NAME` or `not ok NAME: why` for each check."""

import urllib.request

import boto3
import tigris_boto3_ext as tigris
from botocore.config import Config
from botocore.exceptions import ClientError

BUCKET = "strangers-boto3-ext"
s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
tigris.create_bucket(s3, BUCKET, regions=["iad"])


def settings():
    shown = tigris.get_bucket_metadata(s3, BUCKET)
    assert "iad" in str(shown), f"no region in {shown}"
    tigris.set_bucket_soft_delete(s3, BUCKET, True, retention_days=8)
    assert "8" in str(tigris.get_bucket_metadata(s3, BUCKET)), "the days are not shown"
    tigris.set_bucket_soft_delete(s3, BUCKET, False)


def snapshots():
    tigris.create_snapshot_bucket(s3, f"{BUCKET}-snapshots")
    assert tigris.has_snapshot_enabled(s3, f"{BUCKET}-snapshots")
    assert not tigris.has_snapshot_enabled(s3, BUCKET)


def renames():
    s3.put_object(Bucket=BUCKET, Key="one", Body=b"hello")
    tigris.rename_object(s3, BUCKET, "one", "two")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert keys == ["two"], keys


def presigns():
    url = tigris.presign(s3, BUCKET, "two")["url"]
    assert urllib.request.urlopen(url).read() == b"hello"


def lists():
    names = [each["name"] for each in tigris.list_buckets(s3)["buckets"]]
    assert BUCKET in names, names


def bundles():
    """Not in the embedded cloud, which has to say so."""
    try:
        tigris.bundle_objects(s3, BUCKET, ["two"])
    except (ClientError, tigris.BundleError, tigris.TigrisAPIError) as error:
        assert "501" in str(error) or "NotImplemented" in str(error), str(error)


def forced_deletion():
    tigris.force_delete_bucket(s3, BUCKET)
    tigris.force_delete_bucket(s3, f"{BUCKET}-snapshots")
    left = [each["Name"] for each in s3.list_buckets()["Buckets"] if each["Name"].startswith(BUCKET)]
    assert left == [], left


for check in [settings, snapshots, renames, presigns, lists, bundles, forced_deletion]:
    try:
        check()
        print(f"ok {check.__name__}", flush=True)
    except Exception as error:  # every kind of failure is a line of the table
        print(f"not ok {check.__name__}: {str(error).splitlines()[0] if str(error) else type(error).__name__}", flush=True)
