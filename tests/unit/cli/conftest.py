from ..recorded_gpfs import gpfs, script, small_cluster
from ..recorded_runs import driver, here, traces
from .other_nodes import asked

__all__ = ["asked", "driver", "gpfs", "here", "script", "small_cluster", "traces"]
