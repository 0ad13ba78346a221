"""Sentences that become part of the record, in Vietnamese whatever the reader's language: purposes, grounds, differences."""

from datetime import date


def voucher_purpose(code: str, provider: str) -> str:
    return f"Phiếu {code}, {provider}"[:500]


def interest_purpose(since: date, until: date) -> str:
    return f"Hỗ trợ lãi vay {since:%d/%m/%Y}–{until:%d/%m/%Y}"


def settlement_difference(year: int, number: str) -> str:
    return f"Chênh lệch quyết toán năm {year} theo quyết định số {number}"


NOTHING_OWED = "Khoản vay này không còn dư nợ."
OWN_LOAN = "Người nhập sao kê đã lập khoản vay này."
