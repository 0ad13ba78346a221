"""python -m grants serve | migrate | seed | check | work | backup FILE | restore FILE | admin EMAIL OFFICE"""

import argparse
import asyncio
import sys

from grants.shell.config import Misconfigured, settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m grants", description="The system by which a province funds research.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="migrate, load the demo world once (demo only) and serve")
    commands.add_parser("migrate", help="bring the database to today's schema")
    commands.add_parser("seed", help="load the reference data and, in the demo, the demo world (once)")
    commands.add_parser("check", help="check every invariant; exit 1 if one does not hold")
    commands.add_parser("work", help="run the worker by itself")
    for name in ("backup", "restore"):
        commands.add_parser(name, help=f"{name} database and documents").add_argument("file")
    first = commands.add_parser("admin", help="make a registered person the first administrator")
    first.add_argument("email")
    first.add_argument("organisation", help="the name of the office that runs the system")
    asked = parser.parse_args()
    try:
        settings()
        from grants import commands as verbs

        if asked.command == "serve":
            return verbs.serve()
        words = {name: value for name, value in vars(asked).items() if name != "command"}
        sys.exit(asyncio.run(getattr(verbs, asked.command)(**words)) or 0)
    except Misconfigured as problem:
        sys.exit(f"Refusing to start:\n{problem}")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
