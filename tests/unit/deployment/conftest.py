from ..fake_gpfs import gpfs, script

__all__ = ["gpfs", "script"]
