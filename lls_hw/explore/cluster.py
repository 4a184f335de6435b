"""Jobs on Dask: processes of this computer, or the workers of a scheduler anywhere."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from lls_hw.errors import LlsError
from lls_hw.explore.job import failure
from lls_hw.tools.packages import require

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Job", "SchedulerError", "client_of", "on_a_worker", "outcomes"]

_PATIENCE = 20
"""Seconds in which a scheduler must answer, and have a worker."""


class SchedulerError(LlsError):
    """There is no scheduler at an address, or it has no worker, or it went away."""


class Job(NamedTuple):
    """A function that returns an outcome: `report` and the like, or `error`."""

    key: str
    function: Callable[..., dict[str, Any]]
    arguments: tuple[Any, ...]


@contextmanager
def client_of(scheduler: str | None, jobs: int) -> Iterator["Client"]:
    """Dask's client: of a scheduler, or of `jobs` processes of this computer with one thread each.

    The processes and what they run end with this one, whatever ends it. SchedulerError if nothing
    answers.
    """
    require("distributed", "Exploring needs Dask")
    import dask
    from distributed import Client, LocalCluster

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if scheduler is not None:
        with _connected(scheduler) as client:
            yield client
        return
    quiet = {"distributed.logging.distributed": "critical"}
    with (
        dask.config.set(quiet),
        LocalCluster(
            n_workers=jobs, threads_per_worker=1, processes=True, dashboard_address=None,
            worker_dashboard_address=None, memory_limit=0, silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):  # fmt: skip
        yield client


@contextmanager
def _connected(scheduler: str) -> Iterator["Client"]:
    from distributed import Client

    try:
        client = Client(scheduler, timeout=_PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise SchedulerError(
            f"No Dask scheduler answers at {scheduler!r}; give the address that `dask scheduler` "
            "prints, such as tcp://host:8786."
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise SchedulerError(
                f"The scheduler {scheduler} has no worker; start one on each computer with "
                f"`dask worker {scheduler} --nthreads 1 --nworkers auto`."
            ) from error
        yield client


def on_a_worker(client: "Client", function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns on one of the workers."""
    return client.submit(function, *arguments, pure=False).result()


def outcomes(client: "Client", jobs: Sequence[Job]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Runs jobs; yields key and outcome of each as it arrives.

    A job whose worker is lost goes to another one, three times. SchedulerError if the scheduler is
    lost.
    """
    from distributed import as_completed

    futures = {
        client.submit(job.function, *job.arguments, key=f"lls-hw-{job.key}", pure=False): job.key
        for job in jobs
    }
    for future in as_completed(futures):
        if future.status in ("cancelled", "lost"):
            raise SchedulerError(
                "The scheduler was lost; what had arrived is kept: give the same command again."
            )
        error = future.exception()
        if error is None:
            yield futures[future], future.result()
        elif type(error).__name__ == "KilledWorker":
            yield futures[future], failure("Several workers ended during it; is memory short?")
        else:
            yield futures[future], failure(f"{type(error).__name__}: {error}")
        future.release()
