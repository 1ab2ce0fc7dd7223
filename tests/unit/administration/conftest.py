from ..recorded_gpfs import gpfs, script, small_cluster

__all__ = ["gpfs", "script", "small_cluster"]
