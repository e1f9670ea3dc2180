"""Pull, evaluate and push once, in this order."""

from sync.deliveries import deliver
from sync.evaluation import evaluate
from sync.journal import Run
from sync.pull import Progress, pull


def run_once(run: Run, *, approve: bool = False, progress: Progress = lambda *_: None) -> None:
    """Everything once; a source that fails holds what rests on it, and nothing else."""
    pull(run, progress=progress)
    evaluate(run)
    deliver(run, approve=approve, progress=progress)
