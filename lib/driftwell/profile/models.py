"""MLlib models made from arrays: plain pyspark can load and chain them."""

from __future__ import annotations

from typing import Any

from pyspark.ml.clustering import KMeansModel
from pyspark.ml.common import _py2java
from pyspark.ml.feature import PCAModel
from pyspark.ml.linalg import DenseMatrix, DenseVector
from pyspark.mllib.common import _py2java as _old_py2java
from pyspark.mllib.linalg import DenseVector as OldDenseVector
from pyspark.sql import SparkSession

from driftwell.numeric.arrays import Floats

FEATURES, PROJECTED, CLUSTER = "features", "projected", "cluster"
"""Columns of the chain: the vector, its principal coordinates, its cluster."""


def pca_model(spark: SparkSession, components: Floats, explained_variance: Floats) -> PCAModel:
    """A PCAModel with given components, reading `features` and writing `projected`.

    Args:
        components: (d, p). explained_variance: (p,) shares of the total variance.
    """
    context = spark.sparkContext
    d, p = components.shape
    pc = _py2java(context, DenseMatrix(d, p, components.ravel(order="F")))
    java = _jvm(spark).ml.feature.PCAModel("driftwell_pca", pc, _py2java(context, DenseVector(explained_variance)))
    java.set(java.getParam("k"), p)
    return PCAModel(java).setInputCol(FEATURES).setOutputCol(PROJECTED)


def kmeans_model(spark: SparkSession, centres: Floats) -> KMeansModel:
    """A KMeansModel with given centres, reading `projected` and writing `cluster`.

    Args:
        centres: (k, p) in the coordinates of `PCAModel.transform`, which does not centre.
    """
    context = spark.sparkContext
    vectors = context._gateway.new_array(_jvm(spark).mllib.linalg.Vector, len(centres))  # type: ignore[union-attr]
    for i, centre in enumerate(centres):
        vectors[i] = _old_py2java(context, OldDenseVector(centre))
    old = _jvm(spark).mllib.clustering.KMeansModel(vectors)
    java = _jvm(spark).ml.clustering.KMeansModel("driftwell_kmeans", old)
    java.set(java.getParam("k"), len(centres))
    return KMeansModel(java).setFeaturesCol(PROJECTED).setPredictionCol(CLUSTER)


def _jvm(spark: SparkSession) -> Any:
    return spark.sparkContext._jvm.org.apache.spark  # type: ignore[union-attr]
