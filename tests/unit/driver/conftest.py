from ..recorded_runs import here, traces

__all__ = ["here", "traces"]
