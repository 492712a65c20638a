"""Bodies that are no JSON: certification request, OCSP request, time-stamp request, PDF.

The description can say of them only that they are bytes. PORTAL_BODIES names a folder with one that is right of each, made by the
test with other programs; what is not right is made here.
"""

import os
from pathlib import Path

import schemathesis
from hypothesis import strategies

BODIES = {
    "application/pkcs10": "request.p10",
    "application/ocsp-request": "request.ocsp",
    "application/timestamp-query": "request.tsq",
    "application/pdf": "declaration.pdf",
}


def bodies(file):
    right = Path(os.environ["PORTAL_BODIES"], file).read_bytes()
    cut_off = strategies.integers(0, len(right) - 1).map(lambda length: right[:length])
    changed = strategies.tuples(strategies.integers(0, len(right) - 1), strategies.integers(1, 255)).map(
        lambda change: right[: change[0]] + bytes([right[change[0]] ^ change[1]]) + right[change[0] + 1 :]
    )
    return strategies.one_of(strategies.just(right), cut_off, changed, strategies.binary(max_size=256))


for media_type, file in BODIES.items():
    schemathesis.openapi.media_type(media_type, bodies(file))

    @schemathesis.serializer(media_type)
    def as_it_is(ctx, value):
        return value if isinstance(value, bytes) else str(value).encode()
