# Asks the validator jsonschema. The first line is a schema, and each other line a JSON string with TOML. The answers are
# "true", or "false" and the first problem.

import json
import sys
import tomllib

from jsonschema import Draft7Validator

schema = json.loads(sys.stdin.readline())
Draft7Validator.check_schema(schema)
validator = Draft7Validator(schema)

for line in sys.stdin:
    try:
        # Dates have no type in JSON, so the schema refuses them everywhere.
        spec = tomllib.loads(json.loads(line))
    except tomllib.TOMLDecodeError as error:
        print("false not TOML:", json.dumps(str(error)))
        continue
    problem = next(validator.iter_errors(spec), None)
    if problem is None:
        print("true")
    else:
        print("false", "/".join(map(str, problem.absolute_path)), json.dumps(problem.message)[:300])
