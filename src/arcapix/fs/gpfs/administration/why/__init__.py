"""Why a callback did not run, or how it ran: one chain of facts from its registration to its last run."""
