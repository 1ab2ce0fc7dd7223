from ...recorded_gpfs import gpfs, script, small_cluster
from ...recorded_runs import driver, here, traces

__all__ = ["driver", "gpfs", "here", "script", "small_cluster", "traces"]
