"""Posts that bring files, as a browser sends them."""

import io
from typing import Any
from uuid import uuid4

from werkzeug.test import TestResponse

from tests.web.visitors import Visitor

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"


def upload(
    visitor: Visitor, path: str, data: dict[str, Any], *files: tuple[str, bytes], token: str | None = None
) -> TestResponse:
    """Send a form with its token, a fresh key, and files by their names and contents."""
    fields = {"post_key": str(uuid4()), "csrf_token": token or visitor.csrf_token(), **data}
    body = multipart(fields, files)
    return visitor.client.post(
        path,
        input_stream=io.BytesIO(body),
        content_length=len(body),
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
    )


def multipart(fields: dict[str, Any], files: tuple[tuple[str, bytes], ...]) -> bytes:
    """The body of such a post; a name goes in as it is, but for what a browser writes otherwise."""
    parts = [
        (f'name="{name}"', str(each).encode())
        for name, value in fields.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    for name, content in files:
        quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        parts.append((f'name="files"; filename="{quoted}"', content))
    return (
        b"".join(
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode("utf-8", "replace")
            + content
            + b"\r\n"
            for head, content in parts
        )
        + f"--{BOUNDARY}--\r\n".encode()
    )
