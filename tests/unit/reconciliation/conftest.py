from ..recorded_gpfs import gpfs, script, small_cluster
from ..recorded_runs import here, traces

__all__ = ["gpfs", "here", "script", "small_cluster", "traces"]
