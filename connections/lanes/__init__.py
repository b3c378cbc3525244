"""A lane per division: one driver at a time, within Exact's limits, in order of priority.

`drive(lane)`:

1. Take the lane by a guarded UPDATE: nobody holds an unexpired lease; the epoch goes up by one.
2. Get a token, once; open one HTTP session, once.
3. Work what is due, one row at a time, until nothing is due, the time slice ends, or the budget is gone.
4. Give the lane back with what was learnt of the budget, and say when it must be looked at again.

What a driver may do while it has the lane is in `connections.held`. What can wait in a lane is registered by the rooms
that own it (`register`), so that this room knows none of them.
"""

from connections.held import Held, Overtaken
from connections.lanes.driving import drive
from connections.lanes.rows import May, Priority, Work, back_off, next_due, next_row, register, waiting
from connections.lanes.taking import free_lanes_of, give_back, kept, lane_of, take, wake

__all__ = [
    "Held",
    "May",
    "Overtaken",
    "Priority",
    "Work",
    "back_off",
    "drive",
    "free_lanes_of",
    "give_back",
    "kept",
    "lane_of",
    "next_due",
    "next_row",
    "register",
    "take",
    "waiting",
    "wake",
]
