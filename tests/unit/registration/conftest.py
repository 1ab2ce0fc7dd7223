from ..recorded_gpfs import gpfs, roomy, script, small_cluster

__all__ = ["gpfs", "roomy", "script", "small_cluster"]
