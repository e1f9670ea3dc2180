"""Pull, evaluate and push once, in this order."""

from sync.destinations import push_destinations
from sync.evaluation import evaluate
from sync.pull import Progress, pull
from sync.runs import Run


def run_once(run: Run, *, approve: bool = False, progress: Progress = lambda *_: None) -> None:
    """Everything once; a source that fails holds what rests on it, and nothing else."""
    pull(run, progress=progress)
    evaluate(run)
    push_destinations(run, approve=approve, progress=progress)
