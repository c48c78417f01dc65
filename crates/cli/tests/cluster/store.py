"""An S3 server (moto) that holds a folder as s3://yibao/city/lake, until standard input ends."""

import os
import sys

import boto3
from moto.server import ThreadedMotoServer

PREFIX = "city/lake/"


def main(folder):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    key = {"aws_access_key_id": "invented", "aws_secret_access_key": "invented", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=endpoint, **key)
    client.create_bucket(Bucket="yibao")
    lines = []
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(parent, name), folder)
            client.upload_file(os.path.join(folder, path), "yibao", PREFIX + path)
            if path.startswith("charge_lines/"):
                lines.append(path)
    print(endpoint, flush=True)
    for _ in sys.stdin:  # the one order: lose a file
        path = min(lines)
        client.delete_object(Bucket="yibao", Key=PREFIX + path)
        print(path, flush=True)


main(sys.argv[1])
