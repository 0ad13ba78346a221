"""PDFs as they are handed in: kept when they open, else refused with one of our sentences and never with the reader's words."""

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as some
from pypdf import PdfWriter

from grants.shell.files import check_pdf

SENTENCES = {"Tệp PDF bị hỏng, không mở được.", "Tệp PDF có mật khẩu. Hãy bỏ mật khẩu rồi tải lên lại.", "Tệp PDF không có trang nào."}


def a_pdf(pages: int = 1, password: str = "") -> bytes:
    out, writer = io.BytesIO(), PdfWriter()
    for _n in range(pages):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password)
    writer.write(out)
    return out.getvalue()


GOOD = a_pdf()
NEXT = GOOD.index(b"0000000015")  # where the table says that its first object stands


def test_a_pdf_that_opens_is_kept_and_one_with_a_password_or_without_pages_is_not():
    check_pdf(GOOD)
    for content, reason in ((a_pdf(password="x"), "mật khẩu"), (a_pdf(0), "không có trang"), (b"PK\x03\x04", "không phải là PDF")):
        with pytest.raises(ValueError, match=reason):
            check_pdf(content)


@given(some.integers(5, len(GOOD) - 1), some.binary(max_size=4))
@example(NEXT, b"-")
def test_a_broken_pdf_is_refused_in_our_words_or_still_opens(at, bytes_there):
    try:
        check_pdf(GOOD[:at] + bytes_there + GOOD[at + len(bytes_there):])
    except ValueError as problem:
        assert str(problem) in SENTENCES
