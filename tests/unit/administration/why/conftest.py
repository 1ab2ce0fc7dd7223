from ...recorded_gpfs import gpfs, small_cluster
from ...recorded_runs import driver, here, traces

__all__ = ["driver", "gpfs", "here", "small_cluster", "traces"]
