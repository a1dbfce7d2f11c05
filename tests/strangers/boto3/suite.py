"""boto3 against the embedded Tigris, as a script would use it. Prints `ok NAME` or `not ok NAME: why` for each check."""

import os
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

BUCKET = "strangers-boto3"
# boto3 still presigns by SigV2 where it is not told otherwise.
s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
s3.create_bucket(Bucket=BUCKET)
s3.put_object(Bucket=BUCKET, Key="note", Body=b"hello", Metadata={"a": "1"}, ContentType="text/plain")


def refused(code, call):
    try:
        call()
    except ClientError as error:
        found = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert found == code, f"{found} in place of {code}"
        return
    raise AssertionError("not refused")


def gets():
    answer = s3.get_object(Bucket=BUCKET, Key="note")
    assert answer["Body"].read() == b"hello"
    assert (answer["Metadata"], answer["ContentType"]) == ({"a": "1"}, "text/plain")


def ranges():
    assert s3.get_object(Bucket=BUCKET, Key="note", Range="bytes=1-3")["Body"].read() == b"ell"


def multipart():
    body = os.urandom(1 << 20) * 20
    with open("large", "wb") as file:
        file.write(body)
    s3.upload_file("large", BUCKET, "large", Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
    s3.download_file(BUCKET, "large", "back")
    with open("back", "rb") as file:
        assert file.read() == body


def presigned():
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "note"}, ExpiresIn=60)
    assert urllib.request.urlopen(url).read() == b"hello"


def conditions():
    refused(412, lambda: s3.put_object(Bucket=BUCKET, Key="note", Body=b"x", IfNoneMatch="*"))
    etag = s3.head_object(Bucket=BUCKET, Key="note")["ETag"]
    refused(412, lambda: s3.put_object(Bucket=BUCKET, Key="note", Body=b"x", IfMatch='"0"'))
    s3.put_object(Bucket=BUCKET, Key="note", Body=b"hello", IfMatch=etag)


def lists():
    for number in range(30):
        s3.put_object(Bucket=BUCKET, Key=f"many/{number:02}", Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="many/", PaginationConfig={"PageSize": 7})
    assert [each["Key"] for page in pages for each in page["Contents"]] == [f"many/{n:02}" for n in range(30)]
    top = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    assert [each["Prefix"] for each in top["CommonPrefixes"]] == ["many/"]


def deletes():
    keys = [{"Key": f"many/{number:02}"} for number in range(30)]
    assert len(s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})["Deleted"]) == 30
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="many/")["KeyCount"] == 0


def copies():
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "note"})
    assert s3.get_object(Bucket=BUCKET, Key="copy")["Body"].read() == b"hello"


def tags():
    tag = {"TagSet": [{"Key": "a", "Value": "b"}]}
    s3.put_object_tagging(Bucket=BUCKET, Key="note", Tagging=tag)
    assert s3.get_object_tagging(Bucket=BUCKET, Key="note")["TagSet"] == tag["TagSet"]


def odd_names():
    for key in ["a b", "ü/ö", "plus+plus", "q?x=1&y", "%41", "naïve/☃"]:
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
        assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == key.encode(), key


def checksums():
    s3.put_object(Bucket=BUCKET, Key="summed", Body=b"x", ChecksumAlgorithm="SHA256")
    assert "ChecksumSHA256" in s3.head_object(Bucket=BUCKET, Key="summed", ChecksumMode="ENABLED")


def metadata_goes():
    s3.put_object(Bucket=BUCKET, Key="meta", Body=b"x", Metadata={"a": "1"})
    s3.put_object(Bucket=BUCKET, Key="meta", Body=b"x")
    assert s3.head_object(Bucket=BUCKET, Key="meta")["Metadata"] == {}, "the old metadata stays (row S2)"


def wrong_secret():
    other = boto3.client("s3", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="wrong")
    refused(403, lambda: other.get_object(Bucket=BUCKET, Key="note"))
    refused(403, lambda: other.put_object(Bucket=BUCKET, Key="big", Body=b"0" * (8 << 20)))


def missing():
    refused(404, lambda: s3.get_object(Bucket=BUCKET, Key="none"))
    refused(404, lambda: s3.list_objects_v2(Bucket="strangers-none"))


for check in [gets, ranges, multipart, presigned, conditions, lists, deletes, copies, tags, odd_names, checksums,
              metadata_goes, wrong_secret, missing]:
    try:
        check()
        print(f"ok {check.__name__}", flush=True)
    except Exception as error:  # every kind of failure is a line of the table
        print(f"not ok {check.__name__}: {str(error).splitlines()[0] if str(error) else type(error).__name__}", flush=True)
