"""What ./dev bench runs."""
import argparse
import os

from drain import drain
from latency import latency
from load import load
from measurement import ENV, Source, say
from triggers import triggers

PARTS = {"load": load, "drain": drain, "latency": latency, "triggers": triggers}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--source", choices=("mysql", "mariadb"), default="mysql")
    arguments = parser.parse_args()
    source = Source(arguments.source)
    say(f"{arguments.source} {ENV[arguments.source.upper() + '_VERSION']}, {arguments.rows:,} rows, {os.cpu_count()} cores")
    source.fill(arguments.rows)
    for part in arguments.parts or PARTS:
        PARTS[part](source, arguments.rows)


if __name__ == "__main__":
    main()
