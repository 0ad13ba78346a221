"""A form that came with too large a file is read all the same: the file is cut off, and what was typed beside it stays."""

from collections import defaultdict
from collections.abc import AsyncIterator

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from multipart import MultipartSegment, ParserError, PushMultipartParser

from grants.shell.files import LARGEST

MOST_TYPED = 2 * 1024 * 1024  # bytes of text in one form
MOST_KEPT = 4 * LARGEST  # bytes of files in one form that are kept: whoever sends it need not be signed in
MOST_SENT = 500 * 1024 * 1024  # bytes that are listened to before the answer; a browser that is cut short shows no answer at all


class Reading(Request):
    """A request; beyond the largest body that is taken whole, its files are kept only as far as shows that they are too large."""

    async def form(self):
        state = self._connection_state
        limit = self.route_handler.resolve_request_max_body_size() or 0
        kind, options = self.content_type
        if not isinstance(state.form, dict) and kind == "multipart/form-data" and (self.content_length or 0) > limit:
            try:
                state.form = await cut_off(self.receive, options.get("boundary", "").encode())
            except (ParserError, UnicodeDecodeError):
                raise ClientException from None
        return await super().form()


async def cut_off(receive, boundary: bytes) -> dict[str, object]:
    """The fields of a form, each file one byte longer than any may be, so that whoever keeps it says «too large» at its field."""
    fields: dict[str, list] = defaultdict(list)
    field, held, typed, kept = None, bytearray(), 0, 0
    with PushMultipartParser(boundary, max_segment_count=1000) as parser:
        async for chunk in listened(receive):
            for part in parser.parse(chunk):
                if isinstance(part, MultipartSegment):
                    field, held = part, bytearray()
                elif part:
                    held += part[:LARGEST + 1 - len(held)]
                    typed += 0 if field.filename else len(part)
                    if typed > MOST_TYPED:
                        raise RequestEntityTooLarge
                else:
                    kept += len(held)
                    if kept > MOST_KEPT:
                        raise RequestEntityTooLarge
                    fields[field.name].append(await value(field, bytes(held)))
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}


async def value(field: MultipartSegment, held: bytes) -> str | UploadFile:
    if not field.filename:
        return held.decode()
    kept = UploadFile(content_type=field.content_type or "application/octet-stream", filename=field.filename)
    await kept.write(held)
    await kept.seek(0)
    return kept


async def listened(receive) -> AsyncIterator[bytes]:
    """The body, piece by piece, and a last empty piece that says that it is over."""
    sent, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientException
        sent, more = sent + len(message["body"]), message.get("more_body", False)
        if sent > MOST_SENT:
            raise RequestEntityTooLarge
        if message["body"]:
            yield message["body"]
    yield b""
