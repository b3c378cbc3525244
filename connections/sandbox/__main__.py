"""`python -m connections.sandbox`."""

import sys

from .server import main

sys.exit(main())
