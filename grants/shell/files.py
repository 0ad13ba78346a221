"""Documents in object storage: checked by content, kept under a random name, never served inline."""

import asyncio
import hashlib
import io
import secrets
from dataclasses import dataclass
from functools import cache

import obstore
from litestar.datastructures import UploadFile
from obstore.store import LocalStore, ObjectStore, from_url
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from grants.shell.config import settings
from grants.shell.language import _

LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """A file as it was kept: the name people gave it, the name it has in storage, size in bytes, sha256."""

    filename: str
    stored: str
    size: int
    sha256: str


@cache
def store() -> ObjectStore:
    """A folder beside the data, or what FILES_URL names (file:///… or s3://bucket/prefix)."""
    if url := settings().files_url:
        return from_url(url)
    folder = settings().data_folder / "files"
    folder.mkdir(parents=True, exist_ok=True)
    return LocalStore(folder)


async def keep_pdf(upload: UploadFile | None) -> Kept:
    """Keep an uploaded PDF. Raises ValueError with the sentence for the field when it is none, too large or locked."""
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise ValueError(_("Hãy chọn một tệp PDF."))
    if is_too_large(upload):
        raise ValueError(too_large())
    content = await upload.read()
    await asyncio.to_thread(check_pdf, content)
    stored = f"{secrets.token_hex(24)}.pdf"
    await obstore.put_async(store(), stored, content)
    return Kept(plain_name(upload.filename), stored, len(content), hashlib.sha256(content).hexdigest())


def is_too_large(upload: UploadFile) -> bool:
    size = upload.file.seek(0, io.SEEK_END)
    upload.file.seek(0)
    return size > LARGEST


def too_large() -> str:
    return _("Tệp lớn hơn 20 MB. Hãy nén hoặc chia nhỏ tệp.")


def plain_name(name: str) -> str:
    """The file's own name without folders and control characters."""
    kept = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip()
    return kept[-200:] or "tep.pdf"


def check_pdf(content: bytes) -> None:
    """A PDF by its content, that opens without a password and has at least one page."""
    if not content.startswith(b"%PDF-"):
        raise ValueError(_("Tệp này không phải là PDF."))
    try:
        reader = PdfReader(io.BytesIO(content))
        locked, pages = reader.is_encrypted, 0 if reader.is_encrypted else len(reader.pages)
    except (PyPdfError, RecursionError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, OSError) as problem:
        raise ValueError(_("Tệp PDF bị hỏng, không mở được.")) from problem
    if locked:
        raise ValueError(_("Tệp PDF có mật khẩu. Hãy bỏ mật khẩu rồi tải lên lại."))
    if not pages:
        raise ValueError(_("Tệp PDF không có trang nào."))


async def content_of(stored: str) -> bytes:
    """The bytes of a kept file."""
    return bytes(await (await obstore.get_async(store(), stored)).bytes_async())
