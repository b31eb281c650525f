"""Several processes for one run: each follows a part of the connections, one tells.

    parent ──fork──▶ nursery ──fork──▶ worker 0 … worker N-1
    parent ◀──────── what events show, in the order of packets ──────── worker

A worker captures, follows TCP and SMTP and asks the rules of single events (`analysis.py`). What
joins sessions is the parent's: history, what is held back, correlations, outputs and metrics. So it
merges what the workers tell in the order in which one process would have told it (`merger.py`), and
does with it what `Pipeline` does (`crew.py`). Results do not depend on the number of workers. Of an
alert that counts for no correlation a worker writes the line but for what only the parent knows
(`alerts/draft.py`), where all outputs of alerts take ECS.

Workers are forked by a process of one thread, which was forked before there were others
(`nursery.py`): a fork takes only one thread along, and locks that others hold for ever.
"""

from smtpids.workers.crew import Crew
from smtpids.workers.nursery import Nursery
from smtpids.workers.worker import Task, work

__all__ = ["Crew", "Nursery", "Task", "work"]
