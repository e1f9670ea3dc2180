"""The whole pipeline once: pull, evaluate, push."""

from sync.destinations import push_destinations
from sync.evaluation import evaluate
from sync.pull import Progress, pull
from sync.runs import Run


def run_once(run: Run, *, approve: bool = False, progress: Progress = lambda *_: None) -> None:
    """Pull, evaluate and push; a source that fails holds only what rests on it."""
    pull(run, progress=progress)
    evaluate(run)
    push_destinations(run, approve=approve, progress=progress)
