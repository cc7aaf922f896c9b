"""Commands given as JSON, one after the other in one Spark application, as a notebook on a cluster runs them."""

import json
import sys

from driftwell.cli.main import main
from driftwell.config import SparkSettings
from driftwell.spark.session import open_session

spark = open_session(SparkSettings())
for command in json.loads(sys.argv[1]):
    code = main(command, spark)
    if code:
        sys.exit(code)
spark.stop()
