"""`python -m clearinghouse`: the same as the `clearinghouse` command."""

import sys

from clearinghouse.app import main

if __name__ == "__main__":
    sys.exit(main())
