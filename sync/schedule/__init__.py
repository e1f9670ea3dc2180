"""The hub that runs by itself: what is done when, on one store or by several hubs together.

The model, whole:

- There are jobs: `pull X` for each connection that is read, `push Y` for each that is written to,
  and one `evaluate`. A job has slots. `every` in minutes and hours counts from 1970 in UTC, so
  that all hubs agree; `every` in whole days is the shop's local dates, so that a night with a
  missing or a doubled hour makes no difference.
- A slot is done once. Who does it claims a row in the store, and holds it by a lease
  (`core.store.slots`); every commit of the work asks whether the claim still holds.
- A pull is due when its slot has begun. Connections are read side by side.
- An evaluation is due, at most once a minute, when something has changed since the last one, when
  that one is not of today, when the hub has just started, or when a push is due that would rest on
  an older one than its slot.
- A push is due when its slot has begun and the segments were evaluated after that. Without an
  `every` of its own its slots are those of the connection that is read most often.
- Evaluations and pushes wait for the pulls that are at work or due, five minutes at most, so that
  what falls due together is read, evaluated and pushed in this order.
- Slots in which no hub was there are not made up for one by one: the next one does, and says how
  many there were.
- A slot in which the other side was away stays open and is tried again after an hour, or in the
  next slot where that comes sooner; a failed evaluation after a quarter of an hour. Any other
  failure ends the slot: the job keeps its times, and `status` tells what a person must do.
"""
