"""Great Expectations, behind one small door: the only module that knows it (with `expectations`, our own types).

One definition judges and rejects: Great Expectations resolves the metrics of all expectations of a table in one run;
the verdict per expectation is its `metrics_validate`, and the rows that failed are its own `….condition` metric from
that same run. There is no second evaluation and no second copy of a rule's logic. Built on its execution engine
instead of a data context: no batch definition, no store, no progress bar, no analytics client is ever created,
results are BOOLEAN_ONLY and so never carry a value, and what does not depend on the data is prepared once per
process.

Belongs here: running expectations on a frame. Does not belong here: which rules exist, what a hit means.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

Mask = npt.NDArray[np.bool_]

_RUNTIME: dict[str, Any] = {"result_format": {"result_format": "BOOLEAN_ONLY"}, "catch_exceptions": False}


class EngineError(RuntimeError):
    """An expectation cannot be built or judged. Says which; never a value (the cause is cut off on purpose)."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation on columns of a frame."""

    type: str
    kwargs: Mapping[str, Any]
    columns: tuple[str, ...]
    """All columns it reads, that of the condition included. Great Expectations copies the whole frame per
    expectation, so it is given these columns only."""
    condition: tuple[str, str, str] | None = None
    """Which rows it judges: column, comparison (`==`, `!=`, `null`), value. Missing is `!=` to every value."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What Great Expectations said about one expectation."""

    success: bool
    unexpected: int
    """Its own `unexpected_count`; 0 for an expectation that does not judge rows."""
    mask: Mask | None
    """Rows of the frame that failed; None when none failed or the expectation does not judge rows."""


_MET = Judged(True, 0, None)


_Step = tuple[int, Any]
"""A metric configuration and its depth: all metrics it depends on are less deep."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An expectation built, and the metrics it needs; holds no data."""

    expectation: Any
    counting: tuple[_Step, ...]
    """What tells how many rows failed and which (all it needs, for an expectation that does not judge rows)."""
    judging: tuple[_Step, ...]
    """What its verdict needs besides, computed only where rows failed."""
    count: Any
    """Id of the metric `….unexpected_count`; None when the expectation does not judge rows."""
    condition: Any
    batch: str
    columns: tuple[str, ...]


@cache
def _gx() -> SimpleNamespace:
    """Import Great Expectations (5 to 9 seconds) and our own expectations."""
    capturing = logging.getLogger("py.warnings").handlers
    from great_expectations.core.batch import Batch  # noqa: F401  (completes forward references)
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations.registry import get_expectation_impl
    from great_expectations.expectations.row_conditions import Column
    from great_expectations.validator.validation_graph import ValidationGraph

    if not capturing:
        logging.captureWarnings(False)  # importing it diverts all warnings of the process into logging
    _own_expectations()
    return SimpleNamespace(
        Column=Column,
        PandasExecutionEngine=PandasExecutionEngine,
        get_expectation_impl=get_expectation_impl,
        ValidationGraph=ValidationGraph,
    )


def _own_expectations() -> ModuleType:
    from zaehlbar.validate import expectations

    return expectations


def load() -> None:
    """Import Great Expectations now, so that a caller can say what it waits for."""
    _gx()


def prepare(expected: Expected) -> None:
    """Build `expected` without data, so that a wrong type or argument fails now.

    Raises EngineError. (Great Expectations itself drops an expectation of unknown type from a suite silently.)
    """
    _build(expected)


def judge(frame: pd.DataFrame, expectations: Sequence[Expected]) -> list[Judged]:
    """Judge all `expectations` on `frame` (index 0..n-1) in one run; the answer has their order.

    Raises EngineError when one cannot be built or judged, and when a row mask does not agree with Great Expectations'
    own count.
    """
    if not expectations:
        return []
    gx = _gx()
    absent = {column for column in frame.columns if not frame[column].notna().any()}
    prepared = [None if _vacuous(item, absent) else _build(item) for item in expectations]
    engine = gx.PandasExecutionEngine()
    for item in filter(None, prepared):
        if item.batch not in engine.batch_manager.batch_data_cache:
            engine.load_batch_data(item.batch, frame[list(item.columns)])
    judged = list(filter(None, prepared))
    metrics: dict[Any, Any] = {}
    _resolve(engine, judged, [step for item in judged for step in item.counting], metrics)
    failed = [item for item in judged if item.count is not None and metrics[item.count]]
    _resolve(engine, failed, [step for item in failed for step in item.judging], metrics)
    return [_MET if item is None else _judged(item, metrics, engine, len(frame)) for item in prepared]


def _resolve(engine: Any, prepared: Sequence[_Prepared], steps: Iterable[_Step], metrics: dict[Any, Any]) -> None:
    """Let Great Expectations compute the metrics of `steps` that are not in `metrics` yet, each once, in order."""
    levels: dict[int, dict[Any, Any]] = {}
    for depth, metric in steps:
        if metric.id not in metrics:
            levels.setdefault(depth, {})[metric.id] = metric
    blame = ""
    try:
        for depth in sorted(levels):
            metrics.update(engine.resolve_metrics(list(levels[depth].values()), metrics, dict(_RUNTIME)))
    except Exception as error:
        blame = _blame(prepared, error)
    if blame:  # raised out here, so that the cause, which may quote values, does not travel along as context
        raise EngineError(blame)


def _vacuous(expected: Expected, absent: Collection[str]) -> bool:
    """Whether the expectation is about one column in which nothing was delivered. Great Expectations skips missing
    values, so every such expectation but one is met; most deliveries leave most optional columns empty."""
    return expected.kwargs.get("column") in absent and expected.type != "expect_column_values_to_not_be_null"


def _judged(item: _Prepared, metrics: Mapping[Any, Any], engine: Any, rows: int) -> Judged:
    unexpected = int(metrics[item.count]) if item.count is not None else 0
    if item.count is not None and unexpected == 0:
        return _MET  # by definition of a map expectation, whatever its `mostly`
    blame = ""
    try:
        result = item.expectation.metrics_validate(
            metrics=metrics, execution_engine=engine, runtime_configuration=dict(_RUNTIME)
        )
    except Exception as error:
        blame = f"{item.expectation.expectation_type} could not be judged: {type(error).__name__}"
    if blame:  # as in _resolve
        raise EngineError(blame)
    success = bool(result.success)
    if success or item.condition is None:
        return Judged(success, unexpected, None)
    series = metrics[item.condition][0]
    mask = np.zeros(rows, dtype=np.bool_)
    mask[series.index.to_numpy()[series.to_numpy(dtype=np.bool_)]] = True
    if int(mask.sum()) != unexpected:
        kind = item.expectation.expectation_type
        raise EngineError(f"{kind}: {int(mask.sum())} rows failed, but Great Expectations counts {unexpected}")
    return Judged(success, unexpected, mask)


def _build(expected: Expected) -> _Prepared:
    return _prepared(expected.type, _freeze(expected.kwargs), expected.columns, expected.condition)


@lru_cache(maxsize=4096)
def _prepared(
    kind: str, kwargs: tuple[tuple[str, Any], ...], columns: tuple[str, ...], condition: tuple[str, str, str] | None
) -> _Prepared:
    gx = _gx()
    batch = ",".join(columns)
    arguments = {name: _thaw(value) for name, value in kwargs}
    if condition is not None:
        arguments["row_condition"] = _row_condition(*condition)
    try:
        implementation = gx.get_expectation_impl(kind)
    except Exception:
        raise EngineError(f"there is no expectation of type {kind!r}") from None
    try:
        expectation = implementation(**arguments, batch_id=batch)
    except Exception as error:
        raise EngineError(f"{kind}: wrong arguments {sorted(arguments)}: {type(error).__name__}") from None
    dependencies = expectation.get_validation_dependencies(
        execution_engine=gx.PandasExecutionEngine(), runtime_configuration=dict(_RUNTIME)
    )
    graph = gx.ValidationGraph(execution_engine=gx.PandasExecutionEngine())
    steps: dict[Any, _Step] = {}
    for configuration in dependencies.get_metric_configurations():
        graph.build_metric_dependency_graph(configuration, dict(_RUNTIME))
        _add_steps(configuration, steps)
    count = _count_metric(expectation, dependencies)
    if count is None:
        return _Prepared(expectation, tuple(steps.values()), (), None, None, batch, columns)
    counting: dict[Any, _Step] = {}
    _add_steps(count, counting)
    rest = tuple(step for name, step in steps.items() if name not in counting)
    rows = count.metric_dependencies["unexpected_condition"].id
    return _Prepared(expectation, tuple(counting.values()), rest, count.id, rows, batch, columns)


def _add_steps(metric: Any, steps: dict[Any, _Step]) -> int:
    """Add `metric` and all it depends on to `steps`, by id; return its depth."""
    depth = 1 + max((_add_steps(needed, steps) for needed in metric.metric_dependencies.values()), default=0)
    steps[metric.id] = (depth, metric)
    return depth


def _row_condition(column: str, comparison: str, value: str) -> Any:
    reference = _gx().Column(column)
    if comparison == "null":
        return reference.is_null()
    return reference == value if comparison == "==" else reference != value


def _count_metric(expectation: Any, dependencies: Any) -> Any:
    """Return the metric `….unexpected_count` of a map expectation, else None."""
    map_metric = getattr(expectation, "map_metric", None)
    return None if map_metric is None else dependencies.metric_configurations[f"{map_metric}.unexpected_count"]


def _blame(prepared: Sequence[_Prepared], error: Exception) -> str:
    """Say which expectation failed, without the text of the error: it may quote values."""
    failed = {metric.metric_name for metric in getattr(error, "failed_metrics", ())}
    names = sorted({item.expectation.expectation_type for item in prepared if _metric_names(item) & failed})
    return f"{', '.join(names) or 'an expectation'} could not be judged: {type(error).__name__}"


def _metric_names(item: _Prepared) -> set[str]:
    return {metric.metric_name for _, metric in (*item.counting, *item.judging)}


def _freeze(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted((key, _freeze(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return ("[]", *(_freeze(item) for item in value))
    return value


def _thaw(value: Any) -> Any:
    if isinstance(value, tuple) and value[:1] == ("[]",):
        return [_thaw(item) for item in value[1:]]
    return value
