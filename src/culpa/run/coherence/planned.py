"""What the plan of a day makes of coherence, for the commands that ask for the same."""

from ...errors import NoDataError
from ...explain.coherence.settings import CoherenceSettings
from ...report.coherence.files import FINDINGS
from ..assignment import recorded
from ..pipeline import make_stage
from .request import Request


def made_by_plan(asked: Request, chosen: CoherenceSettings, workers: int, quiet: bool) -> bool:
    """Whether it is what the plan of a day makes, of a day that was made by its plan: then it has been made.

    Nothing is done where it was done before. Raises NoDataError where an earlier stage is not done, or nothing could be
    compared.
    """
    of = recorded(asked.day, coherence=chosen) if asked.day and asked.is_plain_day else None
    if of is None:
        return False
    make_stage(of, "coherence", workers, quiet)
    if not (asked.output / FINDINGS).exists():
        raise NoDataError(f"{asked.output}: nothing could be compared", "one channel only, or no data?")
    return True
