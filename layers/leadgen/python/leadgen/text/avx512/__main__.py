"""`python -m leadgen.text.avx512`: compile the library into the package, or say why it cannot run here."""

import sys

from leadgen.errors import LeadgenError
from leadgen.text.avx512.library import compile_library

try:
    sys.stdout.write(f"{compile_library()}\n")
except LeadgenError as error:
    sys.exit(str(error))
