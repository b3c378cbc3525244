"""The one door out: every HTTP call of the portal leaves through `session()` (or a `Door` mounted elsewhere).

requests alone would not do. Its time-outs are per read, so a server that sends a byte a second holds a worker
for ever; it reads without a limit, follows redirects anywhere, and knows nothing of our transactions. Here
- a call is refused while a database transaction is open (a slow answer would hold rows locked, and a rollback
would forget what the other side has done),
- `timeout` is the total: connecting (3 s of it at most), sending, and the whole body,
- an answer has a largest size,
- redirects stay on their origin, and cookies and the environment's proxies are ignored,
- with `public_only` only addresses of the public internet are reached, whatever a name resolves to.

A `ConnectTimeout` or a `ConnectionError` around `NewConnectionError` means that nothing was sent; after a
`ReadTimeout` the other side may have done what it was asked.
"""

from portal.http.addresses import is_public
from portal.http.door import AddressNotPublic, AnswerTooLarge, Door, session
from portal.http.transactions import HttpInsideTransaction, inside_transaction

__all__ = [
    "AddressNotPublic",
    "AnswerTooLarge",
    "Door",
    "HttpInsideTransaction",
    "inside_transaction",
    "is_public",
    "session",
]
