from ..fake_gpfs import _without_a_new_process, gpfs, script, verifying

__all__ = ["_without_a_new_process", "gpfs", "script", "verifying"]
