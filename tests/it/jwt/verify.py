# Verifies tokens with PyJWT: each line is a JSON object with a token, an algorithm and a key: a secret, or the private
# key, of which only the public part is used. The times of the claims are not compared with the clock.
import json
import sys

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key

for line in sys.stdin:
    asked = json.loads(line)
    token, key = asked["token"], asked["key"]
    if "PRIVATE KEY" in key:
        key = load_pem_private_key(key.encode(), None).public_key()
    unchecked = {"verify_" + name: False for name in ["aud", "exp", "iat", "nbf"]}
    try:
        claims = jwt.decode(token, key, algorithms=[asked["algorithm"]], options=unchecked)
        print(json.dumps({"header": jwt.get_unverified_header(token), "claims": claims}))
    except jwt.InvalidTokenError as error:
        print(json.dumps({"error": type(error).__name__}))
