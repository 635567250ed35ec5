"""A mock of AWS that checks signatures. Prints its port, an access key and its secret, and ends with its input."""

import os
import sys

# Creating the user, its policy and its key needs no signature. Everything after that does.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "3"

import boto3
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
_, port = server.get_host_and_port()
iam = boto3.client(
    "iam",
    region_name="us-east-1",
    endpoint_url=f"http://127.0.0.1:{port}",
    aws_access_key_id="any",
    aws_secret_access_key="any",
)
iam.create_user(UserName="otpost")
policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}'
iam.put_user_policy(UserName="otpost", PolicyName="publish", PolicyDocument=policy)
key = iam.create_access_key(UserName="otpost")["AccessKey"]
print(port, key["AccessKeyId"], key["SecretAccessKey"], flush=True)
sys.stdin.read()
server.stop()
