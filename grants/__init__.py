"""The people, the calls, what is asked for, what came of it, and the frame every page runs in."""

import os

os.environ.setdefault("PICCOLO_CONF", "grants.piccolo_conf")
