"""The sources of a task's money, named once for every room and page: the three streams of state money, and own money."""

from grants.shell.language import N_, _

SOURCES = {
    "capital": N_("Vốn đầu tư phát triển"),
    "recurrent": N_("Kinh phí sự nghiệp"),
    "fund": N_("Quỹ KH,CN&ĐMST"),
    "own": N_("Vốn đối ứng"),
}


def said(source: str) -> str:
    """What a source is called in the reader's language."""
    return _(SOURCES[source])
