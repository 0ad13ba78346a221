"""The error summary names the field of each sentence, by the label that stands in the page itself."""

import re

from markupsafe import Markup, escape

LINE = re.compile(r'<li><a href="#f-([^"]+)">')
TAGS = re.compile(r'<span class="optional">.*?</span>|<[^>]+>', re.DOTALL)


def named(page: str) -> Markup:
    """The page with «Tên nhiệm vụ: » before each sentence of its error summary; a page without one stays as it is."""
    if 'class="error-summary"' not in page:
        return Markup(page)
    return Markup(LINE.sub(lambda line: line[0] + label_of(line[1], page), str(page)))


def label_of(spot: str, page: str) -> str:
    """What the field with this id is called, with a colon; nothing where the page does not say it."""
    spot = re.escape(spot)
    found = re.search(rf'<label[^>]* for="f-{spot}">(.*?)</label>|<fieldset id="f-{spot}"[^>]*><legend>(.*?)</legend>', page, re.DOTALL)
    words = " ".join(TAGS.sub("", found[1] or found[2]).split()) if found else ""
    return f"<b>{Markup(escape(Markup(words).unescape()))}:</b> " if words else ""
