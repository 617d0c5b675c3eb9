"""The view of a sweep that MLflow's pages open on: a line for each method, robustness against the noise rate.

MLflow keeps a view that somebody shares as a tag of the experiment, as JSON, and opens it for an address that names
it (`getExperimentPageRoute` and `viewStateShareKey` in its pages, version 3.17). A version that does not know what is
said here shows the same runs in charts of its own making.
"""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.parse import urlencode

from sat_sweep.tracking.curves import EPOCHS, KIND

KEY = "sat-sweep"
TAG = f"mlflow.sharedViewState.{KEY}"
SECTION = "robustness"


def view_path(experiment: str) -> str:
    """What follows the address of the server."""
    return f"/#/experiments/{experiment}/runs?{urlencode({'compareRunsMode': 'CHART', 'viewStateShareKey': KEY})}"


def views(server: str) -> list[tuple[str, str]]:
    """The sweeps at an MLflow `server`, the last changed first, each with the address of its view.

    Raises OSError while the server does not answer.
    """
    asked = json.dumps({"max_results": 1000, "order_by": ["last_update_time DESC"]}).encode()
    request = urllib.request.Request(f"{server}/api/2.0/mlflow/experiments/search", asked,
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        known = json.load(answer).get("experiments", [])
    return [(each["name"], server + view_path(each["experiment_id"])) for each in known
            if any(tag["key"] == TAG for tag in each.get("tags", ()))]


def view_state() -> str:
    """The runs of the methods, all of them visible, and a chart for the last and one for the best epoch."""
    return json.dumps({
        "searchFilter": f"tags.`sat_sweep.kind` = '{KIND}'", "orderByKey": "attributes.start_time", "orderByAsc": False,
        "startTime": "ALL", "lifecycleFilter": "Active", "datasetsFilter": [],
        "runsHiddenMode": "SHOW_ALL", "compareRunCharts": [_chart(epoch) for epoch in EPOCHS],
        "compareRunSections": [{"uuid": SECTION, "name": "by noise rate in percent", "display": True,
                                "isReordered": True, "columns": 2, "cardHeight": 420}],
    })


def _chart(epoch: str) -> dict[str, Any]:
    metric = f"robustness/{epoch}"
    return {
        "type": "LINE", "uuid": metric, "metricSectionId": SECTION, "isGenerated": False, "deleted": False,
        "metricKey": metric, "selectedMetricKeys": [metric],
        "scaleType": "linear", "xAxisKey": "step", "xAxisScaleType": "linear", "lineSmoothness": 0,
        "useGlobalLineSmoothing": False, "useGlobalXaxisKey": False, "selectedXAxisMetricKey": "",
        "yAxisKey": "metric", "yAxisExpressions": [], "displayPoints": True, "ignoreOutliers": False,
        "range": {},
    }
