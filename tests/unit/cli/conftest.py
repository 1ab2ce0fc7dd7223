from ..fake_gpfs import gpfs, script
from ..recorded_runs import here, traces

__all__ = ["gpfs", "here", "script", "traces"]
