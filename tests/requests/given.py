"""The inputs of a script: the message, and the credentials of the vendor."""

import json
import os
from types import SimpleNamespace

it = SimpleNamespace(**json.loads(os.environ["OTPOST_INPUTS"]))
