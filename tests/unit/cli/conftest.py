from ..fake_gpfs import _without_a_new_process, gpfs, script, verifying
from ..recorded_runs import here, traces

__all__ = ["_without_a_new_process", "gpfs", "here", "script", "traces", "verifying"]
