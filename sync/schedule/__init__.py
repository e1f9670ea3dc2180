"""The scheduler: what is done when, by one hub or by several on one store.

The whole model:

- There are jobs: `pull X` for each connection that is read, `push Y` and `resolve Y` for each that
  is written to, and one `evaluate`. A job has slots. An `every` in minutes or hours is counted from
  1970 in UTC, so that all hubs agree; an `every` in whole days is counted in the shop's local
  dates, so that daylight saving makes no difference.
- A slot is done once. A hub claims it as a row in the store and holds it by a lease
  (`core.store.slots`); every commit of the work checks that the claim still holds.
- A pull is due when its slot has begun. Connections are pulled in parallel.
- An evaluation is due, at most once a minute, when something has changed since the last one, when
  that one is not of today, when the hub has just started, or when a push is due that would rest on
  an older one than its slot.
- A destination is asked about the imports that it has accepted when one of them is due
  (`core.audience.delivery.jobs`), and not while a push to it is running.
- A push is due when its slot has begun and the segments were evaluated after that. Without an
  `every` of its own its slots are those of the connection that is read most often.
- Evaluations and pushes wait for the pulls that are running or due, five minutes at most, so that
  jobs that fall due together run in the order pull, evaluate, push.
- Slots that were missed while no hub ran are not made up for one by one: the next one makes up for
  all, and records their number.
- A slot in which the other system was down stays open and is tried again after an hour, or in the
  next slot where that comes sooner; a failed evaluation after a quarter of an hour. Any other
  failure ends the slot: the job keeps its schedule, and `status` says what a person must do.
"""
